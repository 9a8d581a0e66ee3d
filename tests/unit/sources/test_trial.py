"""Trial: what all rows of a stranger's file say, and how a contract fares on them; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.model import Check, Column, Register
from altyn.model.columns import INTEGER, TEXT
from altyn.sources import trial
from altyn.sources.context import Context
from altyn.sources.trial import Trial, columns_of
from tests.unit.sources.reading import spec

TEXT_OF_FILE = "code,Атауы,n,empty\n007,Ақтөбе,1.50,\n010,Қостанай,2.5,\n011,Ақтөбе,,\n0,x,10,\n"
NAMES = (("code", "code"), ("Атауы", "name"), ("n", "n"), ("empty", "empty"))


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Trial]:
    (tmp_path / "in.csv").write_text(TEXT_OF_FILE, encoding="utf-8")
    with Trial(spec(tmp_path, "in.csv"), tmp_path / "s", NAMES) as made:
        yield made


def test_the_columns_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.csv").write_text("code,,Атауы\n1,2,3\n", encoding="utf-8")
    assert columns_of(spec(tmp_path, "in.csv"), tmp_path / "s") == ["code", "#2", "Атауы"]

    monkeypatch.setattr(trial, "MOST_COLUMNS", 2)
    with pytest.raises(AltynError) as caught:
        columns_of(spec(tmp_path, "in.csv"), tmp_path / "s")
    assert caught.value.code == "source.too-large"


def test_a_record_may_bring_a_column_that_none_before_it_had(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('[{"a": 1}, {"a": 2, "ң": 3}]', encoding="utf-8")

    assert columns_of(spec(tmp_path, "in.json"), tmp_path / "s") == ["a", "ң"]


def test_evidence_comes_from_every_row(tried: Trial) -> None:
    code, name, n, empty = tried.evidence()

    assert tried.rows == 4
    assert (code.filled, code.shortest, code.longest, code.has_zeros, code.is_complete) == (4, 1, 3, True, True)
    assert (name.header, name.distinct, name.longest, name.has_zeros) == ("Атауы", 3, 8, False)
    assert (n.filled, n.scale, n.is_complete) == (3, 2, False)
    assert (empty.filled, empty.shortest, empty.longest, empty.is_complete) == (0, 0, 0, False)
    assert name.sample == ("Ақтөбе", "Қостанай", "Ақтөбе", "x")
    assert name.held is None, "in a text file every cell is text"
    assert name.with_values(["more"]).sample[-1] == "more"


def test_which_columns_tell_rows_apart(tried: Trial) -> None:
    assert tried.is_unique(["code"])
    assert not tried.is_unique(["name"])
    assert tried.is_unique(["name", "n"])


def test_shares_and_values_are_of_distinct_values(tried: Trial) -> None:
    assert tried.share("name", "length({value}) > 3") == (2, 3)
    assert tried.share("empty", "true") == (0, 0)
    assert set(tried.values("name", 9)) == {"Ақтөбе", "Қостанай", "x"}
    assert len(tried.values("name", 2)) == 2


def register(*columns: Column) -> Register:
    return Register("local.trial", "0.1.0", columns, ("code",), "0")


def test_a_contract_that_fits_and_one_that_does_not(tried: Trial) -> None:
    code = Column("code", TEXT)
    good = tried.check(register(code, Column("name", TEXT, header="Атауы")), Context())
    bad = tried.check(
        register(code, Column("n", INTEGER), Column("name", TEXT, checks=(Check("min-length", 2),))), Context()
    )

    assert (good.rows, good.passed, good.faults) == (4, 4, ())
    assert (bad.rows, bad.passed) == (4, 1)
    of_type, too_short = bad.faults[0], bad.faults[1]
    assert (of_type.rule, of_type.column, of_type.rows, of_type.lines) == ("type", "n", 2, (2, 3))
    assert set(of_type.values) == {"1.50", "2.5"}
    assert too_short.values == ("x",)
    assert tried.accepted(register(code), 1) == [("011",)]


def test_a_row_that_is_wrong_as_a_whole_shows_no_value(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("code,n\n1,2\ncode,n\n", encoding="utf-8")
    with Trial(spec(tmp_path, "in.csv"), tmp_path / "s", (("code", "code"), ("n", "n"))) as made:
        outcome = made.check(register(Column("code", TEXT), Column("n", TEXT)), Context())

    assert [(f.rule, f.column, f.values) for f in outcome.faults] == [("row.header", None, ())]


def test_a_typed_file_is_read_again_as_a_run_would(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('[{"code": "1", "n": 7}, {"code": "2", "n": "8"}]', encoding="utf-8")
    with Trial(spec(tmp_path, "in.json"), tmp_path / "s", (("code", "code"), ("n", "n"))) as made:
        outcome = made.check(register(Column("code", TEXT), Column("n", TEXT)), Context())

        assert made.evidence()[1].held == "both"
    assert [(f.rule, f.rows) for f in outcome.faults] == [("row.text-expected", 1)]
