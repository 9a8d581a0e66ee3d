"""The verb synth: it says that nobody is real, or why it writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Altyn


@pytest.mark.parametrize("words", [("--persons", "0"), ("--day", "-1"), ("--persons", "many")])
def test_a_country_that_cannot_be_is_refused(altyn: Altyn, tmp_path: Path, words: tuple[str, ...]) -> None:
    found = altyn("synth", tmp_path / "w", *words)

    assert found.status != 0
    assert not (tmp_path / "w").exists()


def test_a_folder_of_somebody_else_is_left_alone(altyn: Altyn, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")

    assert "synth.folder-used" in altyn("synth", tmp_path, "--persons", "300").err
