"""An extract read by its differences gives, day after day, exactly what reading it whole gives."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, event, example, given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.serve.use_cases import running
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from altyn.sources import carried
from altyn.store import memories
from altyn.store.proof import prove
from tests.integration.conftest import AREAS, PACK, PLACES, TOML

BEGIN = datetime(2026, 3, 1, 6, tzinfo=UTC)
KEYS = [f"{n}000" for n in range(1, 9)]
PLAIN = st.tuples(
    st.sampled_from(KEYS), st.sampled_from(["Алматы", "Ақтөбе", "Әулиекөл", ""]), st.sampled_from(["1", "20", ""])
)
ODD = st.sampled_from(
    [
        "1000,Ерекше,-5", "x000,Қате,1", "3000,тек екеу", "4000,төрт,1,2", '5000,"Тырнақша, ""ішінде""",7', '6000,"екі\nжол",8', '7000,"ашық,9',
        "", '2000,а"б,3', ",кілтсіз,1", "1000,Алматы,1", "8000,Сегіз,x",
    ]
)  # fmt: skip
LINES = st.lists(st.one_of(PLAIN.map(",".join), PLAIN.map(",".join), PLAIN.map(",".join), ODD), max_size=9)
EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "twice", "change", "swap"]), st.integers(0, 30), st.one_of(PLAIN.map(",".join), ODD)),
    max_size=3,
)  # fmt: skip
DAYS = st.tuples(
    LINES, st.lists(st.tuples(EDITS, st.sampled_from(["\n", "\n", "\r\n"]), st.booleans()), min_size=1, max_size=4)
)


def edited(lines: list[str], edits: list[tuple[str, int, str]]) -> list[str]:
    """The next day's lines."""
    made = list(lines)
    for kind, at, line in edits:
        place = at % (len(made) + 1)
        if kind == "add" or not made:
            made.insert(place, line)
        elif kind == "drop":
            made.pop(at % len(made))
        elif kind == "twice":
            made.insert(place, made[at % len(made)])
        elif kind == "change":
            made[at % len(made)] = line
        else:
            made[at % len(made)], made[0] = made[0], made[at % len(made)]
    return made


def project(folder: Path) -> Path:
    """Two registers, one inside the other."""
    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "altyn.toml").write_text(TOML, encoding="utf-8")
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    (registers / "places.odcs.yaml").write_text(PLACES, encoding="utf-8")
    areas = AREAS.format(version="1.0.0", extra="", open="true").replace(
        "altyn.errorBudget, value: 0.7", "altyn.errorBudget, value: 1"
    )
    (registers / "areas.odcs.yaml").write_text(areas, encoding="utf-8")
    return folder


def day(folder: Path, number: int, areas: list[str], end: str, *, more_places: bool) -> Any:
    """Run one day; what the run reports and what the store then proves."""
    text = end.join(["code,title,people", *areas]) + end
    (folder / "data" / "areas.csv").write_text(text, encoding="utf-8", newline="")
    places = "id,area,since,until\np1,1000,2020-01-01,\np2,2000,2021-05-01,\n" + (
        "p3,8000,2022-02-28,\n" if more_places else ""
    )
    (folder / "data" / "places.csv").write_text(places, encoding="utf-8")
    workspace = Workspace.open(folder, clock=lambda: BEGIN + timedelta(days=number))
    report = run_project(workspace, wait_s=0)
    store = workspace.store
    with Session() as session:
        proof = (
            prove(session, store.folders, store.snapshots, store.snapshots.known_at(None))
            if store.snapshots.latest()
            else None
        )
    lines = [{k: v for k, v in line.items() if k != "error"} for line in report.lines]
    return proof, lines, list(report.findings), [e.code for e in report.errors]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time lines were carried."""
    found: list[object] = []
    original = carried.carry

    def count(*given: Any, **named: Any) -> object:
        result = original(*given, **named)
        found.append(result)
        return result

    monkeypatch.setattr("altyn.sources.csv.carry", count)
    return found


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])
@given(DAYS)
# A quote opened in the only new line hides, in the whole extract, the line after it.
@example(
    (
        ["1000,Алматы,1"],
        [([], "\n", False), ([("add", 0, '7000,"ашық,9')], "\n", False), ([("drop", 0, "")], "\n", False)],
    )
)
def test_reading_by_differences_is_reading_whole(days: tuple[list[str], list[Any]]) -> None:
    first, rest = days
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        short, whole = project(Path(name) / "short"), project(Path(name) / "whole")
        uses: list[str] = []
        original = running.load

        def watched(run: Any, register: Any, extract: Any, *given: Any) -> Any:
            batch = original(run, register, extract, *given)
            uses.append("differences" if extract.carried else "whole")
            return batch

        patch.setattr(running, "load", watched)
        lines = first
        for number, (edits, end, more) in enumerate([([], "\n", False), *rest]):
            lines = edited(lines, edits)
            patch.setattr(memories, "_FROM_BYTES", 0)
            by_differences = day(short, number, lines, end, more_places=more)
            patch.setattr(memories, "_FROM_BYTES", 1 << 60)
            shutil.rmtree(whole / ".altyn" / "cache", ignore_errors=True)
            assert by_differences == day(whole, number, lines, end, more_places=more)
        event(f"read by differences {uses.count('differences') > 0}")


def test_differences_are_used_and_only_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[Any]
) -> None:
    monkeypatch.setattr(memories, "_FROM_BYTES", 0)
    folder = project(tmp_path / "p")
    many = [f"{n},Атауы {n},{n}" for n in range(1000, 2000)]
    day(folder, 0, many, "\n", more_places=False)
    many[5] = "1005,Жаңа атау,5"
    many.pop(7)
    many += ["2000,Қосылған,1", "x,Қате,1"]
    proof, lines, _, errors = day(folder, 1, many, "\n", more_places=False)

    assert proof
    assert not errors
    areas = next(line for line in lines if line["register"] == "local.areas")
    assert (areas["read"], areas["put"], areas["same"], areas["refused"]) == (1001, 2, 998, 1)
    assert [c.count for c in counted if c] == [998]


def test_a_new_row_with_the_key_of_a_carried_one_refuses_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "_FROM_BYTES", 0)
    folder = project(tmp_path / "p")
    many = [f"{n},Атауы {n},{n}" for n in range(1000, 1100)]
    day(folder, 0, many, "\n", more_places=False)
    _, lines, _, _ = day(folder, 1, [*many, "1050,Егіз,1"], "\n", more_places=False)
    areas = next(line for line in lines if line["register"] == "local.areas")

    assert (areas["read"], areas["put"], areas["refused"], areas["rows"]) == (101, 0, 2, 100)


@pytest.mark.parametrize(
    "change",
    ["contract", "a parent", "erasure order", "memory is cut short", "another version of Altyn"],
)
def test_a_memory_that_may_mislead_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[Any], change: str
) -> None:
    monkeypatch.setattr(memories, "_FROM_BYTES", 0)
    folder = project(tmp_path / "p")
    many = [f"{n},Атауы {n},{n}" for n in range(1000, 1100)]
    day(folder, 0, many, "\n", more_places=False)
    day(folder, 1, [*many, "5000,Бес,5"], "\n", more_places=False)
    assert [c.count for c in counted if c][:1] == [100]
    counted.clear()
    if change == "contract":
        path = folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("minimum: 0", "minimum: 50"), encoding="utf-8")
    elif change == "memory is cut short":
        for path in (folder / ".altyn" / "cache" / "lines").rglob("local.areas/*.parquet"):
            path.write_bytes(path.read_bytes()[:100])
    elif change == "another version of Altyn":
        monkeypatch.setattr("altyn.__version__", "0.1.1")
    elif change == "erasure order":
        monkeypatch.setattr("altyn.store.orders.Orders.erased", lambda *_: frozenset({"0" * 64}))
    day(folder, 2, many[1:], "\n", more_places=True)

    # Both registers came again; places hang on areas, which changed.
    assert [c.count for c in counted if c] == ([99] if change == "a parent" else [])
