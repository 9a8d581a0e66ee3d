"""Judged: a contract's text is asked about once; one that changed, or that other schemas judge, is asked about again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altyn.packs import contract_faults, judged
from altyn.packs.finding import find_packs
from altyn.packs.project import Project
from tests.unit.packs.conftest import PLACES, MakePack


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The contracts that the schemas are asked about."""
    found: list[str] = []
    ask = contract_faults.odcs_faults
    monkeypatch.setattr(contract_faults, "odcs_faults", lambda d, where: (found.append(where), ask(d, where))[1])
    return found


@pytest.fixture
def project(make_pack: MakePack) -> Project:
    """A project of one pack of one register."""
    folder = make_pack("demo", PLACES)
    root = folder.parents[1]
    (root / ".altyn").mkdir()
    return Project(root, "test", packs=("demo",))


def contract_file(project: Project) -> Path:
    """The only contract."""
    return next(project.pack_folder.glob("demo/registers/*.yaml"))


def test_a_contract_is_judged_once_and_again_when_it_changed(project: Project, asked: list[str]) -> None:
    first, again = find_packs(project), find_packs(project)

    assert len(asked) == 1
    assert first[1] == again[1] == []
    assert first[0][0].contracts.keys() == again[0][0].contracts.keys()
    path = contract_file(project)
    path.write_text(path.read_text(encoding="utf-8") + "\nnobodyKnowsIt: 1\n", encoding="utf-8")
    for _ in range(2):
        assert [f.code for f in find_packs(project)[1]] == ["contract.field-unknown"]


def test_a_secret_is_found_in_what_was_judged(project: Project) -> None:
    path = contract_file(project)
    path.write_text(path.read_text(encoding="utf-8") + "\ntenant: 'a://u:b@h/'\n", encoding="utf-8")
    cache = project.folder / ".altyn" / judged.FILE
    find_packs(project)
    known = judged.Judged()
    known.add(path.read_text(encoding="utf-8-sig"))
    cache.parent.mkdir(exist_ok=True)
    cache.write_text(json.dumps({"law": judged.law(), "sound": sorted(known.sound)}), encoding="utf-8")

    assert [f.code for f in find_packs(project)[1]] == ["project.secret"]


@pytest.mark.parametrize("text", ["", "[]", '{"law": "other", "sound": []}', "{"])
def test_a_list_that_is_of_another_law_or_none_counts_for_nothing(
    project: Project, asked: list[str], text: str
) -> None:
    find_packs(project)
    cache = project.folder / ".altyn" / judged.FILE
    if text.startswith('{"law"'):
        text = json.dumps({**json.loads(cache.read_text(encoding="utf-8")), "law": "other"})
    cache.write_text(text, encoding="utf-8")

    assert find_packs(project)[1] == []
    assert len(asked) == 2


def test_nothing_is_written_where_no_project_keeps_data(project: Project) -> None:
    (project.folder / ".altyn").rmdir()

    assert find_packs(project)[1] == []
    assert not (project.folder / ".altyn").exists()
