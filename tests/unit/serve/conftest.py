"""A small project: one not run yet for each test that changes it, one that was run twice for those that only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Trial, made


@pytest.fixture
def fresh(tmp_path: Path) -> Trial:
    """Two registers and no rows yet."""
    return made(tmp_path / "project")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Two runs, on 2 and 12 March: one area was counted anew, one is new, one row is refused, one place waits for its area."""
    trial = made(tmp_path_factory.mktemp("loaded") / "project")
    trial.run()
    trial.areas("1000,Алматы,25\n2000,Ақтөбе,10\n3000,Атырау,5\n40x,Абай,1\n")
    trial.places("p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\np3,9000,2021-05-01,\n")
    trial.run(days=10)
    return trial
