"""Each rule refuses its row with file, line, column and rule, and leaves the others alone."""

from __future__ import annotations

import json

from altyn.engines.duckdb import Session
from altyn.language import Label
from altyn.model import Check, Column, Derivation, Kind, row_hash
from altyn.model.columns import INTEGER
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


def test_a_row_may_break_several_rules_and_keeps_its_text() -> None:
    made = register(text("code", Check("pattern", "^A"), Check("max-length", 2)), column("date"))

    _, failures, session = check(made, [{"id": "7", "code": 'b"b b', "value": "30.02.2024"}])

    assert failures == [(2, "code", "max-length"), (2, "code", "pattern"), (2, "value", "type")]
    raw, key = session.one("SELECT DISTINCT raw, key_text FROM failures")
    assert json.loads(raw) == {"id": "7", "code": 'b"b b', "value": "30.02.2024"}
    assert key == "7"


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


def test_second_extract_replaces_the_first() -> None:
    session = Session(threads=1)
    check(register(text("code", Check("code-list", "long"))), [{"id": "1", "code": "017"}], CONTEXT, session)

    _, failures, _ = check(register(text("other"), hierarchy=None), [{"id": "2", "other": "x"}], CONTEXT, session)

    assert failures == []
    assert values(session, "id") == [2]
    assert session.run("SELECT _row_id, other FROM staged") == [(0, "x")]
