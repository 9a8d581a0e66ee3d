"""Verbs on a project: an empty one is made and checked, a fault has its place, the demo takes no folder of somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_an_empty_project_is_made_once_and_has_no_fault(altyn: Altyn, tmp_path: Path) -> None:
    made = altyn("init", tmp_path / "жаңа", "--state", "kazakhstan", "--json")

    assert made.json["state"] == "Kazakhstan"
    assert altyn("check", "--project", tmp_path / "жаңа").status == 0
    again = altyn("init", tmp_path / "жаңа")
    assert again.status != 0
    assert "project.exists" in again.err
    assert altyn("init", tmp_path / "other", "--state", "atlantis").status == 2


def test_a_fault_is_a_line_with_its_code_and_place(altyn: Altyn, fresh: Trial) -> None:
    found = altyn("check", "--project", fresh.folder)
    data = altyn("check", "--project", fresh.folder, "--json")

    assert (found.status, data.status) == (1, 1)
    assert "contract.profile" in found.out
    assert {f["code"] for f in data.json["faults"]} == {"contract.profile"}, "columns without a title"
    assert all("areas.odcs.yaml" in f["where"] or "places.odcs.yaml" in f["where"] for f in data.json["faults"])


def test_a_pack_is_checked_by_its_folder_or_its_name(altyn: Altyn, fresh: Trial) -> None:
    by_folder = altyn("check", fresh.folder / "packs" / "local", "--json").json
    by_name = altyn("check", "local", "--project", fresh.folder, "--json").json

    assert len(by_folder["faults"]) == len(by_name["faults"]) > 0
    assert altyn("check", "nonsense", "--project", fresh.folder).status == 1


def test_the_doctor_says_what_is_wrong_with_a_project_that_cannot_be_opened(altyn: Altyn, fresh: Trial) -> None:
    (fresh.folder / "altyn.toml").write_text("name = = 1", encoding="utf-8")
    found = altyn("doctor", "--project", fresh.folder, "--json")

    assert found.status == 4
    assert found.json["findings"][-1]["good"] is False


@pytest.mark.parametrize("more", [(), ("--persons", "300")])
def test_a_demo_takes_no_folder_that_holds_something_else(altyn: Altyn, tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    found = altyn("demo", tmp_path, "--no-serve", *more)

    assert found.status != 0
    assert "demo.folder-used" in found.err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
