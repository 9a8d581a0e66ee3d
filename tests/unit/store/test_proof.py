"""Proof: two stores that say the same have one proof, and whatever differs shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model.sql import literal
from altyn.serve.workspace import Workspace
from altyn.store.folders import Folders
from altyn.store.proof import digest_of, prove
from altyn.store.snapshots import Snapshots
from tests.integration.conftest import Trial

ROWS = st.lists(st.tuples(st.sampled_from([None, "", "ң", "a\x1fb"]), st.integers(0, 2)), max_size=5)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(threads=1) as made:
        yield made


def digest(session: Session, rows: list[tuple[str | None, int]]) -> tuple[int, int]:
    listed = ", ".join(f"({'NULL' if a is None else literal(a)}, {n})" for a, n in [("no row", 0), *rows])
    return digest_of(
        session, f"(SELECT * FROM (VALUES {listed}) AS v(a, n) WHERE a IS DISTINCT FROM 'no row')", ("a", "n")
    )


@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_plays_no_part(session: Session, rows: list[tuple[str | None, int]], seed: object) -> None:
    other = list(rows)
    seed.shuffle(other)  # type: ignore[attr-defined]

    assert digest(session, rows) == digest(session, other)


@given(one=ROWS, other=ROWS)
def test_other_rows_give_another_digest(
    session: Session, one: list[tuple[str | None, int]], other: list[tuple[str | None, int]]
) -> None:
    same = sorted(map(repr, one)) == sorted(map(repr, other))

    assert (digest(session, one) == digest(session, other)) == same


def of(folder: Path) -> list[dict[str, dict[str, int]]]:
    folders = Folders(folder / ".altyn")
    snapshots = Snapshots(folders)
    with Session() as session:
        return [prove(session, folders, snapshots, s) for s in snapshots.all()]


def test_a_proof_counts_what_each_snapshot_shows(lived: Trial) -> None:
    areas = [proof["local.areas"] for proof in of(lived.folder)]

    assert [(a["rows"], a["versions"], a["refused"]) for a in areas] == [(2, 2, 0), (1, 4, 1), (3, 6, 0)]
    assert len({a["digest"] for a in areas}) == 3
    assert [set(proof) for proof in of(lived.folder)] == [{"local.areas", "local.places"}] * 3


def test_a_copy_has_the_same_proof_and_one_without_a_file_another(lived: Trial, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(lived.folder, tmp_path / "copy"))
    shutil.rmtree(copy / ".altyn" / "derived")
    assert of(copy) == of(lived.folder)

    newest = max((copy / ".altyn" / "store" / "local" / "areas").glob("*.parquet"), key=lambda p: p.stat().st_size)
    with Session() as session:
        session.write_parquet(
            f"SELECT * REPLACE ('x' AS row_hash) FROM read_parquet('{newest}')", newest.with_suffix(".new")
        )
    newest.with_suffix(".new").rename(newest)
    assert of(copy) != of(lived.folder)


def test_no_value_of_a_row_is_in_a_proof(lived: Trial) -> None:
    assert Workspace.open(lived.folder, clock=lived.clock).snapshot().number == 3
    assert all(
        isinstance(n, int) for proof in of(lived.folder) for register in proof.values() for n in register.values()
    )
    with pytest.raises(KeyError):
        _ = of(lived.folder)[0]["local.none"]
