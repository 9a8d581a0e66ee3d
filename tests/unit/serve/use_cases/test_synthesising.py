"""Synthesising: a country in a folder of its own, of a size there can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.synthesising import (
    MOST_DAYS,
    MOST_PERSONS,
    WORLD,
    Synthesised,
    prepare_demo,
    synthesise,
)


@pytest.mark.parametrize(("persons", "day"), [(0, 0), (-1, 0), (MOST_PERSONS + 1, 0), (10, -1), (10, MOST_DAYS + 1)])
def test_a_size_that_cannot_be_is_refused_and_nothing_written(tmp_path: Path, persons: int, day: int) -> None:
    with pytest.raises(AltynError, match=r"synth\.range"):
        synthesise(tmp_path / "w", persons, day=day)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("content", ["x", "{}", '{"persons": 300, "seed": 2}'])
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / WORLD).write_text(content, encoding="utf-8")
    with pytest.raises(AltynError, match=r"synth\.folder-used"):
        synthesise(tmp_path, 300, seed=1)
    assert (tmp_path / WORLD).read_text(encoding="utf-8") == content


def test_a_demo_that_is_there_is_left_and_another_folder_refused(tmp_path: Path) -> None:
    (tmp_path / "altyn.toml").write_text('name = "x"\ndemo = true\n', encoding="utf-8")
    assert not prepare_demo(tmp_path, 300, 1)
    (tmp_path / "altyn.toml").rename(tmp_path / "notes.txt")
    with pytest.raises(AltynError, match=r"demo\.folder-used"):
        prepare_demo(tmp_path, 300, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    assert not tmp_path.with_name(f"{tmp_path.name}-world").exists()


def test_what_was_written_says_that_nobody_in_it_is_real(tmp_path: Path) -> None:
    found = Synthesised(tmp_path, {"civil.births": 3}, 1.26, 90).document()

    assert found == {
        "folder": str(tmp_path),
        "rows": {"civil.births": 3},
        "cpu_seconds": 1.3,
        "peak_mb": 90,
        "synthetic": True,
    }
