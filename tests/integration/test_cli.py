"""The command line as a newcomer uses it: whole processes, exit statuses, JSON, three languages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ALTYN = Path(sys.executable).parent / "altyn"


def run(*arguments: str, folder: Path, language: str = "en_US.UTF-8") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANG": language, "LC_ALL": language, "LANGUAGE": ""}
    return subprocess.run(
        [ALTYN, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


CSV = "code;Атауы;beds;opened\n001;Бірінші;20;2001-05-01\n002;Екінші;35;2010-01-15\n"
CONTRACT = Path("packs/local/registers/clinics.odcs.yaml")


def declared(folder: Path) -> Path:
    """A project with one register, declared by `altyn add` as a newcomer would."""
    assert run("init", "mine", folder=folder).returncode == 0
    (folder / "mine" / "data").mkdir(exist_ok=True)
    (folder / "mine" / "data" / "clinics.csv").write_text(CSV, encoding="utf-8")
    added = run("add", "data/clinics.csv", "--yes", folder=folder / "mine")
    assert added.returncode == 0, added.stderr
    return folder / "mine"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its register opened and loaded."""
    folder = declared(tmp_path_factory.mktemp("cli"))
    (folder / CONTRACT).write_text(_opened((folder / CONTRACT).read_text(encoding="utf-8")), encoding="utf-8")
    assert run("run", folder=folder).returncode == 0
    return folder


def test_from_a_file_to_an_answer_in_four_commands(tmp_path: Path) -> None:
    folder = declared(tmp_path)

    assert run("check", folder=folder).returncode == 0
    # What is guessed is closed until a person opens it.
    assert run("run", folder=folder).returncode == 0
    closed = run("query", "select count(*) from clinics", folder=folder)
    assert (closed.returncode, "gate.register-closed" in closed.stderr) == (3, True)

    (folder / CONTRACT).write_text(_opened((folder / CONTRACT).read_text(encoding="utf-8")), encoding="utf-8")
    assert run("run", folder=folder).returncode == 0
    assert run("query", "select count(*) from clinics", folder=folder).stdout == "2\n"
    # Leading zeros are a code's own.
    assert "001" in run("query", "select * from clinics", "--format", "csv", folder=folder).stdout


def _opened(text: str) -> str:
    import yaml

    document: dict[str, Any] = yaml.safe_load(text)
    schema = document["schema"][0]
    properties = {p["property"]: p for p in schema.setdefault("customProperties", [])}
    properties.pop("altyn.disclosure", None)
    schema["customProperties"] = [
        *properties.values(),
        {"property": "altyn.disclosure", "value": {"open": True, "kind": "real"}},
    ]
    for column in schema["properties"]:
        column["classification"] = "public"
    return yaml.safe_dump(document, allow_unicode=True)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["registers"], 0),
        (["snapshots"], 0),
        (["plan"], 0),
        (["quarantine", "clinics"], 0),
        (["history", "clinics", "001"], 0),
        (["nonsense"], 2),
        (["query"], 2),
        (["query", "select"], 2),
        (["query", "select 1", "--known-at", "rubbish"], 2),
        (["query", "select 1", "--purpose", "curiosity"], 3),
        (["query", "select * from read_csv('/etc/passwd')"], 3),
        (["history", "nothing", "1"], 2),
    ],
)
def test_statuses_are_as_documented_with_and_without_json(project: Path, arguments: list[str], status: int) -> None:
    plain, as_json = run(*arguments, folder=project), run(*arguments, "--json", folder=project)

    assert (plain.returncode, as_json.returncode) == (status, status), plain.stderr + as_json.stderr
    assert "Traceback" not in plain.stderr
    if as_json.stdout:
        json.loads(as_json.stdout)


def test_doctor_finds_a_project_that_others_cannot_read(project: Path) -> None:
    report = json.loads(run("doctor", "--json", folder=project).stdout)

    assert [f for f in report["findings"] if f["good"] is False] == []
    assert not [p for p in (project / ".altyn").rglob("*") if p.stat().st_mode & 0o077]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "xlsx"])
def test_answers_leave_in_every_format(project: Path, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"answer.{form}"
    assert (
        run("query", "select * from clinics", "--format", form, "--output", str(path), folder=project).returncode == 0
    )

    begins = {"csv": b"code", "json": b"{", "parquet": b"PAR1", "xlsx": b"PK"}[form]
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("language", "word"),
    [("kk_KZ.UTF-8", "Команда"), ("ru_RU.UTF-8", "Команд"), ("en_US.UTF-8", "Commands"), ("de_DE.UTF-8", "Commands")],
)
def test_help_and_refusals_follow_the_language(project: Path, language: str, word: str) -> None:
    assert word.lower()[:6] in run("--help", folder=project, language=language).stdout.lower()
    assert word.lower()[:6] in run("nonsense", folder=project, language=language).stderr.lower()


def test_without_a_project_each_verb_says_how_to_begin(tmp_path: Path) -> None:
    answer = run("run", folder=tmp_path)

    assert answer.returncode == 2
    assert "altyn init" in answer.stderr


def test_two_runs_at_once_are_both_told_the_truth(project: Path) -> None:
    with subprocess.Popen([ALTYN, "run", "--json"], cwd=project, stdout=subprocess.PIPE, text=True) as first:
        second = run("run", "--json", folder=project)
        first.communicate(timeout=60)

    assert first.returncode == 0
    assert second.returncode == 0


def test_a_secret_in_altyn_toml_is_refused_and_never_printed(tmp_path: Path) -> None:
    run("init", "p", folder=tmp_path)
    toml = tmp_path / "p" / "altyn.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + '\n[sources."a.b"]\ndsn = "postgresql://me:hunter2@db/x"\n', encoding="utf-8"
    )
    answer = run("check", folder=tmp_path / "p")

    assert answer.returncode == 1
    assert "project.secret" in answer.stdout + answer.stderr
    assert "hunter2" not in answer.stdout + answer.stderr
