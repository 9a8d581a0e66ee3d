"""Each rule refuses its row with file, line, column and rule, and leaves the others alone."""

from __future__ import annotations

import json

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Label
from altyn.model import Check, Column, Derivation, Hierarchy, Kind, TableCheck, row_hash
from altyn.model.columns import INTEGER, TEXT
from altyn.sources.validate import CodeList, Context, validate
from tests.unit.sources.staging import check, column, register, staged, text, values

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


def test_a_row_may_break_several_rules_and_keeps_its_text() -> None:
    made = register(text("code", Check("pattern", "^A"), Check("max-length", 2)), column("date"))

    _, failures, session = check(made, [{"id": "7", "code": 'b"b b', "value": "30.02.2024"}])

    assert failures == [(2, "code", "max-length"), (2, "code", "pattern"), (2, "value", "type")]
    raw, key = session.one("SELECT DISTINCT raw, key_text FROM failures")
    assert json.loads(raw) == {"id": "7", "code": 'b"b b', "value": "30.02.2024"}
    assert key == "7"


def test_reserved_identifier_is_right_in_a_synthetic_project() -> None:
    made = register(text("value", Check("identifier", "tens")))

    _, failures, _ = check(made, [{"id": "1", "value": "920"}], Context(kinds={"tens": KIND}, synthetic=True))

    assert failures == []


def test_duplicate_key_refuses_both_rows_and_names_both_lines() -> None:
    validated, failures, session = check(register(text()), [{"id": i, "code": "x"} for i in ("1", "2", "1.0", "3")])

    assert failures == [(2, "id", "key"), (4, "id", "key")]
    assert values(session, "id") == [2, 3]
    assert session.run("SELECT DISTINCT key_text FROM failures") == [("1",)]
    assert "lines 2 and 4" in str(validated.findings[0].message)


def test_composite_key_and_unique_column() -> None:
    made = register(text("a"), text("b", unique=True), key=("id", "a"))
    rows = [
        {"id": "1", "a": "x", "b": "p"},
        {"id": "1", "a": "y", "b": "q"},
        {"id": "1", "a": "y", "b": None},
        {"id": "2", "a": "x", "b": "p"},
    ]

    _, failures, session = check(made, rows)

    assert failures == [(2, "b", "unique"), (3, "id, a", "key"), (4, "id, a", "key"), (5, "b", "unique")]
    assert session.run("SELECT key_text FROM failures WHERE line_no = 3") == [("1\x1fy",)]


def test_missing_key_is_required_and_hides_which_record_is_meant() -> None:
    _, failures, session = check(register(text()), [{"id": None, "code": "x"}, {"id": "x", "code": "x"}])

    assert failures == [(2, "id", "required"), (3, "id", "type")]
    assert session.run("SELECT DISTINCT key_text FROM failures") == [(None,)]


def test_key_of_wrong_form_does_not_pass_for_a_record() -> None:
    made = register(text("code", Check("pattern", "^[0-9]+$")), text("name", Check("max-length", 1)), key=("code",))

    _, _, session = check(made, [{"id": "1", "code": "1О"}, {"id": "2", "code": "10", "name": "xx"}])

    assert session.run("SELECT line_no, key_text FROM failures ORDER BY 1") == [(2, None), (3, "10")]


def test_look_alike_letters_are_hinted_at_but_not_shown() -> None:
    validated, _, _ = check(
        register(text("code", Check("pattern", "^[0-9]{4}$"))),
        [{"id": "1", "code": "12О4"}, {"id": "2", "code": "12345"}],
    )

    message = str(validated.findings[0].message)
    assert "1 of them mix digits with letters" in message
    assert "12О4" not in message


def test_rows_the_reader_could_not_read_keep_their_problem_and_line() -> None:
    rows = [
        {"!problem": "row.ragged", "!raw": "1,2,3,4", "id": "1"},
        {"!problem": "row.text-expected", "!problem_column": "code", "id": "2", "code": "7"},
        {"id": "3", "code": "07"},
    ]

    validated, failures, session = check(register(text()), rows)

    assert failures == [(2, None, "row.ragged"), (3, "code", "row.text-expected")]
    assert session.run("SELECT key_text, raw FROM failures ORDER BY line_no") == [
        (None, "1,2,3,4"),
        ("2", '{"id":"2","code":"7"}'),
    ]
    assert (validated.rows_read, validated.rows_accepted) == (3, 1)


def test_several_files_keep_their_numbers() -> None:
    made = register(text("code", Check("enum", ("x",))))
    session = Session(threads=1)

    validated = validate(
        session,
        made,
        [(4, staged(made, [{"id": "1", "code": "x"}])), (9, staged(made, [{"id": "2", "code": "y"}], 10))],
        Context(),
    )

    assert validated.rows_read == 2
    assert session.run("SELECT file_no, line_no FROM accepted") == [(4, 2)]
    assert session.run("SELECT file_no, line_no FROM failures") == [(9, 10)]


def test_empty_extract_is_no_error() -> None:
    validated, failures, _ = check(register(text()), [])

    assert (validated.rows_read, validated.rules, failures) == (0, (), [])
    assert validate(Session(threads=1), register(text()), [], Context()).rows_read == 0


def test_accepted_has_the_contract_columns_in_order_and_the_reference_hash() -> None:
    made = register(text("code"), column("date"), Column("origin", INTEGER, derivation=Derivation("constant", "5")))

    _, _, session = check(made, [{"id": "1", "code": "x", "value": "2024-01-02"}])

    assert [r[0] for r in session.run("DESCRIBE accepted")] == [
        "id",
        "code",
        "value",
        "origin",
        "file_no",
        "line_no",
        "row_hash",
    ]
    row = dict(
        zip((c.name for c in made.columns), session.one("SELECT id, code, value, origin FROM accepted"), strict=True)
    )
    assert session.one("SELECT row_hash FROM accepted")[0] == row_hash.row_hash(made.columns, row)
    assert [r[1] for r in session.run("DESCRIBE accepted")][-3:] == ["INTEGER", "BIGINT", "VARCHAR"]


def test_lookup_finds_a_code_as_written_then_loosely() -> None:
    found = Column("found", TEXT, required=True, derivation=Derivation("lookup", ("name", "short")))

    _, failures, session = check(
        register(text("name"), found),
        [{"id": str(n), "name": t} for n, t in enumerate(["Alpha", " ALPHA", "BETA ", "gamma", None])],
        CONTEXT,
    )

    assert values(session, "found") == ["A", "A", "B"]
    assert values(session, "name") == ["Alpha", " ALPHA", "BETA "]
    assert failures == [(5, "found", "lookup"), (6, "found", "required")]


def test_lookup_does_not_choose_between_codes() -> None:
    found = Column("found", TEXT, derivation=Derivation("lookup", ("name", "twofold")))

    _, failures, session = check(
        register(text("name"), found),
        [{"id": "1", "name": "Semey"}, {"id": "2", "name": "SEMEY"}, {"id": "3", "name": "semey"}, {"id": "4"}],
        CONTEXT,
    )

    assert values(session, "found") == ["1", "2", None]
    assert failures == [(4, "found", "lookup")]


HIERARCHY = Hierarchy("code", "parent", (2, 4, 6), 9)
PARENT = Column("parent", TEXT, derivation=Derivation("hierarchy"))


def test_hierarchy_takes_the_nearest_ancestor_and_reports_the_gap() -> None:
    made = register(text("code"), PARENT, hierarchy=HIERARCHY)
    codes = ["110000000", "113800000", "113820100", "113821000", "113821100", "990000100"]

    validated, failures, session = check(made, [{"id": str(n), "code": c} for n, c in enumerate(codes)])

    assert failures == []
    assert values(session, "parent") == [None, "110000000", "113800000", "113800000", "113821000", None]
    assert [(f.rule, f.rows) for f in validated.findings] == [("hierarchy", 1), ("hierarchy.none", 1)]
    row = {"id": 1, "code": "113800000", "parent": "110000000"}
    assert session.one("SELECT row_hash FROM accepted WHERE id = 1")[0] == row_hash.row_hash(made.columns, row)


def test_hierarchy_passes_over_a_refused_ancestor() -> None:
    made = register(text("code"), PARENT, text("name", Check("max-length", 1)), hierarchy=HIERARCHY)
    rows = [
        {"id": "1", "code": "110000000"},
        {"id": "2", "code": "113800000", "name": "xx"},
        {"id": "3", "code": "113820000"},
    ]

    _, _, session = check(made, rows)

    assert values(session, "parent") == [None, "110000000"]


def test_hierarchy_of_retried_rows_stands_in_the_current_rows() -> None:
    made = register(text("code"), PARENT, hierarchy=HIERARCHY)
    context = Context(parents={made.name: "SELECT '110000000' AS code"}, is_partial=True)

    _, _, session = check(made, [{"id": "1", "code": "113800000"}], context)

    assert values(session, "parent") == ["110000000"]


def test_hierarchy_that_fits_no_column_is_refused() -> None:
    with pytest.raises(AltynError, match=r"contract\.profile"):
        check(register(text("code"), hierarchy=HIERARCHY), [])


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


@pytest.mark.parametrize(
    ("lowest", "highest", "holds"), [(2, 2, True), (None, 1, False), (3, None, False), (None, None, True)]
)
def test_table_check_compares_its_number_with_a_range(
    lowest: float | None, highest: float | None, *, holds: bool
) -> None:
    made = register(
        text(), table_checks=(TableCheck("count", "SELECT count(*) FROM things", lowest, highest, "finding"),)
    )

    validated, _, _ = check(made, [{"id": "1"}, {"id": "2"}, {"id": "x"}])

    assert [f.rule for f in validated.findings if f.severity == "finding"] == ([] if holds else ["check:count"])


def test_table_check_refuses_the_extract_but_not_a_retried_piece() -> None:
    made = register(
        text(), table_checks=(TableCheck("count", "WITH t AS (SELECT id FROM things) SELECT sum(id) FROM t", 5, 5),)
    )

    with pytest.raises(AltynError) as caught:
        check(made, [{"id": "1"}])
    validated, _, _ = check(made, [{"id": "1"}], Context(is_partial=True))

    assert caught.value.code == "source.check-failed"
    assert validated.rows_accepted == 1
    assert check(made, [{"id": "5"}])[0].rows_accepted == 1


def test_second_extract_replaces_the_first() -> None:
    session = Session(threads=1)
    check(register(text("code", Check("code-list", "long"))), [{"id": "1", "code": "017"}], CONTEXT, session)

    _, failures, _ = check(register(text("other"), hierarchy=None), [{"id": "2", "other": "x"}], CONTEXT, session)

    assert failures == []
    assert values(session, "id") == [2]
    assert session.run("SELECT _row_id, other FROM staged") == [(0, "x")]
