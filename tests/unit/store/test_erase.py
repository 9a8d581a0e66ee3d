"""Erasure: what an order would take is counted before, taken whole, and everything else stays as it was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.measures.measure import relations_of
from altyn.model.registers import Register
from altyn.store.erase import Eraser, tell_erased
from altyn.store.orders import Order
from altyn.store.proof import prove
from tests.integration.conftest import Trial


@pytest.fixture
def copy(lived: Trial, tmp_path: Path) -> Trial:
    """The lived project, to be changed."""
    return Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)


def eraser_of(trial: Trial) -> tuple[Eraser, Register]:
    workspace = trial.open()
    relations = relations_of(workspace.catalogue.measures, workspace.catalogue.registers)
    store = workspace.store
    return Eraser(store.folders, store.snapshots, store.registers, relations), workspace.register("local.areas")


def order(tokens: tuple[str, ...], number: int = 1, **more: object) -> Order:
    made = Order(number, "erase", "local.areas", tokens, "ground", "Dana", "2026-03-05T00:00:00+00:00", "requested")
    return replace(made, **more)  # type: ignore[arg-type]


def carry_out(trial: Trial, *keys: str) -> Order:
    eraser, register = eraser_of(trial)
    return eraser.execute(eraser.orders.add(order(eraser.records.tokens(register, [[key] for key in keys]))))


def rows(trial: Trial) -> list[list[tuple[object, ...]]]:
    """Current codes and people of each snapshot."""
    from altyn.serve.use_cases import questions

    workspace = trial.open()
    sql = "SELECT code, people FROM areas ORDER BY code"
    return [questions.query(workspace, sql, known_at=s.published_at.isoformat()).rows() for s in workspace.snapshots()]


def test_what_would_go_is_counted_and_nothing_is_changed(lived: Trial) -> None:
    eraser, register = eraser_of(lived)

    def preview(key: str) -> tuple[object, ...]:
        found = eraser.preview(register, eraser.records.tokens(register, [[key]]))
        return found.records, found.versions, found.refused, found.snapshots, found.measures

    assert preview("1000") == (1, 2, 0, 3, ("local.people",))
    assert preview("2000") == (1, 3, 0, 3, ("local.people",))
    assert preview("3000") == (1, 1, 1, 1, ("local.people",)), "refused on one day, loaded on the next"
    assert preview("9999") == (0, 0, 0, 0, ("local.people",))


def test_the_record_goes_from_every_snapshot_and_others_stay(copy: Trial) -> None:
    before = rows(copy)

    done = carry_out(copy, "2000")

    assert (done.status, done.counts["versions"]) == ("executed", 3)
    assert rows(copy) == [[row for row in snapshot if row[0] != "2000"] for snapshot in before]
    states = [s.registers["local.areas"] for s in copy.open().snapshots()]
    assert [s.rows for s in states] == [1, 1, 2]
    assert not list((copy.folder / ".altyn" / "store" / "local").glob("areas")), "the old generation is gone"
    assert {s.path for s in states} == {"store/local/areas~2"}, "one generation for all snapshots"


def test_measures_are_computed_without_it(copy: Trial) -> None:
    carry_out(copy, "1000")
    scene = copy.open().store.scene()

    with Session() as session:
        assert session.run(f"SELECT value::BIGINT FROM {scene.tables['local.people'].sql()}") == [(15,)]


def test_a_refused_row_of_the_record_goes_from_quarantine(copy: Trial) -> None:
    carry_out(copy, "3000")
    second = copy.open().snapshots()[1].registers["local.areas"]

    assert second.quarantined_rows == 0
    store = copy.open().store
    assert store.scene(store.snapshots.get(2).published_at).number == 2


def test_another_register_is_untouched(copy: Trial) -> None:
    def places() -> list[object]:
        store = copy.open().store
        with Session() as session:
            return [prove(session, store.folders, store.snapshots, s)["local.places"] for s in store.snapshots.all()]

    before = places()
    carry_out(copy, "1000")

    assert places() == before


def test_an_erased_record_does_not_come_back_and_is_told(copy: Trial) -> None:
    done = carry_out(copy, "2000")
    copy.areas("1000,Алматы,22\n2000,Ақтөбе,10\n3000,Шымкент,5\n")
    report = copy.run()

    assert not report.errors
    assert [f["rows"] for f in report.findings if f["rule"] == "erased"] == [1]
    assert [code for code, _ in rows(copy)[-1]] == ["1000", "3000"]
    eraser, register = eraser_of(copy)
    told = tell_erased(eraser.orders, register, "2000")
    assert told is not None
    assert told.number == done.number
    assert tell_erased(eraser.orders, register, "1000") is None


def test_a_record_under_a_hold_is_kept(copy: Trial) -> None:
    eraser, register = eraser_of(copy)
    tokens = eraser.records.tokens(register, [["1000"]])
    eraser.orders.add(order(tokens, kind="hold", status="held"))
    asked = eraser.orders.add(order(eraser.records.tokens(register, [["1000"], ["2000"]]), 2))

    with pytest.raises(AltynError) as caught:
        eraser.execute(asked)

    assert caught.value.code == "order.held"
    assert caught.value.where == "order 1"
    assert len(rows(copy)[-1]) == 3
    eraser.require_free(order(eraser.records.tokens(register, [["2000"]]), 3))


def test_an_order_that_nobody_approved_is_not_finished(copy: Trial) -> None:
    eraser, register = eraser_of(copy)
    eraser.orders.add(
        order(eraser.records.tokens(register, [["1000"]]), status="executing", once="drawn", approved_hash="made up")
    )

    with pytest.raises(AltynError) as caught:
        eraser.finish_interrupted()

    assert caught.value.code == "order.unapproved"
    assert len(rows(copy)[-1]) == 3
