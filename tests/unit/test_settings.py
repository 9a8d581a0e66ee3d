"""Settings of the environment: a value that means nothing is refused before any work, and never shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from altyn import settings
from altyn.cli.main import main
from altyn.errors import AltynError

SECRET = "qupiya-4711"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("ALTYN_MEMORY_MB", v) for v in (SECRET, "0", "-1", "1.5", "1200MB", " ", "1" * 30, "١٢")),
        *(("ALTYN_LOG_FORMAT", v) for v in (SECRET, "JSON", "json ")),
        *(("ALTYN_FAULT", v) for v in (SECRET, "journal", "journal.committed:0", "journal.committed:")),
        *(("AWS_ENDPOINT_URL", v) for v in (SECRET, "localhost:9000", "ftp://here")),
        *((n, SECRET) for n in ("ALTYN_MEMORY", "ALTYN_", "ALTYN_LOGFORMAT", "ALTYN_BENCH", "ALTYN_lang")),
    ],
)
def test_a_setting_that_means_nothing_is_a_wrong_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as left:
        main(["registers", "--json"])

    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert (left.value.code, error["code"], error["where"]) == (2, "environment.setting", name)
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALTYN_MEMORY_MB", "64"), ("ALTYN_MEMORY_MB", ""), ("ALTYN_LOG_FORMAT", "json"), ("ALTYN_FAULT", "erase.texts:2"),
        ("AWS_ENDPOINT_URL", "HTTP://[::1]:9000"), ("ALTYN_BENCH_ROWS", "5"), ("ALTYN_TEST_SHOTS", "x"), ("LANG", "xx_YY"),
        ("SUDO_UID", "nobody"), ("JAVA_HOME", "/nowhere"),
    ],
)  # fmt: skip
def test_a_good_setting_and_those_of_others_stand(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    settings.require_all()


def test_a_word_that_is_nearly_one_of_ours_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTYN_MEMORY_GB", "2")

    with pytest.raises(AltynError, match="ALTYN_MEMORY_MB"):
        settings.require_all()


def test_a_java_that_is_not_there_is_told_where_one_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(AltynError) as caught:
        settings.java_home()
    assert (caught.value.code, caught.value.where) == ("environment.setting", "JAVA_HOME")

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    assert settings.java_home() == tmp_path


@pytest.mark.parametrize("value", ["", "x", "-1", "٣", "9" * 11])
def test_a_number_of_sudo_that_is_none_is_left_out(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SUDO_UID", value)

    assert settings.sudo_uid() is None


def test_the_first_language_that_is_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert settings.language_of_environment() == "en"
    monkeypatch.setenv("LANG", "kk_KZ.UTF-8")
    assert settings.language_of_environment() == "kk"
    monkeypatch.setenv("LC_ALL", "ru_RU")
    assert settings.language_of_environment() == "ru"
    assert "LANGUAGE" not in os.environ
