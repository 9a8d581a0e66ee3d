"""The verb link: the specification is shown before anything is written, and what is printed holds no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Altyn
from tests.unit.identity.people import doubled


@pytest.fixture
def people(tmp_path: Path) -> Path:
    records, _ = doubled(300, 0.5, seed=4)
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["family;given;born;city;phone", *(";".join(r) for r in records)]), encoding="utf-8")
    return path


def test_a_specification_is_shown_and_taken_back(altyn: Altyn, people: Path, tmp_path: Path) -> None:
    shown = altyn("link", people, "--show-spec", "--out", tmp_path / "c.parquet")
    assert (shown.status, (tmp_path / "c.parquet").exists()) == (0, False)
    spec = tmp_path / "s.toml"
    spec.write_text(shown.out, encoding="utf-8")
    assert altyn("link", people, "--show-spec", "--spec", spec).out == shown.out


def test_what_was_found_is_told_in_numbers(altyn: Altyn, people: Path, tmp_path: Path) -> None:
    found = altyn("link", people, "--out", tmp_path / "c.parquet", "--pairs", tmp_path / "p.parquet")

    assert found.status == 0
    assert "clusters of more than one row" in found.out
    assert all((tmp_path / name).exists() for name in ("c.parquet", "p.parquet"))
    values = {
        cell
        for line in people.read_text(encoding="utf-8").splitlines()[1:]
        for cell in line.split(";")
        if len(cell) > 5
    }
    assert not [value for value in values if value in found.out]


def test_a_file_that_is_not_there_is_said(altyn: Altyn, tmp_path: Path) -> None:
    assert altyn("link", tmp_path / "gone.csv").status != 0
    assert altyn("link").status == 2
