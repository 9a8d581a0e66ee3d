"""Rules: each refuses its row with line, column and rule, and leaves the others alone."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.model import Check, Column, Derivation, Kind
from altyn.model.columns import TEXT
from altyn.sources.context import CodeList, Context
from tests.unit.sources.staging import check, column, register, text, values

LONG = {f"{n:03d}": Label(f"n{n}") for n in range(200)}
LISTS = {
    "short": CodeList("short", {"A": Label("a"), "B": Label("b")}, {"Alpha": "A", "beta": "B", "BETA ": "B"}),
    "long": CodeList("long", LONG, {}),
    "twofold": CodeList("twofold", {}, {"Semey": "1", "SEMEY": "2"}),
}
KIND = Kind("tens", lambda v: v.endswith("0"), "right({value}, 1) = '0'", reserved_sql="starts_with({value}, '9')")
CONTEXT = Context(code_lists=LISTS, kinds={"tens": KIND})


@pytest.mark.parametrize(
    ("made", "right", "wrong", "rule"),
    [
        (text("value", required=True), "a", None, "required"),
        (text("value", required=True), " ", "", "required"),
        (text("value", Check("pattern", "^[0-9]{3}$")), "123", "12О", "pattern"),
        (text("value", Check("min-length", 2)), "қң", "қ", "min-length"),
        (text("value", Check("max-length", 2)), "қң", "қңұ", "max-length"),
        (text("value", Check("enum", ("yes", "no"))), "no", "No", "enum"),
        (column("integer", Check("enum", ("1", "2"))), "2.0", "3", "enum"),
        (text("value", Check("code-list", "short")), "B", "C", "code-list"),
        (text("value", Check("code-list", "long")), "017", "17", "code-list"),
        (text("value", code_list="long"), "199", "200", "code-list"),
        (text("value", Check("identifier", "tens")), "120", "121", "identifier"),
        (text("value", Check("identifier", "tens")), "120", "920", "identifier"),
        (column("integer", Check("minimum", 0.5)), "1", "0", "minimum"),
        (column("integer", Check("maximum", 10)), "10", "11", "maximum"),
        (column("decimal(6,2)", Check("minimum", "0.005")), "0.01", "0", "minimum"),
        (column("decimal(6,2)", Check("maximum", 1.5)), "1.50", "1.51", "maximum"),
        (column("double", Check("maximum", 1.5)), "1.5", "1.6", "maximum"),
        (column("date", Check("minimum", "2000-01-01")), "2000-01-01", "1999-12-31", "minimum"),
        (
            column("timestamp", Check("maximum", "2024-01-01T00:00:00Z")),
            "2024-01-01T05:00:00+05:00",
            "2024-01-01T00:00:01Z",
            "maximum",
        ),
    ],
)
def test_rule_refuses_its_row(made: Column, right: str, wrong: str | None, rule: str) -> None:
    rows = [{"id": "1", "value": right}, {"id": "2", "value": wrong}, {"id": "3", "value": right}]

    validated, failures, session = check(register(made), rows, CONTEXT)

    assert failures == [(3, "value", rule)]
    assert values(session, "id") == [1, 3]
    assert validated.rules == ((rule, "value", 1),)
    assert (validated.rows_read, validated.rows_accepted, validated.rows_refused) == (3, 2, 1)
    assert [f.severity for f in validated.findings] == ["refused"]


def test_missing_values_break_no_rule_but_required() -> None:
    made = register(
        text(
            "value",
            Check("pattern", "x"),
            Check("enum", ("x",)),
            Check("code-list", "long"),
            Check("identifier", "tens"),
        )
    )

    _, failures, _ = check(made, [{"id": "1", "value": None}], CONTEXT)

    assert failures == []


def test_a_kind_that_says_false_of_a_missing_value_does_not_refuse_it() -> None:
    strict = Kind("strict", lambda v: v.endswith("0"), "coalesce(right({value}, 1) = '0', false)")
    made = register(text("value", Check("identifier", "strict")))
    rows = [{"id": "1", "value": None}, {"id": "2", "value": "1"}]

    _, failures, _ = check(made, rows, Context(kinds={"strict": strict}))

    assert [rule for _, _, rule in failures] == ["identifier"], "the wrong one alone"


def test_reserved_identifier_is_right_in_a_synthetic_project() -> None:
    made = register(text("value", Check("identifier", "tens")))

    _, failures, _ = check(made, [{"id": "1", "value": "920"}], Context(kinds={"tens": KIND}, synthetic=True))

    assert failures == []


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (text("value", Check("code-list", "none")), "contract.code-list-missing"),
        (text("value", Check("identifier", "none")), "contract.kind-unknown"),
        (text("value", Check("pattern", "(?=x)")), "contract.invalid"),
        (column("integer", Check("minimum", "x")), "contract.invalid"),
        (column("date", Check("minimum", "x")), "contract.invalid"),
        (text("value", Check("max-length", "x")), "contract.invalid"),
        (Column("value", TEXT, derivation=Derivation("lookup", ("nowhere", "short"))), "contract.profile"),
    ],
)
def test_contract_that_cannot_be_applied(made: Column, code: str) -> None:
    with pytest.raises(AltynError) as caught:
        check(register(made), [], CONTEXT)

    assert caught.value.code == code
    assert "lab.things" in caught.value.where
