"""Expressions: a contract's rules and checks read their own register, and tell of no row."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.model import Column, Relationship, RowRule, TableCheck
from altyn.model.columns import INTEGER
from altyn.sources.validate import Context
from tests.unit.sources.staging import check, register, text, values

PLACES = Context(parents={"lab.places": "(SELECT * FROM (VALUES ('A', 1), ('B', 2)) AS v(code, year))"})


def test_row_rule_refuses_or_reports() -> None:
    message = Label({"en": "Too many.", "kk": "Тым көп."})
    made = register(
        Column("n", INTEGER),
        row_rules=(
            RowRule("few", "n <= 5", "refuse", message),
            RowRule("share", "n * 2 <= sum(n) OVER () -- half", "finding"),
        ),
    )

    validated, failures, session = check(
        made, [{"id": "1", "n": "1"}, {"id": "2", "n": "6"}, {"id": "3"}, {"id": "4", "n": "x"}]
    )

    assert failures == [(3, None, "row:few"), (5, "n", "type")]
    assert values(session, "id") == [1, 3]
    found = {(f.rule, f.severity): f for f in validated.findings}
    assert found["row:few", "refused"].message == message
    assert found["row:share", "finding"].rows == 1
    assert found["row:share", "finding"].document()["message"]["en"] == "1 rows do not satisfy the rule share."


def test_row_rule_sees_only_rows_that_are_right_otherwise() -> None:
    made = register(
        text("place"),
        relationships=(Relationship(("place",), "lab.places", ("code",)),),
        row_rules=(RowRule("one", "count(*) OVER () = 1"),),
    )

    _, failures, _ = check(
        made, [{"id": "1", "place": "A"}, {"id": "2", "place": "C"}, {"id": "x", "place": "A"}], PLACES
    )

    assert failures == [(3, "place", "relationship"), (4, "id", "type")]


@pytest.mark.parametrize(
    "sql",
    [
        "id > 0; DROP TABLE staged", "id > (SELECT count(*) FROM read_csv('x.csv'))", "EXISTS (SELECT 1 FROM failures)", "id > 0 FROM staged",
        "true) OR (true", "id, code", "id AS x", "id >", "*", "nowhere = 1", "CAST(code AS INTEGER) > 1",
    ],
)  # fmt: skip
def test_row_rule_that_is_not_one_expression_is_refused(sql: str) -> None:
    with pytest.raises(AltynError) as caught:
        check(register(text(), row_rules=(RowRule("rule", sql),)), [{"id": "1", "code": "secret"}])

    assert caught.value.code == "contract.profile"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    ["SELECT count(*) FROM read_csv('x.csv')", "SELECT count(*) FROM staged", "SELECT 1; SELECT 2", "SELECT id FROM things", "SELECT 'x'",
     "SELECT count(*), 1 FROM things", "SELECT count(*) FROM temp.things", "DELETE FROM things"],
)  # fmt: skip
def test_table_check_that_reads_more_is_refused(sql: str) -> None:
    with pytest.raises(AltynError) as caught:
        check(register(text(), table_checks=(TableCheck("odd", sql, 0, 9),)), [{"id": "1"}, {"id": "2"}])

    assert caught.value.code == "contract.profile"


SIBLINGS = [
    "SELECT count(*) FROM (SHOW ALL TABLES)", "SELECT count(*) FROM (DESCRIBE things)", "SELECT count(*) FROM (SUMMARIZE things)",
    "SELECT count(*) FROM pg_catalog.pg_class", "SELECT count(*) FROM pg_class", "SELECT count(*) FROM duckdb_views()",
    "SELECT count(*) FROM information_schema.tables", "SELECT count(*) FROM 'x.csv'", "SELECT count(*) FROM range(4000000000)",
    "SELECT length(repeat('x', 4000000000)) FROM things", "SELECT sum(len(range(4000000000))) FROM things",
    'SELECT count(*) FROM "x.csv" WHERE id IN (WITH "x.csv" AS (SELECT id FROM things) SELECT id FROM "x.csv")',
    "SELECT max(current_setting('temp_directory')) FROM things", "SELECT max(CAST(code AS BIGINT)) FROM things",
]  # fmt: skip


@pytest.mark.parametrize("sql", SIBLINGS)
def test_table_check_that_reads_elsewhere_or_quotes_a_value_is_refused_without_one(sql: str) -> None:
    made = register(text("code"), table_checks=(TableCheck("odd", sql, 0, 9),))

    with pytest.raises(AltynError) as caught:
        check(made, [{"id": "1", "code": "planted-7391"}])

    assert caught.value.code in {"contract.profile", "sql.subset"}
    assert "7391" not in str(caught.value)


def test_a_check_says_how_many_rows_and_not_its_number() -> None:
    made = register(
        text("code"), table_checks=(TableCheck("odd", "SELECT max(CAST(code AS BIGINT)) FROM things", 0, 9),)
    )

    with pytest.raises(AltynError) as caught:
        check(made, [{"id": "1", "code": "7391"}, {"id": "2", "code": "5"}])

    assert caught.value.code == "source.check-failed"
    assert "7391" not in str(caught.value)
    assert " 2 rows" in str(caught.value)


def test_what_is_worked_out_apart_gives_the_same_verdict() -> None:
    rules = (RowRule("grows", "length(replace(code, 'x', '{rows}yy')) < 10"), RowRule("plain", "id < 3"))
    checks = (
        TableCheck(
            "joined", "WITH a AS (SELECT id FROM things) SELECT count(*) FROM a JOIN a AS b ON a.id = b.id", 1, 2
        ),
    )
    made = register(text("code"), row_rules=rules, table_checks=checks)

    rows = [{"id": "1", "code": "a"}, {"id": "2", "code": "xxxx"}, {"id": "3", "code": "a"}]
    validated, failures, _ = check(made, rows)

    assert failures == [(3, None, "row:grows"), (4, None, "row:plain")]
    assert validated.rows_accepted == 1


GREEDY = [
    "length(lpad(code, 2000000000, 'x')) > 0",
    "length(" + "replace(" * 12 + "code" + ", 'x', 'xxxxxxxxxx')" * 12 + ") > 0",
]


@pytest.mark.parametrize("sql", GREEDY)
def test_a_rule_that_takes_the_memory_ends_its_register_only(sql: str) -> None:
    with pytest.raises(AltynError) as caught:
        check(register(text("code"), row_rules=(RowRule("greedy", sql),)), [{"id": "1", "code": "x"}])

    assert caught.value.code == "contract.profile"
    assert "memory" in str(caught.value.mend)


def test_a_check_that_takes_the_memory_ends_its_register_only() -> None:
    made = register(
        text("code"),
        table_checks=(TableCheck("greedy", "SELECT max(length(lpad(code, 2000000000, 'x'))) FROM things", 0, 9),),
    )

    with pytest.raises(AltynError) as caught:
        check(made, [{"id": "1", "code": "x"}])

    assert caught.value.code == "contract.profile"


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
