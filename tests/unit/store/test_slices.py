"""Slices: a copy is used for exactly what it is of; what changed lies beside it only where that says nothing more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.governed import Governed
from altyn.model.registers import Register
from altyn.store import slices
from altyn.store.folders import Folders
from altyn.store.slices import Slice
from altyn.store.snapshots import RegisterState

CODE, N = Column("code", TEXT), Column("n", INTEGER)
AREAS = Register("local.areas", "1", (CODE, N), ("code",), "hash")
OPEN = Governed("open", (CODE, N, Column("batch", INTEGER)), is_whole=True)


def state(governed: Governed = OPEN, **changes: Any) -> RegisterState:
    made = RegisterState("store/local/areas", 3, "contract", "1", rows=100)
    how = {"batch": 2, "mark": slices.mark_of(made, governed), "since": ""}
    made = replace(made, slices={governed.id: "derived/current/a.parquet"}, slice_bases={governed.id: how})
    return replace(made, **changes)


def made(folder: Path, name: str = "a", sql: str = "SELECT '1' AS code, 5::BIGINT AS n, 1::BIGINT AS batch") -> Path:
    path = folder / "derived" / "current" / f"{name}.parquet"
    with Session(threads=1) as session:
        slices.write_whole(session, sql, AREAS, path)
    return path


def test_a_copy_is_found_by_exactly_what_it_is_of(tmp_path: Path) -> None:
    folders, path = Folders(tmp_path), made(tmp_path)

    found = slices.published(folders, state(), OPEN)

    assert found is not None
    assert found.files == (path,)
    for other in (
        replace(OPEN, row_filter="n > 1"),
        replace(OPEN, masks={"n": "0"}),
        replace(OPEN, purpose="synthetic"),
        replace(OPEN, columns=(CODE,)),
    ):
        assert slices.published(folders, state(), other) is None
    assert slices.published(folders, state(contract="other"), OPEN) is None
    assert slices.published(folders, state(path="store/local/areas~1"), OPEN) is None
    path.unlink()
    assert slices.published(folders, state(), OPEN) is None, "a copy that is gone is none"


def test_a_copy_whose_changes_are_gone_is_none(tmp_path: Path) -> None:
    made(tmp_path)
    how = {**state().slice_bases[OPEN.id], "since": "derived/current/b.parquet"}
    wider = state(slice_bases={OPEN.id: how})

    assert slices.published(Folders(tmp_path), wider, OPEN) is None
    made(tmp_path, "b")
    found = slices.published(Folders(tmp_path), wider, OPEN)
    assert found is not None
    assert len(found.files) == 2


@pytest.mark.parametrize(
    ("governed", "changes", "rows", "may"),
    [
        (OPEN, {}, 10, True), (OPEN, {}, 11, False), (OPEN, {"contract": "other"}, 1, False), (OPEN, {"slice_bases": {}}, 1, False),
        (replace(OPEN, row_filter="n > 1"), {}, 1, False), (replace(OPEN, masks={"code": "'x'"}), {}, 1, False),
        (replace(OPEN, masks={"n": "0"}), {}, 1, True), (replace(OPEN, columns=(N,)), {}, 1, False),
    ],
)  # fmt: skip
def test_changes_may_lie_beside_a_copy_that_has_its_key_and_every_row(
    governed: Governed, changes: dict[str, Any], rows: int, *, may: bool
) -> None:
    assert slices.can_add(AREAS, state(governed, **changes), governed, rows) == may


def test_a_copy_with_what_changed_reads_as_one(tmp_path: Path) -> None:
    base = made(tmp_path, "a", "SELECT * FROM (VALUES ('1', 1, 1), ('2', 2, 1), ('3', 3, 1)) AS v(code, n, batch)")
    since = made(
        tmp_path,
        "b",
        "SELECT * FROM (VALUES ('2', 20, 2, 'put'), ('3', NULL, 2, 'retract'), ('4', 4, 2, 'put')) AS v(code, n, batch, op)",
    )
    with Session(threads=1) as session:
        alone = Slice(base, OPEN.names).sql(AREAS, EMBEDDED)
        both = Slice(base, OPEN.names, since).sql(AREAS, EMBEDDED)

        assert session.run(f"SELECT code, n FROM {alone} ORDER BY 1") == [("1", 1), ("2", 2), ("3", 3)]
        assert session.run(f"SELECT code, n, batch FROM {both} ORDER BY 1") == [("1", 1, 1), ("2", 20, 2), ("4", 4, 2)]


def test_rows_stand_in_the_order_of_the_key(tmp_path: Path) -> None:
    path = made(tmp_path, "a", "SELECT * FROM (VALUES ('ә', 1, 1), ('10', 2, 1), ('9', 3, 1)) AS v(code, n, batch)")

    with Session(threads=1) as session:
        assert session.run(f"SELECT code FROM read_parquet('{path}')") == [("10",), ("9",), ("ә",)]
    assert [p.name for p in path.parent.iterdir()] == ["a.parquet"], "nothing unfinished is left"
    assert path.stat().st_mode & 0o777 == 0o600


def test_files_that_a_state_names_under_some_ids() -> None:
    how = {"batch": 1, "mark": "m", "since": "b"}
    found = state(slices={"x": "a", "y": "c"}, slice_bases={"x": how, "y": {**how, "since": ""}})

    assert slices.named(found, {"x"}) == {"a", "b"}
    assert slices.named(found, {"x", "y"}) == {"a", "b", "c"}
    assert slices.named(found, set()) == set()


def test_another_version_is_another_file() -> None:
    names = {slices.slice_name("local.areas", s, OPEN) for s in (state(), state(version=4), state(contract="other"))}

    assert len(names) == 3
    assert all(name.startswith("derived/current/local.areas/open-") for name in names)
