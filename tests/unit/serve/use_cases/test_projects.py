"""Projects: empty ones of a state, the demo, and folders that hold something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import load_project
from altyn.serve.use_cases.projects import installed_states, is_demo, make_project, state_named, take_sources


@pytest.mark.parametrize("name", ["Kazakhstan", " kazakhstan ", "KAZAKHSTAN"])
def test_a_state_is_found_by_its_name_and_by_its_pack(name: str) -> None:
    found = state_named(name)

    assert found is not None
    assert (found.pack, found.timezone) == ("kazakhstan", "Asia/Almaty")
    assert set(found.languages) == {"kk", "ru", "en"}


@pytest.mark.parametrize("name", ["none", "-", "", "  "])
def test_no_state_is_an_answer(name: str) -> None:
    assert state_named(name) is None


def test_an_unknown_state_is_refused_with_those_there_are() -> None:
    with pytest.raises(AltynError) as caught:
        state_named("Атлантида" * 50)

    assert caught.value.code == "usage"
    assert all(state in caught.value.mend.text("en") for state in installed_states())
    assert len(caught.value.what.text("en")) < 150


def test_an_empty_project_takes_over_what_its_state_says(tmp_path: Path) -> None:
    make_project(tmp_path / "one", state_named("kazakhstan"))
    make_project(tmp_path / "two", None)
    one, two = load_project(tmp_path / "one"), load_project(tmp_path / "two")

    assert (one.name, one.packs, one.timezone) == ("one", ("kazakhstan",), "Asia/Almaty")
    assert "kazakhstan" not in two.packs
    with pytest.raises(AltynError, match=r"project\.exists"):
        make_project(tmp_path / "one", None)


def test_only_an_empty_folder_or_a_demo_may_become_one(tmp_path: Path) -> None:
    assert not is_demo(tmp_path / "absent")
    assert not is_demo(tmp_path)
    (tmp_path / "altyn.toml").write_text('name = "x"\ndemo = true\n', encoding="utf-8")
    assert is_demo(tmp_path)
    for text in ('name = "x"\n', 'demo = "yes"\n'):
        (tmp_path / "altyn.toml").write_text(text, encoding="utf-8")
        with pytest.raises(AltynError, match=r"demo\.folder-used"):
            is_demo(tmp_path)
    (tmp_path / "altyn.toml").rename(tmp_path / "notes.txt")
    with pytest.raises(AltynError, match=r"demo\.folder-used"):
        is_demo(tmp_path)


def test_open_data_of_each_pack_lies_in_a_folder_of_its_own(tmp_path: Path) -> None:
    text = take_sources(tmp_path, ["kazakhstan", "there-is-none"])

    assert '"data/kazakhstan/' in text
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["kazakhstan"]
