"""The gate first: of a closed register no use case, page or verb tells more than that it is closed, whoever wrote it and when.

What is looked at is found by walking the rooms: a new function, route or verb is tried before anybody thinks of it here, and one
that need not be refused is listed below with its reason; it must not tell a value all the same.
"""

from __future__ import annotations

import importlib
import inspect
import io
import itertools
import json
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

import altyn.serve
from altyn.cli.main import VERBS, cli, main
from altyn.errors import POLICY, AltynError
from altyn.language import LANGUAGES
from altyn.model.registers import Register
from altyn.serve.portal.app import PAGES, create_app
from altyn.serve.workspace import Workspace
from altyn.store import Snapshot
from tests.integration.conftest import Trial, settled

# Texts, numbers and a key that stand nowhere but in the rows of the closed register.
TITLE, REFUSED, GONE, PEOPLE, KEY = "Жасырын-7391", "Бұзық-5182", "Өшкен-6240", 918273645, "739173917391"
PLANTED = (TITLE, REFUSED, GONE, str(PEOPLE), KEY)
CLOSED = "local.areas"
MEASURE = """\
measure = "secret"
version = "1.0.0"
title = "People of a closed register"
definition = "What is built of it"
unit = "1"
grain = "one row for each code"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''SELECT code, title, people FROM areas'''
value = "max(people)"
dimensions = [{column = "code", type = "text"}, {column = "title", type = "text"}]
"""


@pytest.fixture(scope="module", params=["real", "synthetic"])
def closed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A closed register with rows, a past, refused rows, and a measure that was built of it while it was open.

    Once in a project of real people, once beside made-up ones in a project marked synthetic: it is as closed there.
    """
    from tests.integration import conftest

    trial = conftest.made(tmp_path_factory.mktemp("closed") / "project")
    if request.param == "synthetic":
        toml = trial.folder / "altyn.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace("synthetic = false", "synthetic = true"), "utf-8")
    measures = trial.folder / "packs" / "local" / "measures"
    measures.mkdir()
    (measures / "secret.toml").write_text(MEASURE, encoding="utf-8")
    for version, is_open, title in (("1.0.0", True, GONE), ("2.0.0", False, TITLE)):
        trial.contract(version, is_open=is_open)
        path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("{4}", "{12}"), encoding="utf-8")
        trial.areas(f"{KEY},{title},{PEOPLE}\n200020002000,Тараз,{REFUSED}\n")
        trial.places(f"p1,{KEY},2020-01-01,\np{version[0]},{KEY},2021-01-01,\n")
        report = trial.run()
        assert [report.snapshot is not None, *(line["status"] for line in report.lines)] == [True, "loaded", "loaded"]
    return trial


def everything(value: object, depth: int = 6) -> str:
    """All that an answer says, its parts' parts too; what was given to it is left out."""
    if isinstance(value, Workspace | Snapshot | Register) or depth == 0:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    parts: Iterable[object] = vars(value).values() if hasattr(value, "__dict__") else ()
    if isinstance(value, Mapping):
        parts = itertools.chain.from_iterable(value.items())
    elif isinstance(value, list | tuple | set | frozenset | Iterator):
        parts = itertools.islice(value, 10_000)
    return f"{value!r} {value!s} " + " ".join(everything(part, depth - 1) for part in parts)


def planted_in(text: str) -> list[str]:
    return [value for value in PLANTED if value in text]


# --- use cases ---------------------------------------------------------------------------------------------------------------

# What a use case may ask for, by the name of its parameter; a new name must be given its meaning here.
GIVEN: dict[str, Callable[[Trial, Workspace], object]] = {
    "workspace": lambda _, w: w,
    "register": lambda _, w: w.register("areas"),
    "measure": lambda _, w: w.catalogue.measure("secret"),
    "name": lambda *_: CLOSED,
    "key": lambda *_: KEY,
    "keys": lambda *_: [KEY],
    "sql": lambda *_: "SELECT * FROM areas",
    "project": lambda _, w: w.project,
    "folder": lambda t, _: t.folder,
    "state": lambda _, w: w.snapshot().registers[CLOSED],
    "path": lambda t, _: t.folder / "data" / "areas.csv",
    "ground": lambda *_: "Act 1",
    "today": lambda _, w: w.clock().date(),
    "number": lambda *_: 1,
}
# A function or method that speaks of a register, a measure or SQL and is not refused: why, and where that is looked at.
SHEET = "what a register is and how full it is may be known (SECURITY.md); it tells no value"
WRITES = "a keeper's deed, not a look: it needs the lock and the project's folder, and tells no value"
ORDERS = f"{WRITES}; orders are told without keys (test_erase.py)"
LOG = "speaks of the log's own records, which hold no value; test_looks.py"
PARTS = "a piece of a page, reached by the routes below alone"
NO_ROWS = "makes text or asks nothing; rows come with the answer it is given or asks for"
COUNTRY = "counts of the people who were made up, from the file that came with them; of no register's row"
EXEMPT: dict[str, str] = {
    "use_cases.auditing.audit": LOG,
    "use_cases.auditing.go_on": LOG,
    "use_cases.auditing.heads_of": LOG,
    "use_cases.diagnosis.examine": "looks at the machine and the folder",
    "use_cases.erasing.request": ORDERS,
    "use_cases.erasing.expired": ORDERS,
    "use_cases.erasing.preview": ORDERS,
    "use_cases.erasing.execute": ORDERS,
    "use_cases.erasing.withdraw": ORDERS,
    "use_cases.erasing.finish_interrupted": ORDERS,
    "use_cases.evolving.begin_generation": WRITES,
    "use_cases.evolving.contract_faults": SHEET,
    "use_cases.evolving.planned_changes": SHEET,
    "use_cases.evolving.way_of_change": SHEET,
    "operation.health.examine_health": SHEET,
    "use_cases.histories.history_relation": NO_ROWS,
    "use_cases.histories.history_through": "the reader it is given is the gate",
    "use_cases.histories.versions_of": NO_ROWS,
    "use_cases.histories.wrong_key": NO_ROWS,
    "use_cases.planning.plan_project": SHEET,
    "use_cases.planning.source_spec": "where altyn.toml says a source lies",
    "portal.app.create_app": "every route of it is tried below",
    "portal.pages.claims.target": PARTS,
    "portal.pages.family.geometry_of": "says whether there is a column",
    "portal.pages.family.name_columns": "names of columns",
    "portal.pages.family.relatives": PARTS,
    "portal.pages.drawing.called": NO_ROWS,
    "portal.pages.drawing.caption_of": NO_ROWS,
    "portal.pages.drawing.drawn": "draws the rows it is given",
    "portal.pages.country.area_names": "labels of packs' code lists, of no row",
    "use_cases.countries.country_made": COUNTRY,
    "portal.pages.drawing.file_name": NO_ROWS,
    "portal.pages.indicators.table_relation": NO_ROWS,
    "portal.pages.monitoring.health": "every route is tried below",
    "portal.pages.monitoring.metrics": "every route is tried below",
    "portal.pages.registers.card": PARTS,
    "portal.pages.registers.freshness": PARTS,
    "portal.pages.registers.row_link": PARTS,
    "portal.pages.rows.address": NO_ROWS,
    "portal.pages.rows.codes_of": "labels of a pack's code lists, of no row",
    "portal.pages.rows.facet_columns": PARTS,
    "portal.pages.rows.register_of": "what the contract says",
    "portal.repeated.keep": "holds a page that passed the gate; what is given of it is tried below and in test_repeated_pages.py",
    "use_cases.refusals.expected": "what the contract says of a column",
    "use_cases.refusals.refusals": "places and rules may be known, values not (SECURITY.md)",
    "use_cases.register_sheets.register_sheet": SHEET,
    "use_cases.running.resubmit": WRITES,
    "use_cases.selections.selection_of": NO_ROWS,
    "use_cases.running.run_project": WRITES,
    "use_cases.questions.moment": "reads the text of a moment",
    "use_cases.questions.require_not_erased": "said behind the gate; test_what_is_said_behind_the_gate holds it",
}
# Exempt, and called all the same: they tell of the closed register, and must tell no value.
TOLD = {
    "use_cases.auditing.audit",
    "use_cases.auditing.heads_of",
    "use_cases.evolving.contract_faults",
    "use_cases.evolving.planned_changes",
    "use_cases.evolving.way_of_change",
    "operation.health.examine_health",
    "use_cases.histories.history_relation",
    "use_cases.histories.wrong_key",
    "use_cases.planning.plan_project",
    "use_cases.planning.source_spec",
    "use_cases.refusals.refusals",
    "use_cases.register_sheets.register_sheet",
    "portal.pages.monitoring.health",
    "portal.pages.indicators.table_relation",
    "use_cases.diagnosis.examine",
}
# Whatever else a told one asks for.
EXTRA: dict[str, dict[str, object]] = {
    "portal.pages.indicators.table_relation": {"chosen": {}},
    "use_cases.histories.history_relation": {"key": "another"},
}
# An Answer has passed the gate: what is made of one is not looked at.
_SPEAKS = re.compile(r"\b(Workspace|Register|Measure|Page|Relation)\b")


@dataclass(frozen=True)
class UseCase:
    """A public function of serve/ that speaks of a register, a measure or SQL."""

    name: str
    call: Callable[..., object]

    def arguments(self, trial: Trial, workspace: Workspace) -> dict[str, Any]:
        """What it is called with: everything without a default."""
        wanted = [p for p in inspect.signature(self.call).parameters.values() if p.default is inspect.Parameter.empty]
        extra = EXTRA.get(self.name, {})
        made = {p.name: extra[p.name] if p.name in extra else GIVEN[p.name](trial, workspace) for p in wanted}
        return made | {p.name: CLOSED for p in wanted if p.name == "register" and p.annotation == "str"}


# What answers at an address of the portal: every such address is tried below.
ANSWERING = [handler for of_a_kind in PAGES for handler in of_a_kind.ROUTES.values()]


def use_cases_of_serve() -> list[UseCase]:
    """Every public function of serve/ whose parameters name a register, a measure, SQL, a page or the whole workspace."""
    found: list[UseCase] = []
    for module in pkgutil.walk_packages(altyn.serve.__path__, "altyn.serve."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if name.startswith("_") or not inspect.isfunction(value) or value.__module__ != module.name:
                continue
            if value in ANSWERING:
                continue
            parameters = inspect.signature(value).parameters.values()
            if any(p.name == "sql" or _SPEAKS.search(str(p.annotation)) for p in parameters):
                found.append(UseCase(f"{module.name.removeprefix('altyn.serve.')}.{name}", value))
    return found


USE_CASES = use_cases_of_serve()


@pytest.mark.parametrize("use_case", [u for u in USE_CASES if u.name not in EXEMPT], ids=lambda u: u.name)
@pytest.mark.parametrize(
    "sql", ["SELECT count(*) FROM local.areas", "SELECT s FROM (SUMMARIZE areas) AS s", "SELECT * FROM secret"]
)
def test_a_use_case_tells_of_a_closed_register_that_it_is_closed(closed: Trial, use_case: UseCase, sql: str) -> None:
    workspace = closed.open()
    arguments = use_case.arguments(closed, workspace)
    if "sql" in arguments:
        arguments["sql"] = sql
    before = len(workspace.gate.log.records())
    with pytest.raises(AltynError) as caught:
        use_case.call(**arguments)
    records = workspace.gate.log.records()[before:]

    assert caught.value.code in {"gate.register-closed", "sql.forbidden"}
    assert not planted_in(everything(caught.value))
    assert [r["outcome"] for r in records][-1:] == ["refused"]
    assert not planted_in(json.dumps(records, ensure_ascii=False))


def test_its_keeper_finds_every_planted_value(closed: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nothing here would be proved by their absence."""
    monkeypatch.chdir(closed.folder)
    asked = [["query", "SELECT * FROM areas"], ["history", "areas", KEY], ["quarantine", "areas"]]
    said = "".join(said_by([*words, "--purpose", "keeping", "--json"])[1] for words in asked)

    assert set(planted_in(said)) == set(PLANTED)


@pytest.mark.parametrize("name", ["use_cases.refusals.refusals", "use_cases.register_sheets.register_sheet"])
def test_who_is_told_how_full_a_closed_register_is_stands_in_the_log(closed: Trial, name: str) -> None:
    workspace = closed.open()
    before = len(workspace.gate.log.records())
    use_case = next(u for u in USE_CASES if u.name == name)
    use_case.call(**use_case.arguments(closed, workspace))

    assert [r["read"] for r in workspace.gate.log.records()[before:]] == [[f"{CLOSED}/contract"]]


@pytest.mark.parametrize("name", sorted(TOLD))
def test_what_may_be_known_of_a_closed_register_holds_no_value(closed: Trial, name: str) -> None:
    use_case = next(u for u in USE_CASES if u.name == name)
    found = use_case.call(**use_case.arguments(closed, closed.open()))

    assert not planted_in(everything(found))


def test_no_exemption_outlives_its_function() -> None:
    assert set(EXEMPT) <= {u.name for u in USE_CASES}
    assert set(EXEMPT) >= TOLD


def test_what_is_said_behind_the_gate() -> None:
    """That a record was erased is said in functions that asked the gate before, in the same function."""
    import altyn.serve.portal.pages.registers
    import altyn.serve.use_cases.questions

    said = 0
    for module in (altyn.serve.use_cases.questions, altyn.serve.portal.pages.registers):
        for _, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or function.__name__ == "require_not_erased":
                continue
            source = inspect.getsource(function)
            if "require_not_erased(" in source:
                said += 1
                assert 0 <= source.find("history_through(") < source.find("require_not_erased(")
    users = [
        p for p in Path(altyn.serve.__path__[0]).parent.rglob("*.py") if "require_not_erased(" in p.read_text("utf-8")
    ]

    assert said == len(users) == 2  # one in each of the two modules looked at


@pytest.mark.parametrize("face", ["batches", "quarantine_count", "register"])
def test_what_a_workspace_says_of_a_register_holds_no_value(closed: Trial, face: str) -> None:
    assert not planted_in(everything(getattr(closed.open(), face)(CLOSED)))


# --- pages -------------------------------------------------------------------------------------------------------------------

FILLED = {"register": CLOSED, "measure": "local.secret", "key": KEY, "rest": "nothing/here"}
FORMS = ("csv", "json", "parquet", "xlsx")
# Templates that would show rows: refused for a closed register and for an indicator made of it.
REFUSED_PAGES = {
    "/registers/{register}/rows", "/registers/{register}/rows.json", "/registers/{register}/api",
    "/registers/{register}/row/{key:path}", "/registers/{register}/data.{form}", "/registers/{register}/shapes.geojson",
    "/measures/{measure}", "/measures/{measure}/rows", "/measures/{measure}/chart.svg", "/measures/{measure}/data.{form}",
}  # fmt: skip
# Templates that name a register and may be read: what a register is, without what it holds.
READ_PAGES = {"/registers/{register}"}


def addresses(workspace: Workspace) -> list[tuple[str, str]]:
    """(template, address) of every route, in every language and form."""
    found: list[tuple[str, str]] = []
    for route in create_app(workspace).routes:
        if not isinstance(route, Route):
            continue
        template = route.path.removeprefix("/{language:language}")
        for language, form in itertools.product(LANGUAGES, FORMS if "{form}" in template else [""]):
            values = {**FILLED, "language": language, "form": form}
            found.append((template, re.sub(r":\w+\}", "}", route.path).format(**values)))
    return list(dict.fromkeys(found))


def test_no_page_tells_what_a_closed_register_holds(closed: Trial) -> None:
    workspace = closed.open()
    portal = TestClient(create_app(workspace), base_url="http://localhost", raise_server_exceptions=False)
    seen: set[str] = set()
    settled(closed)
    # A second and a third reader: what was kept for them is no way around the gate.
    for template, address in addresses(workspace) * 3:
        before = len(workspace.gate.log.records())
        answer = portal.get(address)
        said = answer.text.replace(address, "").replace(f"/row/{KEY}", "")
        said += str({k: v for k, v in answer.headers.items() if k != "etag"})
        assert not planted_in(said), address
        assert answer.status_code != 500, address
        if "{register}" in template or "{measure}" in template:
            assert template in REFUSED_PAGES | READ_PAGES, f"{template}: say whether it shows rows"
        if template in READ_PAGES:
            assert answer.status_code == 200, address
            assert len(workspace.gate.log.records()) > before, address
        if template in REFUSED_PAGES:
            seen.add(template)
            assert answer.status_code == 403, address
            assert [r["outcome"] for r in workspace.gate.log.records()[before:]][-1:] == ["refused"], address

    assert seen == REFUSED_PAGES


@pytest.mark.parametrize("known_at", ["2026-03-02T12:00:00Z", "2026-03-09"])
@pytest.mark.parametrize("word", [TITLE[:5], GONE[:5], REFUSED[:5], str(PEOPLE), KEY])
def test_search_and_an_older_time_find_nothing_of_it(closed: Trial, word: str, known_at: str) -> None:
    """It was open then: as strict as now is what it is today."""
    portal = TestClient(create_app(closed.open()), base_url="http://localhost")
    for path in (
        "/en/search",
        f"/en/registers/{CLOSED}",
        f"/en/registers/{CLOSED}/rows",
        f"/en/registers/{CLOSED}/data.csv",
    ):
        text = portal.get(path, params={"q": word, "known_at": known_at}).text

        assert not [v for v in PLANTED if v != word and v in text]


# --- verbs -------------------------------------------------------------------------------------------------------------------

# verb -> argument lists that ask it for the closed register.
ROWS = {
    "query": [["SELECT * FROM areas"], ["SELECT count(*) FROM areas"], ["DESCRIBE areas"], ["SUMMARIZE areas"], ["SELECT * FROM secret"]],
    "history": [["areas", KEY], ["areas", "739173917392"]],
    "quarantine": [["areas", "--export", "refused.csv"]],
}  # fmt: skip
TELLS = {
    "quarantine": [["areas"]],
    "registers": [[], ["areas"]],
    "query": [["SHOW TABLES"]],
    "orders": [[], ["preview", "1"], ["show", "1"]],
    "audit": [[], ["begin-again", "--because", "no reason"]],
    **{verb: [[]] for verb in ("plan", "run", "status", "snapshots", "check", "retain", "upgrade")},
}
UNASKED = {
    "demo": "makes a project of its own",
    "init": "makes a project of its own",
    "synth": "writes people who do not exist",
    "link": "reads the files it is given, not the project",
    "add": "reads the file it is given, not the project",
    "remove": "takes an unpublished contract away",
    "doctor": "test_doctor.py: looks at the machine and modes of files",
    "backup": "copies the truth to where its keeper says, behind the same modes",
    "restore": "writes a project out of a backup",
    "erase": "names the key itself; test_erase.py looks for it in everything kept",
    "hold": "as erase",
    "serve": "its routes are tried above",
}


def parameters_of(verb: str) -> set[str]:
    """What a verb takes beside --project and --json."""
    command = cli.get_command(click.Context(cli), verb)
    assert command
    return {str(p.name) for p in command.params} - {"folder", "as_json"}


# A verb that takes nothing but a project can be asked in one way only, and is: nobody need list it here.
PLAIN = {verb: [list[str]()] for verb in VERBS if verb not in {*ROWS, *TELLS, *UNASKED} and not parameters_of(verb)}


def test_every_verb_is_asked_or_says_why_not() -> None:
    assert set(ROWS) | set(TELLS) | set(UNASKED) | set(PLAIN) == set(VERBS)
    assert not (set(ROWS) | set(TELLS)) & set(UNASKED)


def said_by(words: list[str]) -> tuple[int, str]:
    """The status of a command and all it wrote."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main(words)
    out.flush()
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    return int(ended.value.code or 0), buffer.getvalue().decode(errors="replace")


def commands(of: dict[str, list[list[str]]]) -> list[list[str]]:
    """Every command, as people and as programs read it."""
    return [[v, *a, *j] for v, lists in of.items() for a in lists for j in ([], ["--json"])]


def asked_as_synthetic() -> list[list[str]]:
    """The commands that would show rows, for the purpose that sees made-up people."""
    return [[*command, "--purpose", "synthetic"] for command in commands(ROWS)]


@pytest.mark.parametrize("command", [*commands(ROWS), *asked_as_synthetic()], ids=" ".join)
def test_a_verb_that_would_show_rows_shows_the_refusal(
    closed: Trial, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(closed.folder)
    before = len(closed.open().gate.log.records())
    status, said = said_by(command)
    records = closed.open().gate.log.records()[before:]

    # The command that a keeper is told repeats the key that was typed.
    assert not planted_in(said.replace(KEY, "") if KEY in command else said)
    assert status == POLICY
    assert not Path("refused.csv").exists()
    assert [r["outcome"] for r in records][-1:] == ["refused"]


@pytest.mark.parametrize("command", commands(TELLS | PLAIN), ids=" ".join)
def test_a_verb_that_tells_what_may_be_known_tells_no_value(
    closed: Trial, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(closed.folder)

    assert not planted_in(said_by(command)[1])
