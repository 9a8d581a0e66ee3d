"""Names: what a statement reads, by the scopes of its WITH parts; what reads without a name is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from altyn.engines.duckdb import Session
from altyn.engines.names import Scope, read_names, tree_of
from altyn.errors import AltynError


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(threads=1) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SELECT 1", []), ("SELECT * FROM a", ["a"]), ("SELECT * FROM a JOIN b USING (x), c", ["a", "b", "c"]),
        ("SELECT * FROM p.a", ["p.a"]), ('SELECT * FROM "x.csv"', ["x.csv"]), ("SELECT * FROM 'x.csv'", ["x.csv"]),
        ('SELECT * FROM "Ә", ә', ["Ә", "ә"]),
        ("SELECT (SELECT max(x) FROM a) FROM b WHERE EXISTS (SELECT 1 FROM c)", ["a", "b", "c"]),
        ("SELECT * FROM a UNION SELECT * FROM b", ["a", "b"]),
        ("WITH w AS (SELECT * FROM a) SELECT * FROM w", ["a"]),
        ("WITH w AS (SELECT * FROM a) SELECT * FROM W, main.w", ["a", "main.w"]),
        ("WITH w AS (SELECT * FROM w) SELECT * FROM w", ["w"]),
        ("WITH v AS (SELECT * FROM w), w AS (SELECT 1) SELECT * FROM v", ["w"]),
        ("WITH w AS (SELECT 1), v AS (SELECT * FROM w) SELECT * FROM v", []),
        ("SELECT * FROM (WITH w AS (SELECT 1) SELECT * FROM w) AS q, w", ["w"]),
        ("SELECT * FROM a WHERE x IN (WITH a AS (SELECT 1) SELECT * FROM a)", ["a"]),
        ("WITH RECURSIVE r AS (SELECT * FROM a UNION ALL SELECT * FROM r WHERE x < 3) SELECT * FROM r", ["a"]),
        ("WITH RECURSIVE r AS (SELECT * FROM r UNION ALL SELECT * FROM r) SELECT * FROM r", ["r"]),
        ("SELECT * FROM range(3), unnest([1])", []), ("SELECT * FROM (VALUES (1)) AS v", []),
    ],
)  # fmt: skip
def test_what_a_statement_reads(session: Session, text: str, read: list[str]) -> None:
    assert sorted(".".join(path) for path in read_names(session, text)) == sorted(read)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * FROM read_csv('x.csv')", "sql.forbidden"), ("SELECT * FROM duckdb_settings()", "sql.forbidden"),
        ("SELECT * FROM (SHOW TABLES)", "sql.forbidden"),
        ("SELECT * FROM (DESCRIBE a)", "sql.forbidden"), ("DELETE FROM a", "sql.forbidden"), ("PIVOT a ON b USING sum(c)", "sql.forbidden"),
        ("SELECT FROM FROM", "sql.syntax"), ("SELECT 1; SELECT 2", "sql.syntax"), ("", "sql.syntax"),
        ("SELECT " + "(" * 300 + "1" + ")" * 300, "sql.forbidden"),
        ("SELECT 'a\0b'", "sql.forbidden"),
    ],
    ids=lambda v: str(v)[:30],
)  # fmt: skip
def test_what_reads_without_a_name_or_cannot_be_read_is_refused(session: Session, text: str, code: str) -> None:
    with pytest.raises(AltynError) as caught:
        read_names(session, text)

    assert caught.value.code == code


def test_the_place_of_a_fault_is_told_in_signs_and_nothing_is_quoted(session: Session) -> None:
    with pytest.raises(AltynError) as caught:
        tree_of(session, "SELECT 'Айгүл',\n  'ң' FROM planted WHERE WHERE")

    assert caught.value.where == "line 2, sign 26"
    assert "planted" not in str(caught.value)
    assert "Айгүл" not in str(caught.value)


def test_a_scope_knows_only_plain_names_and_those_of_its_recursion() -> None:
    scope = Scope().with_name("Births").with_name("r", recursion=True)

    assert scope.holds(("births",))
    assert scope.holds(("BIRTHS",))
    assert scope.holds(("recurring", "R"))
    assert not scope.holds(("recurring", "births"))
    assert not scope.holds(("main", "births"))
    assert not scope.holds(("a", "main", "births"))
    assert not Scope().holds(("births",))
