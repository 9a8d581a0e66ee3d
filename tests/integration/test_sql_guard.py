"""The guard and the child process, against hostile SQL, ordinary SQL, and SQL that eats the machine."""

from __future__ import annotations

import io
import resource
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from arro3.core import Table
from arro3.io import read_ipc_stream

from altyn.engines.duckdb import Session
from altyn.engines.names import TABLE_FUNCTIONS
from altyn.errors import AltynError
from altyn.language import LANGUAGES
from altyn.policy import child
from altyn.policy.allowed import FUNCTIONS
from altyn.policy.child import QuestionLimits
from altyn.policy.principals import local
from altyn.serve import exports
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from tests.integration.conftest import PACK, PLACES, Trial

CORPUS = Path(__file__).parent / "corpus"
CANARIES = ("Жасырын-7391", "Құпия-2846")
SECRETS = (
    PLACES.replace("local.places", "local.secrets")
    .replace("name: places", "name: secrets")
    .replace("id, logicalType", "name, logicalType")
)


def _lines(name: str) -> list[str]:
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("--")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An open register with a closed column, an open one, and a closed one; canaries in what is closed."""
    trial = Trial(tmp_path_factory.mktemp("guard") / "project")
    registers = trial.folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (trial.folder / "data").mkdir()
    toml = (
        Path(__file__).with_name("conftest.py").read_text(encoding="utf-8").split('TOML = """\\\n')[1].split('"""')[0]
    )
    (trial.folder / "altyn.toml").write_text(
        toml + '\n[sources."local.secrets"]\npath = "data/secrets.csv"\n', encoding="utf-8"
    )
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    (registers / "places.odcs.yaml").write_text(PLACES, encoding="utf-8")
    (registers / "secrets.odcs.yaml").write_text(SECRETS.replace("open: true", "open: false"), encoding="utf-8")
    trial.contract(
        extra="      - {name: hidden, logicalType: string, physicalType: VARCHAR, classification: restricted}\n"
    )
    (trial.folder / "data" / "areas.csv").write_text(
        f"code,title,people,hidden\n1000,Алматы,20,{CANARIES[1]}\n2000,Ақтөбе,10,{CANARIES[1]}\n", encoding="utf-8"
    )
    trial.places("p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\n")
    (trial.folder / "data" / "secrets.csv").write_text(
        f"name,area,since,until\n{CANARIES[0]},1000,2020-01-01,\n", encoding="utf-8"
    )
    trial.now = datetime(2026, 3, 2, tzinfo=UTC)
    opened = trial.open()
    assert run_project(opened).errors == []
    return opened


@pytest.mark.parametrize("text", _lines("bypass.sql"))
def test_hostile_sql_reaches_nothing(workspace: Workspace, text: str) -> None:
    sql = text.replace("PROJECT", str(workspace.project.folder))
    try:
        answer = workspace.gate.query(local(), "open", sql)
        shown = exports.write(answer, "json").decode()
    except AltynError as error:
        shown = " ".join(str(part) for language in LANGUAGES for part in error.parts(language).values())

    assert not any(canary in shown for canary in CANARIES)
    assert "root:" not in shown
    assert "hidden" not in shown or "hidden" in sql


def test_no_canary_reached_the_log(workspace: Workspace) -> None:
    with pytest.raises(AltynError):
        workspace.gate.query(local(), "open", f"select * from secrets where name = '{CANARIES[0]}'")

    assert not any(canary in str(workspace.gate.log.records()) for canary in CANARIES)


@pytest.mark.parametrize("text", _lines("ordinary.sql"))
def test_ordinary_sql_is_answered(workspace: Workspace, text: str) -> None:
    answer = workspace.gate.query(local(), "open", text)

    assert answer.columns
    exports.write(answer, "csv")


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) from areas a, areas b, areas c, areas d, areas e, range(1000000) r, range(1000000) s",
        "select list_sort(list(r.range * s.range)) from range(1000000) r, range(1000000) s",
        "select string_agg(lpad('a', 1000000), '') from range(1000000)",
    ],
)
def test_a_query_that_eats_the_machine_dies_at_its_limits(workspace: Workspace, text: str) -> None:
    limits = QuestionLimits(rows=1000, bytes=10_000_000, cpu_s=3, wall_s=8, memory_mb=700)
    with pytest.raises(AltynError) as caught:
        workspace.gate.query(local(), "open", text, limits=limits)

    assert caught.value.code in {"gate.limit", "sql.failed", "sql.forbidden"}
    # The largest child that was ever waited for: measured by the system, not by the query's engine.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 900 * 1024


def test_a_long_answer_is_cut_and_says_so(workspace: Workspace) -> None:
    answer = workspace.gate.query(local(), "open", "select * from range(5000)", limits=QuestionLimits(rows=100))

    assert answer.truncated
    assert len(answer.rows()) == 100


@pytest.mark.parametrize(
    "text",
    [
        "select " + "1+" * 5_000_000 + "1",
        "select 1 in (" + "1," * 100_000 + "1)",
        "select 1 in (" + "1," * 40_000 + "1)" + " from nothing",
        "select " + "(" * 9_000 + "1" + ")" * 9_000,
        "select " + "(" * 49_000,
        "select * from " + "(" * 8_000 + "areas" + ")" * 8_000,
        "select ( ')' " * 5_000,
        "select " + "+".join(["1"] * 400),
        "select " + "+".join(["1"] * 20_000),
        "select * from areas" + ", areas" * 14_000,
        "select " + "not " * 20_000 + "true",
        "select 1" + "::int" * 15_000,
        "select '" + "a" * 10_000_000,
        "select \udcff\udcfe from areas",
        "select '\0' from areas",
        "describe " + "(" * 9_000,
        "summarize " + "a," * 60_000,
        "show " + "x" * 1_000_000,
        "pivot areas on code using sum(people)",
        "\x85\u2028",
        "",
    ],
    ids=range(21),
)
def test_a_statement_past_its_limits_is_refused_and_recorded(workspace: Workspace, text: str) -> None:
    before, memory = len(workspace.gate.log.records()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AltynError, match=r"sql\.(forbidden|syntax)"):
        workspace.gate.query(local(), "open", text)

    records = workspace.gate.log.records()[before:]
    assert [record["outcome"] for record in records] == ["refused"]
    assert len(str(records)) < 12_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 300 * 1024


@pytest.mark.parametrize(
    "call",
    [
        "current_setting('threads')",
        "getvariable('x')",
        "current_query()",
        "stats(code)",
        "nextval('s')",
        "sleep_ms(1)",
        "error(code)",
        "json_serialize_sql('select 1')",
        "json_serialize_plan('select 1')",
        "write_log(code)",
        "pg_get_viewdef(1)",
        "create_sort_key(code, 'asc')",
        "version()",
        "current_schemas(true)",
    ],
)
def test_a_function_that_reaches_more_than_its_arguments_is_refused(workspace: Workspace, call: str) -> None:
    with pytest.raises(AltynError, match=r"sql\.forbidden"):
        workspace.gate.query(local(), "open", f"select {call} from areas")


def test_no_family_of_functions_that_reaches_further_is_let_through() -> None:
    with Session() as session:
        known = {str(name).lower() for (name,) in session.run("SELECT function_name FROM duckdb_functions()")}

    reach = (
        "read_",
        "duckdb_",
        "pragma_",
        "__internal",
        "parquet_",
        "pg_",
        "has_",
        "current_",
        "inet_",
        "sniff",
        "json_execute",
    )
    let = (FUNCTIONS | TABLE_FUNCTIONS) & known
    assert {name for name in let if name.startswith(reach)} == {
        "current_date", "current_localtime", "current_localtimestamp", "pg_size_pretty", "pg_typeof",
    }  # fmt: skip


def test_without_policy_everything_is_denied(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from altyn.policy import purposes

    nothing = replace(purposes.KEEPING, code="open", sees="what nobody has written down")  # pyright: ignore[reportArgumentType]
    monkeypatch.setitem(purposes.PURPOSES, "open", nothing)
    with pytest.raises(AltynError, match="gate.register-closed"):
        workspace.gate.query(local(), "open", "select * from areas")


def test_a_question_that_takes_seconds_is_answered() -> None:
    """The engine shows its progress on standard output after two seconds, in the middle of the answer."""
    sql = "SELECT max(md5(a.range || '-' || b.range)) AS x FROM range(1000000) AS a, range(16) AS b"
    content = child.run(child.job_of(sql, [], [], QuestionLimits(cpu_s=60, wall_s=60)))

    assert Table.from_arrow(read_ipc_stream(io.BytesIO(content))).num_rows == 1


def test_a_listed_name_is_one_function_in_whatever_schema() -> None:
    """The guard looks at the last part of a function's name alone, for what stands before it may be a column."""
    with Session() as session:
        known = session.run("SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE schema_name <> 'main'")

    assert {str(name) for (name,) in known} & (FUNCTIONS | TABLE_FUNCTIONS) == {"pg_size_pretty", "pg_typeof"}


@pytest.mark.parametrize(
    "call",
    ["pg_catalog.pg_get_viewdef(1)", "system.main.current_setting('threads')", "code.current_setting()", "'threads'.current_setting()",
     "areas.code.getenv()", "code.error()", "main.getvariable('x')", "local.areas.code.query()"],
)  # fmt: skip
def test_a_function_that_is_not_listed_is_refused_under_any_path(workspace: Workspace, call: str) -> None:
    with pytest.raises(AltynError, match=r"sql\.(forbidden|syntax)"):
        workspace.gate.query(local(), "open", f"select {call} from areas")
