"""Projects: making an empty one of a state, and what a demo takes from packs."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import LANGUAGES, say
from altyn.packs.manifest import builtin_folder, read_toml
from altyn.packs.project import init_project


@dataclass(frozen=True)
class InstalledState:
    """A state whose pack is installed: what `altyn init` takes over."""

    state: str
    pack: str
    timezone: str
    languages: tuple[str, ...]


def installed_states() -> dict[str, InstalledState]:
    """States by name, from the packs Altyn ships that say theirs."""
    found: dict[str, InstalledState] = {}
    for path in sorted(builtin_folder().glob("*/pack.toml")):
        table = read_toml(path, f"{path.parent.name}/{path.name}")
        if table.get("state"):
            state = str(table["state"])
            languages = tuple(name for name in table.get("title", {}) if name in LANGUAGES)
            found.setdefault(
                state,
                InstalledState(state, path.parent.name, str(table.get("timezone", "UTC")), languages or LANGUAGES),
            )
    return found


def state_named(name: str) -> InstalledState | None:
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


def make_project(folder: Path, state: InstalledState | None) -> None:
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
