"""Loading: what is kept, what is retracted, and when a whole batch is not taken in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from altyn.engines.duckdb import Session
from altyn.model.columns import DATE, TEXT, Column
from altyn.model.registers import Register
from altyn.serve.use_cases.running import RunReport
from altyn.store.load import retry_extract, valid_column
from altyn.store.snapshots import RegisterState
from tests.integration.conftest import Trial

AREAS = "local.areas"
MANY = "".join(f"{n},Аудан {n},1\n" for n in range(1000, 1100))


def line(report: RunReport, register: str = AREAS) -> dict[str, Any]:
    return dict(next(x for x in report.lines if x["register"] == register))


def state(trial: Trial) -> RegisterState:
    return trial.open().snapshot().registers[AREAS]


def test_only_differences_are_written_and_counted(trial: Trial) -> None:
    trial.run()
    trial.areas("2000,Ақтөбе,11\n3000,Шымкент,5\n")
    found = line(trial.run())

    assert [found[k] for k in ("read", "put", "same", "retracted", "refused", "rows")] == [2, 2, 0, 1, 0, 2]
    assert (state(trial).rows, state(trial).versions) == (2, 5)


def test_the_last_good_version_of_a_refused_row_stays(trial: Trial) -> None:
    trial.run()
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,x\n")
    found = line(trial.run())

    assert (found["retracted"], found["refused"]) == (0, 1)
    assert state(trial).rows == 2
    assert state(trial).quarantined_rows == 1


def test_while_a_refused_row_hides_its_key_nothing_is_retracted(trial: Trial) -> None:
    trial.run()
    trial.areas("1000,Алматы,20\nx,Ақтөбе,10\n")
    report = trial.run()

    assert line(report)["retracted"] == 0
    assert state(trial).rows == 2
    (told,) = [f for f in report.findings if f["rule"] == "retraction-held"]
    assert set(told["message"]) == {"kk", "ru", "en"}

    trial.areas("1000,Алматы,20\n")
    assert line(trial.run())["retracted"] == 1


def test_a_batch_of_which_too_much_is_wrong_is_refused_whole(trial: Trial) -> None:
    trial.run()
    trial.areas("".join(f"{n},x,-1\n" for n in range(1000, 1200)) + "5000,y,1\n")
    (error,) = trial.run().errors

    assert error.code == "source.budget"
    assert "200 of 201" in str(error)
    assert "minimum people: 200, first in line 2" in error.where
    assert state(trial).rows == 2


def test_where_not_one_row_fits_it_is_the_extract_that_is_wrong(trial: Trial) -> None:
    trial.areas("1000,x,-1\n")
    (error,) = trial.run().errors

    assert error.code == "source.budget"
    assert "None of the 1 rows" in str(error)


def test_an_extract_that_was_cut_off_waits_for_a_word(trial: Trial) -> None:
    trial.areas(MANY)
    trial.run()
    trial.areas(MANY[: len(MANY) // 2].rsplit("\n", 1)[0] + "\n")
    (error,) = trial.run().errors

    assert error.code == "source.shrunken"
    assert "of 100 records" in str(error)
    assert state(trial).rows == 100
    waits = trial.open().store.waits(AREAS)
    assert waits is not None
    assert waits.rows == 100

    trial.areas(MANY)
    assert not trial.run().errors
    assert trial.open().store.waits(AREAS) is not None or state(trial).rows == 100


def test_few_records_may_go_without_a_word(trial: Trial) -> None:
    trial.areas(MANY)
    trial.run()
    trial.areas("".join(MANY.splitlines(keepends=True)[20:]))

    assert line(trial.run())["retracted"] == 20


def test_what_waits_for_a_parent_is_staged_again_with_its_first_place(trial: Trial) -> None:
    trial.places("p1,1000,2020-01-01,\np9,9000,2020-01-01,\np8,8000,none,\n")
    trial.run()
    store = trial.open().store
    with store.run("nobody") as run:
        extract = retry_extract(run, run.register("local.places"))
        assert extract is not None
        (part,) = extract.parts
        rows = run.session.run(f"SELECT line_no, id, area, since FROM ({part.query})")
        nothing = retry_extract(run, run.register(AREAS))

    assert rows == [(3, "p9", "9000", "2020-01-01")], "a row that is wrong otherwise waits for nobody"
    assert (extract.mode, part.display) == ("retry", "data/places.csv")
    assert nothing is None


MADE = Register(
    "local.x", "1", (Column("since", DATE), Column("until", DATE)), ("since",), "0", valid=("since", "until")
)


@pytest.mark.parametrize(
    ("register", "valid_from", "valid_to"),
    [
        (MADE, "2024-01-01", "2024-12-31"), (replace(MADE, valid_is_inclusive=True), "2024-01-01", "2025-01-01"),
        (replace(MADE, valid=("since", None)), "2024-01-01", "None"), (replace(MADE, valid=None), "None", "None"),
        (replace(MADE, valid=("since", None), valid_is_inclusive=True), "2024-01-01", "None"),
    ],
)  # fmt: skip
def test_intervals_are_open_at_their_end(register: Register, valid_from: str, valid_to: str) -> None:
    with Session(threads=1) as session:
        columns = "".join(valid_column(register, end, {"since", "until"}) for end in (0, 1))
        found = session.one(
            f"SELECT valid_from, valid_to FROM (SELECT a.*{columns} FROM (SELECT DATE '2024-01-01' AS since, DATE '2024-12-31' AS until) AS a)"
        )

    assert tuple(map(str, found)) == (valid_from, valid_to)


def test_a_contracts_own_column_is_not_made_twice() -> None:
    own = replace(MADE, columns=(Column("valid_from", TEXT),))

    assert valid_column(own, 0, {"valid_from"}) == ""
    assert valid_column(own, 1, {"valid_from"}) != ""
