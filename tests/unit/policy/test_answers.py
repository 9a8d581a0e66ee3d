"""Answers: types that every reader of Arrow knows, and nothing bound but the tables that were read out of the text."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from arro3.core import Table
from arro3.io import read_ipc_stream

from altyn.engines.duckdb import Session, arrow_rows
from altyn.policy.answers import OtherTableError, ipc_of, rehearse


@pytest.fixture
def session() -> Session:
    session = Session()
    session.run("CREATE TABLE areas (code VARCHAR); CREATE TABLE hidden (code VARCHAR)")
    return session


def rows(session: Session, text: str) -> list[tuple[object, ...]]:
    return arrow_rows(Table.from_arrow(read_ipc_stream(io.BytesIO(ipc_of(session, text, 10)))))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("select date '0044-03-15 (BC)'", ("0044-03-15 (BC)",)),
        ("select date '2024-03-15'", (date(2024, 3, 15),)),
        ("select 'infinity'::timestamp", ("infinity",)),
        ("select 5::hugeint, 5::ubigint", (Decimal(5), Decimal(5))),
        ("select 170141183460469231731687303715884105727", ("170141183460469231731687303715884105727",)),
        ("select interval '1 year 2 days'", ("1 year 2 days",)),
        ("select [interval 1 day], {'d': date '0044-03-15 (BC)'}", (["1 day"], {"d": "0044-03-15 (BC)"})),
        ("select null, [], [null]", (None, [], [None])),
        (
            "select 'x'::enum('x'), '101'::bit, '\\xAA'::blob, '10:00:00+05:00'::timetz",
            ("x", "101", "\\xAA", "10:00:00+05"),
        ),
        ("select 1 as a, 2 as a", (1, 2)),
    ],
)
def test_a_value_that_arrow_does_not_hold_is_text(session: Session, text: str, row: tuple[object, ...]) -> None:
    assert rows(session, text) == [row]


@pytest.mark.parametrize("text", ["select * from hidden", "select * from 'a.parquet'", "select * from main.hidden"])
def test_what_binds_is_what_was_read(session: Session, text: str) -> None:
    with pytest.raises((duckdb.Error, OtherTableError)):
        rehearse(session, text, [("areas",)])


def test_a_statement_over_its_tables_passes(session: Session) -> None:
    rehearse(session, "with areas as (select * from areas) select * from areas", [("areas",)])


@pytest.mark.parametrize(
    "text",
    [
        "select * from duckdb_columns, areas",
        "select * from areas where false and code in (select sql from duckdb_views)",
        "select (select max(value) from duckdb_settings()) from areas",
        "with x as (select 1) select * from pg_catalog.pg_views",
        "select * from (show all tables)",
        "select * from information_schema.tables",
    ],
)
def test_what_the_engine_keeps_of_itself_shows_in_the_plan(session: Session, text: str) -> None:
    with pytest.raises(OtherTableError):
        rehearse(session, text, [("areas",)])
