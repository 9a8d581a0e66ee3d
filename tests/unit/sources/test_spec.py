"""Source specifications: what altyn.toml may say, and the secrets it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.sources.spec import resolve_secret, spec_from_table

FOLDER = Path("/project")


def refused(**table: object) -> AltynError:
    with pytest.raises(AltynError) as caught:
        spec_from_table("lab.things", table, FOLDER)
    return caught.value


def test_options_may_stand_beside_the_keys_or_apart() -> None:
    beside = spec_from_table("lab.things", {"path": "a.csv", "delimiter": ";"}, FOLDER, ["in", "/srv/in"])
    apart = spec_from_table("lab.things", {"path": "a.csv", "options": {"delimiter": ";"}}, FOLDER, ["in", "/srv/in"])
    assert beside == apart
    assert beside.allowed_folders == (Path("/project/in"), Path("/srv/in"))
    assert (beside.mode, beside.kind, beside.max_mb) == ("whole", None, 20_000)


def test_a_dsn_is_postgres_unless_another_kind_is_named() -> None:
    assert spec_from_table("lab.things", {"dsn": "env:DB", "table": "t"}, FOLDER).kind == "postgres"


@pytest.mark.parametrize(
    "table",
    [
        {"path": "a.csv", "delimeter": ";"},
        {"path": "a.csv", "options": {"path": "b.csv"}},
        {"path": "a.csv", "options": "x"},
        {"path": "a.csv", "mode": "some"},
        {"path": "a.csv", "dsn": "env:DB"},
        {"path": "a.csv", "table": "t"},
        {"mode": "whole"},
        {"path": 7},
        {"path": "a.csv", "max_mb": "many"},
        {"path": "a.csv", "max_mb": 0},
        {"path": "a.csv", "header_line": True},
        {"path": "a.csv", "allow_empty": "yes"},
        {"path": "a.csv", "delimiter": ";;"},
        {"path": "a.csv", "delimiter": "\n"},
        {"path": "a.csv", "quote": "''"},
    ],
)
def test_what_no_reader_could_use_is_refused(table: dict[str, object]) -> None:
    assert refused(**table).code == "project.invalid"


def test_a_near_name_is_offered() -> None:
    assert "delimiter" in str(refused(path="a.csv", delimeter=";"))


@pytest.mark.parametrize("encoding", ["zlib", "base64", "idna", "klingon", "a\0b"])
def test_a_codec_that_is_no_encoding_is_refused(encoding: str) -> None:
    assert refused(path="a.csv", encoding=encoding).code == "source.encoding"


@pytest.mark.parametrize(
    "table",
    [
        {"dsn": "postgresql://u:hunter2@host/db", "table": "t"},
        {"dsn": "host=h password=hunter2", "table": "t"},
        {"dsn": 7, "table": "t"},
        {"path": "https://u:hunter2@host/a.csv"},
        {"path": "a.csv", "password": "hunter2"},
        {"path": "a.csv", "options": {"api_token": "hunter2"}},
        {"dsn": "env:DB", "query": "select * from dblink('postgres://u:hunter2@h/d', 'select 1')"},
    ],
)
def test_a_literal_secret_is_refused_and_not_repeated(table: dict[str, object]) -> None:
    error = refused(**table)
    assert error.code == "project.secret"
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("path", ["data/tokens.csv", "passwords-issued/*.csv", "secretariat.xlsx"])
def test_a_file_may_be_called_so(path: str) -> None:
    assert spec_from_table("lab.things", {"path": path}, FOLDER).path == path


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DSN", "postgresql:///x")
    assert resolve_secret("env:LAB_DSN", "here") == "postgresql:///x"
    with pytest.raises(AltynError, match="source.missing"):
        resolve_secret("env:LAB_NOTHING", "here")


def test_a_secret_comes_from_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "dsn"
    file.write_text("postgresql:///x\n")
    file.chmod(0o600)
    assert resolve_secret(f"file:{file}", "here") == "postgresql:///x"
    file.chmod(0o640)
    with pytest.raises(AltynError, match="project.secret"):
        resolve_secret(f"file:{file}", "here")
    with pytest.raises(AltynError, match="source.missing"):
        resolve_secret("file:dsn", "here")


def test_a_secret_is_not_named_like_a_setting_of_ours(tmp_path: Path) -> None:
    with pytest.raises(AltynError) as caught:
        spec_from_table("local.areas", {"kind": "postgres", "table": "t", "dsn": "env:ALTYN_PG_DSN"}, tmp_path)

    assert caught.value.code == "project.invalid"
    assert "PG_DSN" in str(caught.value.mend)
