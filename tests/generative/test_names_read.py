"""The tables a statement reads: what DuckDB's own binder reads, whatever scopes and WITH parts Hypothesis invents."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.engines.names import read_names
from altyn.errors import AltynError
from altyn.model.sql import tables_read

# Few names, so that they meet; two differ in case, and two in a case that DuckDB does not know.
NAMES = ["a", "b", "A", '"ә"', '"Ә"']
names = st.sampled_from(NAMES)
TABLES = ["a", "b", "ә", "Ә"]


def _queries(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(st.tuples(names, inner), min_size=1, max_size=2, unique_by=lambda p: p[0].lower())

    def with_parts(given_parts: list[tuple[str, str]], body: str, recursive: bool) -> str:  # noqa: FBT001
        # Every part is read once at least: the binder does not look at a part that nobody reads.
        used = "".join(f" CROSS JOIN (SELECT count(*) FROM {name}) AS u{i}" for i, (name, _) in enumerate(given_parts))
        made = ", ".join(f"{name} AS ({query})" for name, query in given_parts)
        return f"(WITH {'RECURSIVE ' if recursive else ''}{made} SELECT v FROM (SELECT * FROM ({body}) AS body{used}) AS w)"

    return st.one_of(
        st.builds(with_parts, parts, inner, st.booleans()),
        st.builds("SELECT v FROM ({}) AS x UNION ALL ({})".format, inner, inner),
        st.builds("SELECT v FROM ({}) AS x WHERE v IN (SELECT v FROM ({}) AS y)".format, inner, inner),
        st.builds("SELECT x.v FROM ({}) AS x, LATERAL (SELECT * FROM ({}) AS z) AS y".format, inner, inner),
        st.builds("SELECT x.v FROM {} AS x JOIN ({}) AS y ON x.v = y.v".format, names, inner),
        st.builds("SELECT (SELECT max(v) FROM ({}) AS y) AS v FROM {} AS x ORDER BY v".format, inner, names),
        st.builds("SELECT v FROM main.{} AS x WHERE EXISTS ({})".format, names, inner),
    )


queries = st.recursive(st.builds("SELECT v FROM {}".format, names), _queries, max_leaves=6)


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def bound(text: str) -> set[str] | None:
    """The tables a statement binds: without one of them it does not bind. None where it is no statement at all."""
    with duckdb.connect() as connection:
        connection.execute("SET python_enable_replacements = false")
        for name in TABLES:
            connection.execute(f'CREATE TABLE "{name}" (v INTEGER)')
        try:
            connection.execute(f"EXPLAIN {text}")
        except duckdb.Error:
            return None
        needed = set[str]()
        for name in TABLES:
            connection.execute(f'ALTER TABLE "{name}" RENAME TO gone')
            try:
                connection.execute(f"EXPLAIN {text}")
            except duckdb.Error:  # of the catalogue; of the binder, where a WITH part of that name stands around it
                needed.add(name)
            connection.execute(f'ALTER TABLE gone RENAME TO "{name}"')
    return needed


@settings(deadline=None, max_examples=150)
@given(text=queries)
def test_the_names_read_are_those_that_bind(session: Session, text: str) -> None:
    needed = bound(text)
    if needed is None:
        return

    by_tree = {path[-1].replace("A", "a") for path in read_names(session, text)}
    by_text = {name.rpartition(".")[2].replace("A", "a") for name in tables_read(text)}

    assert by_tree == needed
    assert by_text == needed


RECURSION = "WITH RECURSIVE {0} AS (SELECT v FROM {1} UNION ALL SELECT v + 1 FROM {2} WHERE v < 3) SELECT * FROM {3}"


@given(text=st.builds(RECURSION.format, names, names, names, names))
def test_a_recursion_reads_itself_in_its_second_half_alone(session: Session, text: str) -> None:
    needed = bound(text)

    read = {path[-1].replace("A", "a") for path in read_names(session, text)}
    by_text = {name.replace("A", "a") for name in tables_read(text)}

    assert needed is not None
    # A part that nobody reads is not bound; it is still counted here.
    assert needed <= read
    assert by_text == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("with births as (select * from births) select * from births", {("births",)}),
        ("with x as (select 1) select * from main.x", {("main", "x")}),
        ("select * from (with f as (select 1) select * from f) t, f", {("f",)}),
        ("with recursive x as (select 1 as v union all select v from recurring.x) select * from x", set[tuple[str]]()),
        ("with x as (select 1) select * from recurring.x", {("recurring", "x")}),
        ("select * from 'a.csv'", {("a.csv",)}),
        ("with recursive births as (select * from births) select * from births", {("births",)}),
    ],
)
def test_scopes(session: Session, text: str, read: set[tuple[str, ...]]) -> None:
    assert set(read_names(session, text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "select * from (show all tables)",
        "select * from (describe births)",
        "select * from read_csv('a.csv')",
        "select * from query('select 1')",
        "select 1; select 2",
        "drop table births",
        "select " + "(" * 300 + "1" + ")" * 300,
        "select 1" + "+1" * 90_000,
        "select 'a\0b'",
        "select '\udcff'",
        "select " + "+".join(["1"] * 900),
        "select * from a" + ",a" * 14_000,
    ],
    ids=range(12),
)
def test_what_no_name_tells_is_refused(session: Session, text: str) -> None:
    with pytest.raises(AltynError, match=r"sql\.(forbidden|syntax)"):
        read_names(session, text)
