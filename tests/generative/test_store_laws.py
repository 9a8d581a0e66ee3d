"""The store as a law: whatever extracts come, current is what the last ones said, and the past stays what it was.

The model is a Python dictionary a day; the real thing is a project on disk, run with a clock that tests set.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from altyn.store import memories, slices
from altyn.store.proof import prove
from tests.integration.conftest import PACK, TOML

pytestmark = pytest.mark.usefixtures("way")

BEGIN = datetime(2026, 3, 1, 6, tzinfo=UTC)
THINGS = """\
apiVersion: v3.1.0
kind: DataContract
id: local.{name}
name: {name}
version: 1.0.0
status: active
description: {{purpose: Things of a made-up country}}
schema:
  - name: {name}
    physicalType: table
    customProperties:
      - {{property: altyn.label, value: {{kk: Заттар, ru: Вещи, en: Things}}}}
      - {{property: altyn.disclosure, value: {{open: true, kind: simulated}}}}
    properties:
      - {{name: id, logicalType: string, physicalType: VARCHAR, classification: public, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: title, logicalType: string, physicalType: VARCHAR, classification: public}}
      - {{name: money, logicalType: number, physicalType: "DECIMAL(18,2)", classification: public}}
      - {{name: born, logicalType: date, physicalType: DATE, classification: public}}
      - {{name: alive, logicalType: boolean, physicalType: BOOLEAN, classification: public}}
"""
Row = tuple[str | None, Decimal | None, date | None, bool | None]
State = dict[str, Row]

VALUES = st.tuples(
    st.none() | st.sampled_from(["Әлия", "ә", "Ә", "Құқық, ғылым", 'тырнақша " ішінде', "үтір;", "екі\nжол"]),
    st.none() | st.sampled_from([Decimal("0.00"), Decimal("-0.01"), Decimal("9999999999999999.99"), Decimal("1.50")]),
    st.none() | st.sampled_from([date(2024, 2, 29), date(1900, 1, 1), date(2100, 12, 31)]),
    st.none() | st.booleans(),
)
STATES = st.dictionaries(st.sampled_from(["a", "ә", "b2", "Ү", "1"]), VALUES, min_size=1, max_size=5)
DAYS = st.lists(STATES, min_size=2, max_size=4)
LAWS = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])


class Project:
    """Two registers without a bond between them, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, BEGIN
        registers = folder / "packs" / "local" / "registers"
        registers.mkdir(parents=True)
        (folder / "data").mkdir()
        (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
        text = TOML.replace("local.areas", "local.things").replace("data/areas", "data/things")
        (folder / "altyn.toml").write_text(
            text.replace("local.places", "local.others").replace("data/places", "data/others"), encoding="utf-8"
        )
        for name in ("things", "others"):
            (registers / f"{name}.odcs.yaml").write_text(THINGS.format(name=name), encoding="utf-8")

    def write(self, name: str, state: State) -> None:
        """Write a register's next extract."""
        with (self.folder / "data" / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["id", "title", "money", "born", "alive"])
            for key, (title, money, born, alive) in state.items():
                shown = "" if alive is None else str(alive).lower()
                writer.writerow([key, title or "", "" if money is None else money, born or "", shown])

    def open(self) -> Workspace:
        """The project, opened."""
        return Workspace.open(self.folder, clock=lambda: self.now)

    def run(self) -> dict[str, dict[str, Any]]:
        """Let a day pass and run; what the run says of each register."""
        self.now += timedelta(days=1)
        report = run_project(self.open(), wait_s=0)
        assert not report.errors
        return {line["register"].split(".")[1]: line for line in report.lines}

    def state(self, name: str = "things", known_at: datetime | None = None) -> State:
        """What is current, now or as known at a moment."""
        at = known_at.isoformat() if known_at else None
        sql = f"SELECT id, title, money, born, alive FROM {name}"
        return {r[0]: r[1:] for r in questions.query(self.open(), sql, known_at=at).rows()}  # type: ignore[misc]

    def hashes(self) -> set[tuple[object, ...]]:
        """Key and row hash of every current row of both registers, batches left out."""
        store = self.open().store
        with Session() as session, store.run("test") as run:
            return {
                (name, *row)
                for name, register in run.registers.items()
                for row in session.run(f"SELECT id, row_hash FROM {run.current_sql(register)}")
            }


@pytest.fixture(params=["whole", "differences"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The laws hold however an extract is read and a copy is kept."""
    if request.param == "differences":
        monkeypatch.setattr(memories, "_FROM_BYTES", 0)
        monkeypatch.setattr(slices, "_MOST_SINCE", 10)
    return str(request.param)


def in_project(law: Callable[[Project], None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        law(Project(Path(name) / "p"))


def test_a_load_is_compare_and_append() -> None:
    @LAWS
    @given(DAYS)
    def law(days: list[State]) -> None:
        def check(project: Project) -> None:
            project.write("others", {})
            (project.folder / "data" / "others.csv").write_text("id,title,money,born,alive\nx,,,,\n", encoding="utf-8")
            known: State = {}
            for day in days:
                project.write("things", day)
                told = project.run()["things"]
                changed = {k for k in day if k not in known or _empty(day[k]) != _empty(known[k])}
                gone = set(known) - set(day)
                if told["status"] == "loaded":
                    assert (told["put"], told["retracted"], told["rows"]) == (len(changed), len(gone), len(day))
                else:
                    assert not changed | gone
                assert project.state() == {k: _empty(v) for k, v in day.items()}
                assert project.run()["things"]["status"] == "unchanged", "the same extract again appends nothing"
                known = day

        in_project(check)

    law()


def test_what_was_known_stays_what_was_known() -> None:
    """As known at t never shows what was recorded after t; a retracted row is absent today and present then."""

    @LAWS
    @given(DAYS)
    def law(days: list[State]) -> None:
        def check(project: Project) -> None:
            (project.folder / "data" / "others.csv").write_text("id,title,money,born,alive\nx,,,,\n", encoding="utf-8")
            at: list[tuple[datetime, State]] = []
            for day in days:
                project.write("things", day)
                project.run()
                at.append((project.open().snapshots()[-1].published_at, {k: _empty(v) for k, v in day.items()}))
            for number, (moment, state) in enumerate(at):
                assert project.state(known_at=moment) == state
                if number and moment != at[number - 1][0]:
                    assert project.state(known_at=moment - timedelta(microseconds=1)) == at[number - 1][1]
            first, last = at[0][1], at[-1][1]
            for key in set(first) - set(last):
                register = project.open().register("things")
                versions = [v.op for v in questions.history(project.open(), register, key)]
                assert versions[0] == "put"
                assert versions[-1] == "retract"

        in_project(check)

    law()


def test_the_order_of_independent_batches_does_not_matter() -> None:
    @LAWS
    @given(STATES, STATES)
    def law(things: State, others: State) -> None:
        found: list[set[tuple[object, ...]]] = []
        for order in (("things", "others"), ("others", "things"), ("both",)):
            with tempfile.TemporaryDirectory() as name:
                project = Project(Path(name) / "p")
                for one in order:
                    for register, state in (("things", things), ("others", others)):
                        project.write(
                            register,
                            state
                            if one in {register, "both"} or _was(order, one, register)
                            else {"zz": (None, None, None, None)},
                        )
                    project.run()
                found.append(project.hashes())
        assert found[0] == found[1] == found[2]

    law()


def _was(order: tuple[str, ...], now: str, register: str) -> bool:
    """Whether a register's turn came before."""
    return register in order[: order.index(now)]


def test_replay_gives_the_same_hashes() -> None:
    @LAWS
    @given(DAYS)
    def law(days: list[State]) -> None:
        def check(project: Project) -> None:
            (project.folder / "data" / "others.csv").write_text("id,title,money,born,alive\nx,,,,\n", encoding="utf-8")
            proofs: list[object] = []
            for day in days:
                project.write("things", day)
                project.run()
                proofs.append(_proof(project, len(project.open().snapshots())))
            snapshots = [s.number for s in project.open().snapshots()]
            assert [_proof(project, n) for n in snapshots] == [
                p for i, p in enumerate(proofs) if i == 0 or p != proofs[i - 1]
            ]
            copy = Project.__new__(Project)
            copy.folder, copy.now = project.folder.with_name("copy"), project.now
            shutil.copytree(project.folder, copy.folder)
            shutil.rmtree(copy.folder / ".altyn" / "derived")
            assert [_proof(copy, n) for n in snapshots] == [_proof(project, n) for n in snapshots]
            assert copy.state() == project.state()

        in_project(check)

    law()


def _proof(project: Project, number: int) -> object:
    store = project.open().store
    with Session() as session:
        return prove(session, store.folders, store.snapshots, store.snapshots.get(number))


def _empty(row: Row) -> Row:
    """The row as the store gives it back: an empty text of a source is missing."""
    return (row[0] or None, *row[1:])
