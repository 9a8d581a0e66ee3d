"""Desk: what every page needs to ask the gate and to be rendered. All rows a page shows come through `Desk.read`."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.templating import Jinja2Templates

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import LANGUAGES, Label, say
from altyn.measures import Measure
from altyn.model.governed import Governed
from altyn.model.instants import zone
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.policy.gate import Answer
from altyn.policy.principals import PORTAL
from altyn.policy.purposes import OPEN, SYNTHETIC
from altyn.serve.portal.draw.folding import Folding
from altyn.serve.portal.draw.ordering import Ordering
from altyn.serve.portal.draw.words import NAMES, Words
from altyn.serve.use_cases.countries import CountryMade, country_made
from altyn.serve.use_cases.questions import moment
from altyn.serve.workspace import Workspace
from altyn.store import RegisterState, Snapshot

FOLDER = Path(__file__).parent
# Indexes and word lists that search keeps.
_MOST_KEPT = 60


@dataclass
class Desk:
    """The portal's own view of a workspace: pages that packs declare, and rendering."""

    workspace: Workspace
    templates: Jinja2Templates = field(default_factory=lambda: Jinja2Templates(FOLDER / "templates"))
    maps: dict[str, Any] = field(default_factory=dict[str, Any])
    # What search keeps between looks, by what it was made of.
    kept: dict[object, Any] = field(default_factory=dict[object, Any])
    _kept_of: object = None
    _keeping: threading.Lock = field(default_factory=threading.Lock)
    # (snapshot, register) -> names of its columns of few values: no value of a row.
    few_valued: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict[tuple[str, str], tuple[str, ...]])

    @cached_property
    def declared(self) -> Mapping[str, Mapping[str, Any]]:
        """Pages that packs declare and that can be drawn; what is wrong with others, `altyn check` says."""
        return self.workspace.catalogue.pages()

    @cached_property
    def ordering(self) -> Ordering:
        """How lists are sorted: by the first alphabet that a pack brings."""
        scripts = [script for pack in self.workspace.packs for script in pack.scripts.values()]
        return Ordering(next((str(s["alphabet"]) for s in scripts if s.get("alphabet")), ""))

    def keep(self, mark: object, found: Any) -> None:
        """Keep what search made for a while: the oldest goes first, and all of it once the newest snapshot is another one.

        An erasure writes snapshots anew under their numbers, so their registers' paths tell whether one is another.
        """
        newest = self.workspace.store.snapshots.known_at(None)
        now = (newest.number, newest.run, tuple((name, state.path) for name, state in newest.registers.items()))
        with self._keeping:
            if now != self._kept_of:
                self.kept.clear()
                self._kept_of = now
            while len(self.kept) >= _MOST_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[mark] = found

    @cached_property
    def folding(self) -> Folding:
        """How search and filters compare letters: by the tables of all packs' scripts."""
        return Folding(script for pack in self.workspace.packs for script in pack.scripts.values())

    @cached_property
    def contracts_mark(self) -> str:
        """Changes when any contract does."""
        hashes = " ".join(c.sha256 for c in self.workspace.catalogue.contracts.values())
        return hashlib.sha256(hashes.encode()).hexdigest()[:12]

    @cached_property
    def country(self) -> CountryMade | None:
        """What is known of the project's synthetic country, if it has one."""
        return country_made(self.workspace)

    @property
    def purpose(self) -> str:
        """What for the portal reads: open data, and in a project marked synthetic its made-up people too."""
        return (SYNTHETIC if self.workspace.project.synthetic else OPEN).code

    def may_read(self, register: Register, face: str = "current") -> Governed:
        """Whether and what pages may show of a register; reads nothing."""
        return self.workspace.gate.may_read(PORTAL, self.purpose, register, face)

    def read(self, relations: Sequence[Relation], known_at: datetime | None = None, reason: str = "") -> list[Answer]:
        """Ask the gate as the portal."""
        return self.workspace.gate.read(PORTAL, self.purpose, relations, known_at=known_at, reason=reason)

    def snapshot(self, known_at: datetime | None = None) -> Snapshot:
        """The snapshot pages speak of."""
        return self.workspace.store.snapshots.known_at(known_at)

    def measure(self, name: str) -> Measure:
        """A measure by its full or unique bare name."""
        return self.workspace.catalogue.measure(name)

    def codes(self, pack: str, name: str | None) -> Mapping[str, Label]:
        """Labels of a code list of a pack, empty where there is none."""
        lists = self.workspace.catalogue.code_lists_of(pack)
        return lists[name].codes if name and name in lists else {}


class Query(Mapping[str, str]):
    """The query of an address; it notes which parameters the page reads, for those nobody reads make no page of their own."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self._said[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


@contextmanager
def of_a_pack(kind: str) -> Generator[None]:
    """Around what a pack's page is drawn from: data that no such page can be made of are told as that, and take nothing else down.

    Raises:
        AltynError: `page.failed`.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError, ArithmeticError, TemplateError) as error:
        raise AltynError(
            "page.failed",
            what=say("The page cannot be drawn from the data of this time."),
            where=kind,
            mend=say("Ask for a later time; `altyn check` says what is wrong with a pack's pages."),
        ) from error


class Page:
    """One request: its language, words, time asked about, and how to answer it."""

    def __init__(self, desk: Desk, request: Request) -> None:
        self.desk = desk
        self.request = request
        self.language = str(request.path_params.get("language", "kk"))
        self.query = Query(request.query_params)
        self.known_text = self.query.get("known_at", "")
        self.words = Words(self.language, zone(desk.workspace.project.timezone), self.known_text)
        self.known_at = moment(desk.workspace, self.known_text or None)

    def require_known(self, *names: str) -> None:
        """Refuse an address that says more than a file can be asked: who takes all rows for some is not told otherwise.

        Raises:
            AltynError: `rows.parameter`.
        """
        for name in self.query:
            if name not in {*names, "known_at"}:
                raise AltynError(
                    "rows.parameter",
                    what=say("Nothing here is called {name}.", name=name[:40]),
                    mend=say("Columns: {names}.", names=", ".join(names) or "-"),
                )

    @property
    def names_read(self) -> frozenset[str]:
        """Parameters of the address that this page has asked for so far, whether they were there or not."""
        return frozenset(self.query.read)

    @functools.cached_property
    def registers(self) -> Mapping[str, Register]:
        """All registers of the project, each with the contract of the time asked about."""
        return {n: self.desk.workspace.register(n, self.known_at) for n in self.desk.workspace.catalogue.registers}

    @functools.cached_property
    def sections(self) -> frozenset[str]:
        """The sections that hold something at the time asked about: no page offers a way to an empty one."""
        snapshot = self.snapshot()
        held = snapshot.registers if snapshot else {}
        found = {"registers"}
        if any(self.is_in_use(m) for m in self.desk.workspace.catalogue.measures.values()):
            found.add("measures")
        tour = self.desk.declared.get("tour", {})
        if tour.get("statements") in held:
            found.add("tour")
            if tour.get("figures") in held:
                found.add("scoreboard")
        return frozenset(found)

    def is_built(self, measure: Measure) -> bool:
        """Whether a measure has numbers to show at the time asked about."""
        snapshot = self.snapshot()
        return snapshot is not None and measure.name in snapshot.tables

    def is_in_use(self, measure: Measure) -> bool:
        """Whether a measure is built, or has registers that its next build can read."""
        snapshot = self.snapshot()
        return self.is_built(measure) or (
            snapshot is not None and all(name in snapshot.registers for name in measure.inputs)
        )

    def said(self, facts: Mapping[str, str], name: str) -> str:
        """A fact of a contract's source in the reader's language where it has one for each: `licence.kk`, else `licence`."""
        found = [facts.get(f"{name}.{language}") for language in (self.language, *LANGUAGES)]
        return found[0] or facts.get(name) or next((text for text in found if text), "")

    def inputs(self, measure: Measure) -> list[Register]:
        """The registers a measure is made of, those of them that the project still declares."""
        return [self.registers[name] for name in measure.inputs if name in self.registers]

    def kinds(self, measure: Measure) -> list[str]:
        """Where the numbers of a measure come from."""
        return sorted({register.data_kind for register in self.inputs(measure)})

    def state(self, register: Register) -> RegisterState | None:
        """What the snapshot asked about says of a register."""
        snapshot = self.snapshot()
        return snapshot.registers.get(register.name) if snapshot else None

    def batches(self, register: Register) -> list[dict[str, Any]]:
        """The register's batches that were published by then, newest first."""
        snapshot = self.snapshot()
        last = snapshot.number if snapshot else 0
        return [b for b in self.desk.workspace.batches(register.name) if b["snapshot"] <= last]

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page as HTML."""
        snapshot = values.pop("snapshot", None) or self.snapshot()
        path = self.request.url.path.split("/", 2)
        rest = path[2] if len(path) > 2 else ""  # noqa: PLR2004
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        content = self.desk.templates.get_template(template).render(
            w=self.words,
            t=self.words.t,
            lang=self.language,
            languages=[(code, NAMES[code], f"/{code}/{rest}{query}") for code in LANGUAGES],
            project=self.desk.workspace.project,
            snapshot=snapshot,
            known_text=self.known_text,
            known_at=self.known_at,
            version=__version__,
            path="/" + rest,
            sections=self.sections,
            has_real=snapshot is not None and any(r.data_kind == "real" for r in self._declared(snapshot)),
            has_country=self.desk.country is not None,
            said=self.said,
            **values,
        )
        return HTMLResponse(content, status_code=status)

    def _declared(self, snapshot: Snapshot) -> list[Register]:
        """The registers of a snapshot as they are declared today."""
        declared = self.desk.workspace.catalogue.registers
        return [declared[name] for name in snapshot.registers if name in declared]

    def snapshot(self) -> Snapshot | None:
        """The snapshot the page speaks of; None before the first."""
        return self._snapshot

    @functools.cached_property
    def _snapshot(self) -> Snapshot | None:
        try:
            return self.desk.snapshot(self.known_at)
        except AltynError:
            return None
