"""Use cases: what the command line and the portal let a person do with a project."""

from __future__ import annotations

import csv
import io
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import LANGUAGES, say
from altyn.model.instants import as_of as read_day
from altyn.model.instants import known_at as read_instant
from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.packs.manifest import builtin_folder, read_toml
from altyn.packs.project import init_project
from altyn.policy.gate import Answer
from altyn.policy.principals import local
from altyn.serve.histories import KEY_SEPARATOR, History, Version, history_through
from altyn.serve.workspace import Workspace
from altyn.sources.quarantine import record_of
from altyn.store.erase import tell_erased
from altyn.store.orders import Orders

NO_RECORD = say("The register has no record with this key.")


def query(
    workspace: Workspace, sql: str, *, purpose: str = "open", as_of: str | None = None, known_at: str | None = None
) -> Answer:
    """Answer a person's SQL through the gate."""
    return workspace.gate.query(
        local(),
        purpose,
        sql,
        as_of=read_day(as_of) if as_of else None,
        known_at=moment(workspace, known_at),
    )


def moment(workspace: Workspace, text: str | None) -> datetime | None:
    """What a user typed for --known-at, as an instant."""
    return read_instant(text, workspace.project.timezone) if text else None


def history(
    workspace: Workspace, register: Register, key: str, *, purpose: str = "open", known_at: str | None = None
) -> list[Version]:
    """A record's versions, oldest first, each with file, line and batch."""
    return whole_history(workspace, register, key, purpose=purpose, known_at=known_at).versions


def whole_history(
    workspace: Workspace, register: Register, key: str, *, purpose: str = "open", known_at: str | None = None
) -> History:
    """A record's versions through all generations of its register, each as the contract of its time declares it."""
    at = moment(workspace, known_at)
    register = workspace.register(register.name, at)

    def read(relation: Relation, moment: datetime | None) -> Answer:
        return workspace.gate.read(local(), purpose, [relation], known_at=moment)[0]

    def may_read(then: Register) -> bool:
        return workspace.gate.may_read(local(), purpose, then, "history").is_allowed

    # The gate first: that a record was erased, and when, is said only to whoever may read the register's history.
    try:
        found = history_through(workspace, register, key, at, may_read=may_read, read=read)
    except AltynError as error:
        if error.code == "register.key" and not may_read(register):
            # What its key is made of is not told of a register that is refused.
            read(
                Relation("SELECT 1 FROM record LIMIT 0", {"record": Input(register.name, "history")}, grain="no row"),
                at,
            )
        raise
    require_not_erased(workspace, register, key)
    return found


def require_not_erased(workspace: Workspace, register: Register, key: str) -> None:
    """Say that a record was erased, and by which order, instead of saying nothing of it.

    Raises:
        AltynError: `record.erased`.
    """
    text = key.replace(KEY_SEPARATOR, chr(31)) if len(register.key) > 1 else key
    order = tell_erased(Orders(workspace.store.folders), register, text)
    if order:
        raise AltynError(
            "record.erased",
            what=say(
                "The record was erased by order {number} of {day}.",
                number=order.number,
                day=order.decided_at[:10] or order.requested_at[:10],
            ),
            where=f"{register.name}; {order.ground}",
            mend=say("Nothing of it is kept; `altyn orders` shows who ordered it and on what ground."),
        )


def own_header(name: str, headers: Iterable[str]) -> str:
    """A header of ours beside those of a source, which may have one of the same name."""
    taken = set(headers)
    while name in taken:
        name = f"_{name}"
    return name


def export_quarantine(workspace: Workspace, register: Register, *, purpose: str = "open") -> bytes:
    """Refused rows as CSV, in the source's own columns with `altyn_entry` and the reasons in front, ready to be mended.

    The rows pass the gate: a purpose that may not see the whole register may not see these.
    """
    lines = Relation(
        "SELECT entry, file, line_no, list_sort(list(DISTINCT rule || ' ' || coalesce(column_name, ''))) AS rules, "
        "min(raw) AS raw FROM refused GROUP BY entry, file, line_no ORDER BY entry",
        {"refused": Input(register.name, "quarantine")},
        grain="one row per refused row",
    )
    answer = workspace.gate.read(local(), purpose, [lines], reason="quarantine export")[0]
    text = io.StringIO()
    headers = [c.source_header for c in register.source_columns]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [*(own_header(n, headers) for n in ("altyn_entry", "altyn_file", "altyn_line", "altyn_rules")), *headers]
    )
    for entry, file, line, rules, raw in answer.rows():
        values = record_of(raw) or {}
        cells = [values.get(c.name) for c in register.source_columns]
        writer.writerow([entry, file, line, "; ".join(r.strip() for r in rules), *cells])
    return text.getvalue().encode()


@dataclass(frozen=True)
class State:
    """A state whose pack is installed: what `altyn init` takes over."""

    state: str
    pack: str
    timezone: str
    languages: tuple[str, ...]


def installed_states() -> dict[str, State]:
    """States by name, from the packs Altyn ships that say theirs."""
    found: dict[str, State] = {}
    for path in sorted(builtin_folder().glob("*/pack.toml")):
        table = read_toml(path, f"{path.parent.name}/{path.name}")
        if table.get("state"):
            state = str(table["state"])
            languages = tuple(name for name in table.get("title", {}) if name in LANGUAGES)
            found.setdefault(
                state, State(state, path.parent.name, str(table.get("timezone", "UTC")), languages or LANGUAGES)
            )
    return found


def state_named(name: str) -> State | None:
    """The installed state of a name or of a pack's name; None for `none`.

    Raises:
        AltynError: `usage` with the states there are.
    """
    states = installed_states()
    asked = name.strip().lower()
    if asked in {"none", "-", ""}:
        return None
    for state in states.values():
        if asked in {state.state.lower(), state.pack}:
            return state
    raise AltynError(
        "usage",
        what=say("No pack of the state {name} is installed.", name=name[:80]),
        mend=say("States here: {names}; or none.", names=", ".join(states) or "-"),
    )


def make_project(folder: Path, state: State | None) -> None:
    """Make an empty project, of a state where one is given.

    Raises:
        AltynError: `project.exists`, `environment.permission`.
    """
    name = folder.resolve().name
    if state is None:
        init_project(folder, name=name)
    else:
        init_project(
            folder,
            name=name,
            packs=[state.pack],
            state=state.state,
            timezone=state.timezone,
            languages=state.languages,
        )


def prepare_demo(folder: Path) -> bool:
    """Make the demo project from the built-in packs and the open data they ship; False where it is there already.

    Raises:
        AltynError: `demo.folder-used` when the folder holds something else.
    """
    if is_demo(folder):
        return False
    packs = sorted(p.parent.parent.name for p in builtin_folder().glob("*/demo/sources.toml"))
    init_project(folder, name="altyn-demo", packs=packs, demo=True, extra=take_sources(folder, packs))
    return True


def is_demo(folder: Path) -> bool:
    """Whether a folder holds a demo already; it may be missing or empty otherwise.

    Raises:
        AltynError: `demo.folder-used` when it holds something else.
    """
    if (folder / "altyn.toml").exists():
        if tomllib.loads((folder / "altyn.toml").read_text(encoding="utf-8")).get("demo") is True:
            return True
    elif not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    raise AltynError(
        "demo.folder-used",
        what=say("The folder holds something else than an Altyn demo."),
        where=folder.name,
        mend=say("Name another one: altyn demo DIR."),
    )


def take_sources(folder: Path, packs: Iterable[str]) -> str:
    """Copy the open data that packs ship into a project's folder, and return the tables of sources for its altyn.toml."""
    lines: list[str] = []
    for pack in packs:
        sources = builtin_folder() / pack / "demo" / "sources.toml"
        if sources.exists():
            shutil.copytree(sources.parent / "data", folder / "data" / pack, dirs_exist_ok=True)
            # The pack's file speaks of data/..., the project keeps each pack's files in a folder of their own.
            lines.append(sources.read_text(encoding="utf-8").replace('"data/', f'"data/{pack}/'))
    return "\n".join(lines)
