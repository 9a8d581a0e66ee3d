"""The command line called in this process: what it says, and the status it leaves with."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from altyn.cli.main import main
from tests.integration.conftest import Trial, made


@dataclass(frozen=True)
class Called:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as data."""
        return json.loads(self.out)


Altyn = Callable[..., Called]


@pytest.fixture
def altyn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Altyn:
    """Call `altyn` with words, in a language."""

    def call(*words: str | Path, language: str = "en") -> Called:
        monkeypatch.setenv("LANGUAGE", language)
        # Nobody answers.
        monkeypatch.setattr("sys.stdin", io.StringIO())
        before = os.umask(0o077)
        try:
            with pytest.raises(SystemExit) as left:
                main([str(word) for word in words])
        finally:
            os.umask(before)
        said = capsys.readouterr()
        return Called(int(left.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def fresh(tmp_path: Path) -> Trial:
    """A project with two registers and no rows yet."""
    return made(tmp_path / "project")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Two runs: one area was counted anew, one is new, one row is refused."""
    trial = made(tmp_path_factory.mktemp("loaded") / "project")
    trial.run()
    trial.areas("1000,Алматы,25\n2000,Ақтөбе,10\n3000,Атырау,5\n40x,Абай,1\n")
    trial.run(days=10)
    return trial
