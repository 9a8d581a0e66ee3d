"""Links: a relationship is proposed to an open parent with rows that holds every value, and said where it nearly does."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.packs.guessing.naming import column_names
from altyn.packs.guessing.types import decide
from altyn.packs.guessing.words import HeaderWords
from altyn.packs.project import load_project
from altyn.serve.use_cases.links import links_of
from altyn.sources.spec import spec_from_table
from altyn.sources.trial import Trial as Rows
from altyn.sources.trial import columns_of
from tests.integration.conftest import Trial, made


def found(trial: Trial, pack: str, *values: str) -> tuple[dict[str, str], list[str]]:
    (trial.folder / "new.csv").write_text(
        "\n".join(["area_code,note_of", *(f"{v},x" for v in values)]), encoding="utf-8"
    )
    spec = spec_from_table("local.new", {"path": "new.csv"}, trial.folder)
    headers = columns_of(spec, trial.folder)
    with Rows(spec, trial.folder, list(zip(headers, column_names(headers), strict=True))) as rows:
        decisions = [decide(e, HeaderWords(), "UTC") for e in rows.evidence()]
        links, notes = links_of(load_project(trial.folder), pack, decisions, rows)
    return links, [n.text("en") for n in notes]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Twenty areas."""
    trial = made(tmp_path_factory.mktemp("links") / "project")
    trial.areas("".join(f"{n},Ауыл,1\n" for n in range(1000, 1020)))
    trial.run()
    return trial


def test_every_value_must_be_there(trial: Trial) -> None:
    codes = [str(n) for n in range(1000, 1020)]

    assert found(trial, "local", *codes) == ({"area_code": "areas.code"}, [])
    links, notes = found(trial, "local", *codes, "7777")
    assert (links, notes) == ({}, ["area_code: 20 of 21 values are in local.areas; no relationship is proposed."])
    assert found(trial, "local", *codes[:10], *(str(n) for n in range(7000, 7010))) == ({}, [])


def test_a_parent_of_another_pack_is_named_by_its_file(trial: Trial) -> None:
    links, _ = found(trial, "other", "1000", "1001", "1002")

    assert links == {"area_code": "../../local/registers/areas.odcs.yaml#/schema/areas/properties/code"}


@pytest.mark.parametrize("values", [("1000", "1001"), ("100", "101", "102")])
def test_few_or_short_codes_say_nothing(trial: Trial, values: tuple[str, ...]) -> None:
    assert found(trial, "local", *values) == ({}, [])


def test_a_closed_parent_is_not_proposed_and_one_without_rows_neither(tmp_path: Path) -> None:
    trial = made(tmp_path / "project")
    assert found(trial, "local", "1000", "2000", "3000") == ({}, [])
    trial.areas("1000,a,1\n2000,b,1\n3000,c,1\n")
    trial.contract(is_open=False)
    trial.run()

    assert found(trial, "local", "1000", "2000", "3000") == ({}, [])
