"""PostgreSQL, a real one: every type as its own text, one state of the database, and nothing kept of half an answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import LANGUAGES
from altyn.model import Column, ColumnType
from altyn.model.columns import TEXT, Form
from altyn.sources.postgres import PostgresReader
from altyn.sources.read import Reading, content_hash, read
from altyn.sources.spec import SourceSpec, spec_from_table
from tests.integration.conftest import TOML, Trial
from tests.judges import require

Ask = Callable[..., list[tuple[object, ...]]]
CODE, N = Column("code", ColumnType("text")), Column("n", ColumnType("decimal"))
ROWS = "SELECT line_no, _problem, code, n FROM ({}) ORDER BY line_no"


@dataclass(frozen=True)
class Server:
    """A server on a socket in a folder of its own."""

    programs: Path
    folder: Path
    user: str

    @property
    def dsn(self) -> str:
        """Where it listens."""
        return f"host={self.folder} port=54990 user={self.user} dbname=postgres"

    def command(self, program: str, *arguments: str) -> str:
        """Run a program of the server, as its owner."""
        as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_owner, str(self.programs / program), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd="/",
        )
        return done.stdout.strip()

    def sql(self, text: str) -> str:
        """Ask the server by psql."""
        return self.command("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.dsn, "-c", text)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A fresh server; root may not run it, so root lends it to the user postgres."""
    # Followed, for only initdb itself may be linked to where it was found.
    programs = (require("postgres") / "initdb").resolve().parent
    # A socket's path must be short, shorter than pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = "postgres"
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    made = Server(programs, folder, user)
    data = str(folder / "data")
    made.command(
        "initdb", "-D", data, "-U", user, "-A", "trust", "-N", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8"
    )
    options = f"-k {folder} -p 54990 -c listen_addresses='' -c fsync=off"
    made.command("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield made
    finally:
        made.command("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def dsn(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference that specifications name."""
    monkeypatch.setenv("LAB_DSN", server.dsn)


def spec(**settings: object) -> SourceSpec:
    return spec_from_table("lab.things", {"dsn": "env:LAB_DSN", **settings}, Path("/nowhere"))


def loaded(
    source: SourceSpec, columns: tuple[Column, ...] = (CODE, N), after: str | None = None
) -> tuple[Reading, list[tuple[object, ...]]]:
    with Session(threads=1) as session:
        reading = read(session, source, columns, Path("/nowhere"), after)
        names = ", ".join(["line_no", "_problem", *(c.name for c in columns)])
        return reading, session.run(f"SELECT {names} FROM ({reading.parts[0].query}) ORDER BY line_no")


def refused(source: SourceSpec, columns: tuple[Column, ...] = (CODE, N)) -> AltynError:
    with pytest.raises(AltynError) as caught:
        loaded(source, columns)
    return caught.value


def test_a_table_of_a_schema(server: Server) -> None:
    server.sql('create schema if not exists lab; create table lab."Things" (code text, n numeric, more int)')
    server.sql(
        "insert into lab.\"Things\" values ('007', 1.10, 1), ('', null, 2), ('Қала\n\"а\"', 12345678901234567890.12, 3)"
    )
    reading, rows = loaded(spec(table="lab.Things"))
    assert rows == [
        (1, None, "007", "1.10"),
        (2, None, None, None),
        (3, None, 'Қала\n"а"', "12345678901234567890.12"),
    ]
    part = reading.parts[0]
    assert (reading.kind, part.display, part.extra_columns, reading.cursor_value) == (
        "postgres",
        "lab.Things",
        ("more",),
        None,
    )
    assert part.size_bytes > 0
    assert loaded(spec(table="lab.Things"))[0].content_hash == reading.content_hash
    assert content_hash(spec(table="lab.Things")) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("7::int2", "7"), ("7.50::numeric", "7.50"), ("0.1::float8", "0.1"), ("true", "true"), ("12.5::money", "$12.50"),
        ("date '2024-02-29'", "2024-02-29"), ("timestamptz '2024-02-29 10:00+05'", "2024-02-29T05:00:00.000000Z"),
        ("timestamp '2024-02-29 10:00:00.25'", "2024-02-29T10:00:00.250000"), ("date 'infinity'", "infinity"),
        ("'{1,2}'::int[]", "[1,2]"), ('\'{"a": 1.10}\'::jsonb', '{"a": 1.10}'), ("inet '10.0.0.1'", "10.0.0.1/32"),
        ("'a '::char(3)", "a"), ("interval '1 day'", "P1D"), ("'\\x01'::bytea", "\\x01"),
    ],
)  # fmt: skip
def test_every_type_is_written_by_the_server(value: str, text: str) -> None:
    _, rows = loaded(spec(query=f"select {value} as v -- a comment"), (Column("v", ColumnType("json")),))
    assert rows == [(1, None, text)]


@pytest.mark.parametrize("value", ["7", "7.0::numeric", "true", "current_date"])
def test_a_number_where_a_code_was_declared_is_a_problem(value: str) -> None:
    assert loaded(spec(query=f"select {value} as code"), (CODE,))[1][0][1] == "row.text-expected"


def test_an_enum_and_bytes_are_text(server: Server) -> None:
    server.sql("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad', 'happy')")
    for value, text in (("'happy'::mood", "happy"), ("'\\x01ab'::bytea", "\\x01ab"), ("null::mood", None)):
        assert loaded(spec(query=f"SELECT {value} AS code, 1 AS n"))[1][0][1:3] == (None, text)


def test_values_come_in_the_form_of_the_contract() -> None:
    columns = (
        Column("code", ColumnType("text"), form=Form(time=True)),
        Column("n", ColumnType("decimal"), form=Form(decimal=",", thousands=".")),
    )
    query = "SELECT time '09:05' AS code, 1.234::numeric AS n"
    assert loaded(spec(query=query), columns=columns)[1][0][1:] == (None, "09:05:00", "1,234")


def test_by_cursor_numbers_count_as_numbers(server: Server) -> None:
    server.sql("create table growing (code text, n numeric); insert into growing values ('a', 9), ('b', 10)")
    source = spec(table="growing", cursor="n", mode="append")
    reading, rows = loaded(source)
    assert (len(rows), reading.cursor_value) == (2, "10")
    server.sql("insert into growing values ('c', 11), ('d', 8)")
    reading, rows = loaded(source, after="10")
    assert ([r[2] for r in rows], reading.cursor_value) == (["c"], "11")
    reading, rows = loaded(source, after="11")
    assert (rows, reading.cursor_value) == ([], "11")


def test_a_cursor_value_is_only_a_value(server: Server) -> None:
    server.sql("create table texts (code text, n int); insert into texts values ('a', 1), ('it''s \\'' or true --', 2)")
    reading, _ = loaded(spec(table="texts", cursor="code", mode="append"))
    assert reading.cursor_value == "it's \\' or true --"
    assert loaded(spec(table="texts", cursor="code", mode="append"), after=reading.cursor_value)[1] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"table": "nothing"},
        {"table": 'a"; drop table growing; --'},
        {"query": "delete from growing"},
        {"query": "with gone as (delete from growing returning *) select * from gone"},
        {"query": "select 1 as code; select 2"},
        {"query": "select 1/0 as n, 'x' as code"},
        {"table": "pg_class", "query": "select 1"},
        {},
        {"query": "select 1 as n, 'x' as code", "cursor": "absent"},
    ],
)
def test_a_query_that_cannot_be_asked_is_refused(settings: dict[str, str]) -> None:
    assert refused(spec(**settings)).code == "source.query"


def test_missing_columns_and_no_rows() -> None:
    error = refused(spec(query="select 'x' as code, 1 as other"))
    assert error.code == "source.column-missing"
    assert "the file has 2 columns" in str(error)
    assert refused(spec(query="select 'x' as code, 1 as n where false")).code == "source.empty"
    assert loaded(spec(query="select 'x' as code, 1 as n where false", allow_empty=True))[1] == []


@pytest.mark.parametrize(
    "address",
    ["postgresql://clerk:hunter2@127.0.0.1:1/db", "host=/nowhere user=clerk password=hunter2", "hunter2 is no address"],
)
def test_a_server_out_of_reach_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("LAB_DSN", address)
    error = refused(spec(table="growing"))
    assert (error.code, error.retry, error.exit_status) == ("source.connection", True, 4)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert "hunter2" not in str(error)
    assert "clerk" not in str(error)


def test_a_wrong_password_is_told_without_the_password(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    hba = server.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    server.sql("create role clerk login password 'right'")
    hba.write_text("local all clerk scram-sha-256\n" + before)
    server.sql("select pg_reload_conf()")
    monkeypatch.setenv("LAB_DSN", server.dsn.replace("user=postgres", "user=clerk") + " password=hunter2")
    try:
        error = refused(spec(table="growing"))
    finally:
        hba.write_text(before)
        server.sql("select pg_reload_conf()")
    assert error.code == "source.connection"
    assert "hunter2" not in str(error)


def test_a_server_that_goes_away_while_it_is_read_leaves_nothing(server: Server) -> None:
    """The connection is cut after rows have begun to flow."""
    slow = "select g::text as code, g as n, pg_sleep(0.0005) from generate_series(1, 60000) as g"
    asked, cut = "query like 'COPY%generate_series%' and state = 'active'", []

    def kill() -> None:
        for _ in range(200):
            time.sleep(0.05)
            if (
                server.sql(f"select count(*) from pg_stat_activity where {asked} and now() - query_start > '1 s'")
                != "0"
            ):
                cut.append(server.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where {asked}"))
                return

    killer = threading.Thread(target=kill)
    killer.start()
    with Session(threads=1) as session:
        with pytest.raises(AltynError) as caught:
            PostgresReader().read(session, spec(query=slow), (CODE, N), None)
        tables = session.run(
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
        )
    killer.join()
    assert cut == ["t"]
    assert (caught.value.code, caught.value.retry) == ("source.connection", True)
    assert tables == []


def test_one_state_of_the_database(server: Server) -> None:
    """A row that arrives between the reading and the question for the cursor is not skipped by the next run."""
    server.sql("create table moving (code text, n int); insert into moving values ('a', 1)")
    source = spec(query="select code, n, pg_sleep(0.4) from moving", cursor="n", mode="append")
    writer = threading.Timer(0.2, lambda: server.sql("insert into moving values ('b', 2)"))
    writer.start()
    reading, rows = loaded(source)
    writer.join()
    assert [r[2] for r in rows] == ["a"]
    assert reading.cursor_value == "1"
    assert [r[2] for r in loaded(source, after="1")[1]] == ["b"]


# Through whole runs: register areas of the trial project, read from the server

ALL = "select code, title, people from areas order by code"


@pytest.fixture
def served(trial: Trial, server: Server) -> Trial:
    """The trial project with two areas on the server, read whole."""
    server.sql(
        "drop table if exists areas; create table areas (code text, title text, people int, moved timestamptz, day date)"
    )
    server.sql(
        "insert into areas values ('1000', 'Алматы', 20, '2026-01-01 10:00+05', '2026-01-01'),"
        " ('2000', 'Ақтөбе', 10, '2026-01-02 10:00+05', null)"
    )
    from_server(trial, 'table = "areas"')
    return trial


def from_server(trial: Trial, settings: str, dsn: str = "env:LAB_DSN") -> None:
    text = TOML.replace('path = "data/areas.csv"', f'dsn = "{dsn}"\n{settings}')
    (trial.folder / "altyn.toml").write_text(text, encoding="utf-8")


def line_of(trial: Trial) -> tuple[object, ...]:
    """Read, put, same, retracted, refused of register areas in the next run."""
    report = trial.run()
    assert report.errors == []
    line = next(x for x in report.lines if x["register"] == "local.areas")
    return tuple(line[k] for k in ("read", "put", "same", "retracted", "refused"))


def test_a_run_reads_corrects_and_retracts(served: Trial, server: Server, ask: Ask) -> None:
    assert line_of(served) == (2, 2, 0, 0, 0)
    assert line_of(served) == (2, 0, 2, 0, 0)
    yesterday = f"{served.now:%Y-%m-%d}"
    server.sql("update areas set people = 21 where code = '1000'; delete from areas where code = '2000'")
    assert line_of(served) == (1, 1, 0, 1, 0)
    assert ask(served, ALL) == [("1000", "Алматы", 21)]
    assert ask(served, ALL, known_at=yesterday) == [("1000", "Алматы", 20), ("2000", "Ақтөбе", 10)]


def test_a_run_by_cursor_takes_only_what_is_newer(served: Trial, server: Server, ask: Ask) -> None:
    from_server(served, 'table = "areas"\ncursor = "moved"\nmode = "append"')
    assert line_of(served) == (2, 2, 0, 0, 0)
    assert served.open().snapshot().registers["local.areas"].cursor is not None
    assert line_of(served)[:2] == (0, 0)
    server.sql(
        "insert into areas values ('3000', 'Қызылорда', null, '2026-01-03 00:00:00.000001+00', null),"
        " ('0999', 'late', 1, '2025-12-31 00:00+00', null)"
    )
    server.sql("delete from areas where code = '2000'")
    assert line_of(served) == (1, 1, 0, 0, 0)
    assert [r[0] for r in ask(served, ALL)] == ["1000", "2000", "3000"]
    # The instant was kept with its microseconds: nothing comes twice.
    assert line_of(served)[:2] == (0, 0)


def test_a_run_by_a_query_with_a_row_that_is_wrong(served: Trial, server: Server, ask: Ask) -> None:
    server.sql("insert into areas values ('30', 'Құпия4711', 5, null, null)")
    from_server(served, 'query = "select code, title, people from areas where people > 0 order by code"')
    assert line_of(served) == (3, 2, 0, 0, 1)
    assert [r[0] for r in ask(served, ALL)] == ["1000", "2000"]


@pytest.mark.parametrize(
    ("reference", "settings", "code", "retry"),
    [
        ("env:LAB_DSN", 'table = "nothing"', "source.query", False),
        ("env:LAB_DSN", 'query = "select title::int as code, title, people from areas"', "source.query", False),
        ("env:LAB_DSN", 'table = "areas"\ncursor = "absent"', "source.query", False),
        ("env:LAB_DSN", 'query = "select code, title, people from areas where false"', "source.empty", False),
        ("env:LAB_NONE", 'table = "areas"', "source.missing", False),
        ("env:LAB_GONE", 'table = "areas"', "source.connection", True),
    ],
)
def test_a_run_that_is_refused_loses_nothing_and_tells_nothing(  # noqa: PLR0917 - one parameter a column of the table
    served: Trial, ask: Ask, monkeypatch: pytest.MonkeyPatch, reference: str, settings: str, code: str, *, retry: bool
) -> None:
    line_of(served)
    before = ask(served, ALL)
    monkeypatch.setenv("LAB_GONE", "postgresql://clerk:hunter2@127.0.0.1:1/registers")
    from_server(served, settings, reference)
    (error,) = served.run().errors
    assert (error.code, error.retry) == (code, retry)
    assert 'altyn.toml, [sources."local.areas"]' in error.where
    said = " ".join(f"{error.parts(language)}" for language in LANGUAGES)
    assert not any(secret in said for secret in ("hunter2", "clerk", "127.0.0.1", "Алматы", "1000"))
    from_server(served, 'table = "areas"')
    assert ask(served, ALL) == before
    assert line_of(served)[:4] == (2, 0, 2, 0)


def test_a_server_that_stops_while_a_run_reads_it_changes_nothing(served: Trial, server: Server, ask: Ask) -> None:
    line_of(served)
    before, number = ask(served, ALL), served.open().snapshot().number
    slow = "select g::text as code, 'x' as title, 1 as people, pg_sleep(0.001) from generate_series(1000, 9999) as g"
    from_server(served, f'query = "{slow}"')
    cut: list[str] = []

    def kill() -> None:
        asked = "query like 'COPY%generate_series%' and state = 'active' and pid <> pg_backend_pid()"
        for _ in range(200):
            time.sleep(0.05)
            if (
                server.sql(f"select count(*) from pg_stat_activity where {asked} and now() - query_start > '1 s'")
                != "0"
            ):
                cut.append(server.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where {asked}"))
                return

    killer = threading.Thread(target=kill)
    killer.start()
    (error,) = served.run().errors
    killer.join()
    assert cut == ["t"]
    assert (error.code, error.retry) == ("source.connection", True)
    assert served.open().snapshot().number == number
    assert ask(served, ALL) == before
    from_server(served, 'table = "areas"')
    assert line_of(served)[:4] == (2, 0, 2, 0)


def test_other_registers_are_loaded_although_one_server_is_away(
    served: Trial, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    line_of(served)
    monkeypatch.setenv("LAB_DSN", "postgresql://clerk:hunter2@127.0.0.1:1/registers")
    served.places("p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\np3,2000,2021-05-01,\n")
    report = served.run()
    assert [e.code for e in report.errors] == ["source.connection"]
    assert report.exit_status == 4
    assert ask(served, "select count(*) from places") == [(3,)]


def test_columns_whose_names_differ_only_in_case_keep_their_own_values(server: Server) -> None:
    server.sql('CREATE TABLE t_case (code text, "Name" text, name text, "t" text)')
    server.sql("INSERT INTO t_case VALUES ('01', 'Big', 'small', 'x')")
    columns = (CODE, Column("n1", TEXT, header="Name"), Column("n2", TEXT, header="name"), Column("t", TEXT))

    _, rows = loaded(spec(table="t_case"), columns)

    assert rows == [(1, None, "01", "Big", "small", "x")]
