"""PostgreSQL: what is refused before a server is asked, and a server that is not there. The rest needs one: tests/integration."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources.postgres import PostgresReader
from altyn.sources.spec import SourceSpec
from tests.unit.sources.reading import columns

SECRET = "host=/nowhere-7391 user=planted password=planted-7391"


def refused(**settings: str) -> AltynError:
    spec = SourceSpec("lab.things", Path("/project"), dsn="env:TEST_DSN", **settings)  # type: ignore[arg-type]
    with Session(threads=1) as session, pytest.raises(AltynError) as caught:
        PostgresReader().read(session, spec, columns("code"), None)
    return caught.value


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"table": "t", "query": "select 1"}, {"table": "a.b.c"}, {"table": "t; drop table x"}, {"table": '"t"'},
        {"table": "1t"}, {"table": "t -- x"},
        {"query": "delete from t"}, {"query": "select 1; select 2"}, {"query": "values (1)"}, {"query": "selected"}, {"query": ";"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_table_and_no_single_select_reaches_no_server(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DSN", raising=False)

    error = refused(**settings)

    assert (error.code, error.where) == ("source.query", 'altyn.toml, [sources."lab.things"]')


@pytest.mark.parametrize(
    "settings", [{"table": "мектеп.оқушы_$1"}, {"query": " WITH a AS (SELECT 1) SELECT * FROM a; "}], ids=str
)
def test_a_server_that_is_not_there_is_said_without_its_address(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DSN", SECRET)

    error = refused(**settings)

    assert error.code == "source.connection"
    assert error.retry
    assert "7391" not in str(error)
    assert "planted" not in str(error)


def test_a_secret_that_is_not_set_is_said_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DSN", raising=False)

    assert "TEST_DSN" in str(refused(table="t"))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)

    error = refused(table="t")

    assert error.code == "extra.missing"
    assert "altyn[postgres]" in str(error.mend)
