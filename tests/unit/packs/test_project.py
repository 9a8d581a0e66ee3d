"""altyn.toml: what it says, what it may not say, and how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import find_project, init_project, load_project


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "altyn.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> AltynError:
    with pytest.raises(AltynError) as caught:
        load_project(folder)
    return caught.value


def test_a_project_is_made_found_and_read(tmp_path: Path) -> None:
    name = 'Тізілім "A" \\ \x7f\n'
    made = init_project(tmp_path / "p", name=name, packs=["a", "b"], state="X", timezone="Asia/Almaty", demo=True)
    deep = tmp_path / "p" / "data" / "deep"
    deep.mkdir()

    project = load_project(find_project(deep))

    assert project == made
    assert (project.name, project.packs, project.demo, project.synthetic) == (name, ("a", "b"), True, False)
    assert ".altyn/" in (project.folder / ".gitignore").read_text(encoding="utf-8")
    assert project.pack_folder.is_dir()


def test_a_project_is_never_written_over(tmp_path: Path) -> None:
    init_project(tmp_path, name="a")
    with pytest.raises(AltynError) as caught:
        init_project(tmp_path, name="b")
    assert caught.value.code == "project.exists"


def test_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(AltynError) as caught:
        find_project(tmp_path)
    assert caught.value.code == "project.missing"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("pakcs = []", "project.invalid", "packs"),
        ("[access]\nfolder = []", "project.invalid", "folders"),
        ("packs = 'a'", "project.invalid", "packs"),
        ("packs = ['../a']", "project.invalid", "packs"),
        ("synthetic = 1", "project.invalid", "synthetic"),
        ("engine = 'flink'", "project.invalid", "engine is not known"),
        ("engine = 'spark'\n[spark]\nmastre = 'yarn'", "project.invalid", "Did you mean: master"),
        (
            "engine = 'spark'\n[spark.settings]\n'spark.sql.ansi.enabled' = false",
            "project.invalid",
            "cannot be set here",
        ),
        ("engine = 'spark'\n[spark.settings]\n'java.home' = '/x'", "project.invalid", "cannot be set here"),
        ("engine = 'flink'", "project.invalid", "duckdb"),
        ("timezone = 'Mars/Base'", "project.invalid", "timezone"),
        ("languages = ['fr']", "project.invalid", "kk"),
        ("[sources.births]\npath = 'x'", "project.invalid", "sources"),
        ("[access]\nfolders = ['data']", "project.invalid", "folders"),
        ("name = = 1", "project.invalid", "line 1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, code: str, told: str) -> None:
    error = refused(written(tmp_path / "p", text))

    assert error.code == code
    assert told in str(error)


SECRET = "hunter2"


@pytest.mark.parametrize(
    "line",
    [
        f"password = '{SECRET}'",
        f"dsn = 'postgresql://me:{SECRET}@h/d'",
        f"dsn = 'host=h password={SECRET} dbname=d'",
        f"options = {{ api_key = '{SECRET}' }}",
        f"path = 'https://me:{SECRET}@h/x.csv'",
        f"token = '{SECRET}",
    ],
)
def test_a_secret_is_refused_and_never_printed(tmp_path: Path, line: str) -> None:
    error = refused(written(tmp_path / "p", f"[sources.'a.b']\n{line}"))

    assert error.code in {"project.secret", "project.invalid"}
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    "line", ["password = 'env:PW'", "dsn = 'env:DSN'", "dsn = 'postgresql://me@h/d'", "path = 'secret.csv'"]
)
def test_references_and_plain_places_may_stand(tmp_path: Path, line: str) -> None:
    assert load_project(written(tmp_path / "p", f"[sources.'a.b']\n{line}")).sources["a.b"]
