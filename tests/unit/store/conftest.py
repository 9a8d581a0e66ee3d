"""Small projects: one without a row yet for each test, and one that has lived for three days and is only looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Trial, made

MEASURE = """\
measure = "people"
version = "1.0.0"
title = {kk = "Халық", ru = "Население", en = "People"}
definition = {kk = "Саны", ru = "Число", en = "How many"}
unit = "person"
grain = "one row per area"
owner = "nobody"
source = "made up"
inputs = {areas = "areas"}
rows = "SELECT code, people FROM areas"
value = "sum(people)"
"""


def with_measure(trial: Trial) -> Trial:
    """The project with a measure over its areas."""
    folder = trial.folder / "packs" / "local" / "measures"
    folder.mkdir()
    (folder / "people.toml").write_text(MEASURE, encoding="utf-8")
    return trial


def live(trial: Trial) -> Trial:
    """Three snapshots: a change, a retraction and a refused row on the second day, all mended on the third."""
    for areas in (
        "1000,Алматы,20\n2000,Ақтөбе,10\n",
        "1000,Алматы,21\n3000,Қате,x\n",
        "1000,Алматы,21\n2000,Ақтөбе,10\n3000,Шымкент,5\n",
    ):
        trial.areas(areas)
        assert not trial.run().errors
    return trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A project with two registers and no rows yet."""
    return made(tmp_path / "project")


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A project of three days with a measure; tests that share it change nothing."""
    return live(with_measure(made(tmp_path_factory.mktemp("lived") / "project")))
