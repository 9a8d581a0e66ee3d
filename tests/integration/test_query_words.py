"""What a wrong query is told, and how one finds out what there is to ask: without a value, and through the gate."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.language import LANGUAGES
from altyn.policy.gate import Answer
from altyn.policy.principals import local
from altyn.serve.use_cases import questions
from altyn.serve.workspace import Workspace
from tests.integration.conftest import AREAS, Trial

VALUE = "Жасырын-7391"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Register areas: open, with a closed column; register vaults: closed."""
    from tests.integration.conftest import trial as made

    trial: Trial = made.__wrapped__(tmp_path_factory.mktemp("words"))  # type: ignore[attr-defined]
    registers = trial.folder / "packs" / "local" / "registers"
    trial.contract(
        extra="      - {name: hidden, logicalType: string, physicalType: VARCHAR, classification: restricted}\n"
    )
    (trial.folder / "data" / "areas.csv").write_text(
        f"code,title,people,hidden\n1000,{VALUE},20,{VALUE}\n2000,Ақтөбе,10,\n", encoding="utf-8"
    )
    vaults = AREAS.format(version="1.0.0", extra="", open="false").replace("areas", "vaults")
    (registers / "vaults.odcs.yaml").write_text(vaults, encoding="utf-8")
    (trial.folder / "data" / "vaults.csv").write_text(f"code,title,people\n1000,{VALUE},1\n", encoding="utf-8")
    with (trial.folder / "altyn.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sources."local.vaults"]\npath = "data/vaults.csv"\n')
    assert trial.run().errors == []
    return trial.open()


def refused(workspace: Workspace, sql: str) -> AltynError:
    with pytest.raises(AltynError) as caught:
        questions.query(workspace, sql)
    assert VALUE not in " ".join(str(v) for language in LANGUAGES for v in caught.value.parts(language).values())
    return caught.value


def answered(workspace: Workspace, sql: str, purpose: str = "open") -> Answer:
    return questions.query(workspace, sql, purpose=purpose)


@pytest.mark.parametrize(
    ("sql", "words", "where"),
    [
        ("select codee from areas", "no column codee: did you mean code?", "line 1, sign 8"),
        ("select a.titel\nfrom areas a", "no column titel: did you mean title?", "line 1, sign 10"),
        ("select *\nfrom areas\nwhere Peopel > 1", "did you mean people?", "line 3, sign 7"),
        ("select * exclude (titl) from areas", "did you mean title?", "line 1, sign 19"),
        ("with a as (select code as kod from areas) select kodd from a", "did you mean kod?", "line 1, sign 50"),
        ("select areaz.code from areas", "no table areaz: did you mean areas?", "line 1, sign 8"),
        (
            "select a.code from areas a join places p using (cod)",
            "no column cod: did you mean code?",
            "line 1, sign 49",
        ),
        ("select code, count(*) from areas", "code is neither grouped by", "line 1, sign 8"),
        ("select code from areas, areas b", "code is in several tables", "line 1, sign 8"),
        ("select sum(title) from areas", "takes these arguments: sum(VARCHAR)", ""),
        ("select * from areas where sum(people) > 1", "WHERE looks at single rows", ""),
        ("select cast(title as integer) from areas", "does not fit the type it is to have (int32)", ""),
        (f"select * from places where since = '{VALUE}'", "does not fit the type it is to have (date)", ""),
    ],
)
def test_an_error_names_the_column_and_near_ones(workspace: Workspace, sql: str, words: str, where: str) -> None:
    error = refused(workspace, sql)

    assert words in str(error.what)
    assert (error.code, error.where) == ("sql.failed", where)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from area", "no table area here: did you mean areas?"),
        ("select * from local.plases", "did you mean local.places?"),
    ],
)
def test_a_wrong_table_is_told_near_ones(workspace: Workspace, sql: str, words: str) -> None:
    assert words in str(refused(workspace, sql).what)


def test_a_wrong_function_is_told_near_ones(workspace: Workspace) -> None:
    assert "Did you mean length" in str(refused(workspace, "select lenght(title) from areas").mend)
    assert "Only SELECT" in str(refused(workspace, "select read_blob_zzz(title) from areas").mend)


@pytest.mark.parametrize(
    "sql",
    [
        f'select * from areas where title = "{VALUE}"',
        f'select "{VALUE}" from areas',
        f"select areas['{VALUE}'] from areas",
        f'select "{VALUE}".code from areas',
        f"select columns('{VALUE}') from areas",
    ],
)
def test_a_text_in_the_wrong_quotes_is_not_said_again(workspace: Workspace, sql: str) -> None:
    assert refused(workspace, sql).code in {"sql.failed", "sql.forbidden"}


def test_a_closed_column_is_never_offered(workspace: Workspace) -> None:
    error = refused(workspace, "select hiden from areas")

    assert "hidden" not in f"{error.what} {error.mend}"
    assert "code, title, people" in str(error.mend)


@pytest.mark.parametrize(
    "sql", ["describe areas", "describe\nareas\n;", "DESC local.areas;", "show areas", "DESCRIBE TABLE areas"]
)
def test_a_table_is_described(workspace: Workspace, sql: str) -> None:
    rows = answered(workspace, sql).rows()

    assert [(r[0], r[1]) for r in rows][:3] == [("code", "VARCHAR"), ("title", "VARCHAR"), ("people", "BIGINT")]
    assert "hidden" not in {r[0] for r in rows}
    (told,) = workspace.gate.log.records()[-1]["statement"]
    assert told == "DESCRIBE SELECT * FROM areas".replace("areas", "local.areas" if "local" in sql else "areas")


def test_a_query_is_described(workspace: Workspace) -> None:
    assert answered(workspace, "describe select code, count(*) as n from areas group by all").rows()[1][:2] == (
        "n",
        "BIGINT",
    )


def test_a_table_is_summarised_over_what_the_purpose_sees(workspace: Workspace) -> None:
    shown = {r[0]: r for r in answered(workspace, "summarize areas").rows()}

    assert shown["people"][2:4] == ("10", "20")
    assert "hidden" not in shown
    assert workspace.gate.log.records()[-1]["read"] == ["local.areas"]


def test_tables_are_shown_with_word_of_closed_ones(workspace: Workspace) -> None:
    answer = answered(workspace, "SHOW TABLES")

    assert {r[0] for r in answer.rows()} == {"local.areas", "local.places"}
    assert "local.vaults" in str(answer.withheld[0])
    assert workspace.gate.log.records()[-1]["statement"] == ["SHOW TABLES"]
    assert "local.vaults" in {r[0] for r in answered(workspace, "show tables", "keeping").rows()}


@pytest.mark.parametrize(
    "sql",
    [
        "describe vaults",
        "summarize vaults",
        "summarize select title from vaults",
        "describe areas; select * from vaults",
        "summarize '/etc/passwd'",
        "summarize read_csv('/etc/passwd')",
        "describe (select * from areas) union all select * from vaults",
        "show databases",
        "summarize",
        "summarize areas; summarize vaults",
        "describe duckdb_settings()",
        "summarize information_schema.tables",
    ],
)
def test_they_open_nothing(workspace: Workspace, sql: str) -> None:
    assert refused(workspace, sql).code in {"gate.register-closed", "sql.forbidden", "sql.syntax"}
    assert workspace.gate.log.records()[-1]["outcome"] == "refused"


def test_a_refused_query_is_in_the_log_by_its_code_alone(workspace: Workspace) -> None:
    refused(workspace, f"select codee from areas where title = '{VALUE}'")
    last = workspace.gate.log.records()[-1]

    assert (last["code"], VALUE in str(last)) == ("sql.failed", False)
    assert last["who"] == local().name
