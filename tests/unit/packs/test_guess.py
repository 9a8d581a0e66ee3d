"""A guess is cautious, readable by our own reader, and the same on every machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altyn.packs.catalogue import Catalogue
from altyn.packs.contracts import contract_of
from altyn.packs.guess import guess_contract, register_name
from altyn.packs.manifest import load_pack
from tests.unit.packs.conftest import MakePack


def types(**columns: list[str | None]) -> dict[str, str]:
    register = contract_of(guess_contract(columns, "local.x"), "x").register
    return {c.name: c.type.name for c in register.columns}


def test_types_are_the_narrowest_that_lose_nothing() -> None:
    found = types(
        number=["1", "-20", None],
        code=["01", "10"],
        money=["1.50", "20"],
        day=["2024-02-29", "2023-01-01"],
        no_day=["2024-02-30", "2023-01-01"],
        moment=["2024-01-01T10:00:00+05:00", "2024-01-01 10:00"],
        flag=["true", "FALSE"],
        comma=["1,5", "2,5"],
        long=["12345678901234567890", "1"],
        empty=[None, ""],
    )

    assert found == {
        "number": "integer",
        "code": "text",
        "money": "decimal(18,2)",
        "day": "date",
        "no_day": "text",
        "moment": "timestamp",
        "flag": "boolean",
        "comma": "text",
        "long": "text",
        "empty": "text",
    }


def test_a_guess_is_closed_and_keeps_the_headers() -> None:
    register = contract_of(
        guess_contract([("Код", ["1", "2"]), ("batch", ["a", "a"]), ("Код ", ["x", None])], "local.x"), "x"
    ).register

    assert not register.is_open
    assert {c.sensitivity for c in register.columns} == {"internal"}
    assert [(c.name, c.header) for c in register.columns] == [
        ("kod", "Код"),
        ("batch_value", "batch"),
        ("kod_2", "Код "),
    ]
    assert register.key == ("kod",)


def test_the_key_is_all_columns_where_none_tells_rows_apart() -> None:
    document = guess_contract({"year": ["2020", "2020"], "region": ["a", "b"], "n": ["1.5", "1.6"]}, "local.x")
    assert contract_of(document, "x").register.key == ("region",)

    document = guess_contract({"year": ["2020", "2020"], "region": ["a", "a"], "n": ["1.5", "1.6"]}, "local.x")
    assert contract_of(document, "x").register.key == ("year", "region")


def test_a_guess_passes_check(make_pack: MakePack) -> None:
    document = guess_contract({"Код": ["1"]}, "demo.x")
    assert Catalogue.of_packs([load_pack(make_pack("demo", document))]).faults() == []


@given(st.text())
def test_any_header_becomes_a_name(text: str) -> None:
    assert contract_of(guess_contract({text: ["1"]}, "local.x"), "x").register.columns[0].name
    assert register_name(text) == register_name(text)


@given(
    st.lists(
        st.tuples(st.text(max_size=8), st.lists(st.none() | st.text(max_size=8), max_size=4)), min_size=1, max_size=6
    )
)
def test_any_table_becomes_a_contract(columns: list[tuple[str, list[str | None]]]) -> None:
    names = [c.name for c in contract_of(guess_contract(columns, "local.x"), "x").register.columns]
    assert len(set(names)) == len(columns)
