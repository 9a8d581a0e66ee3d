"""Erased records: a key as a person writes it is one token, whatever its type, and a record's end is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from altyn.errors import AltynError
from altyn.model.registers import Register
from altyn.store.erased_records import ErasedRecords
from altyn.store.orders import Orders
from tests.integration.conftest import Trial


def records_of(trial: Trial) -> tuple[ErasedRecords, Register]:
    workspace = trial.open()
    store = workspace.store
    found = ErasedRecords(store.folders, store.snapshots, store.registers, Orders(store.folders))
    return found, workspace.register("local.areas")


def test_a_key_as_a_person_writes_it_has_one_token(lived: Trial) -> None:
    records, register = records_of(lived)

    assert records.tokens(register, [["1000"]]) == records.tokens(register, [["1000"], ["1000"]])
    assert len(records.tokens(register, [["1000"], ["2000"], ["unknown"]])) == 3
    assert "1000" not in "".join(records.tokens(register, [["1000"]]))


def test_records_that_ended_before_a_day(lived: Trial) -> None:
    records, register = records_of(lived)
    batches = [(b.number, at.date()) for b, _, at in lived.open().store.batches("local.places")]
    places = lived.open().register("local.places")

    assert len(records.ended_before(places, date(2023, 1, 2), batches)) == 1
    assert records.ended_before(places, date(2023, 1, 1), batches) == ()
    assert (
        records.ended_before(
            register,
            date(2030, 1, 1),
            [(b.number, at.date()) for b, _, at in lived.open().store.batches("local.areas")],
        )
        == ()
    )


def test_a_key_that_is_no_value_of_its_column_is_refused(lived: Trial) -> None:
    from altyn.model.columns import INTEGER

    records, register = records_of(lived)
    number = replace(register, name="local.none", columns=(replace(register.columns[0], type=INTEGER),))

    with pytest.raises(AltynError) as caught:
        records.tokens(number, [["no number"]])
    assert caught.value.code == "register.key"
    assert records.tokens(number, [["007"]]) == records.tokens(number, [["7"]])
