"""Finding: each pack stands after what it needs; a circle and a missing pack are told, and the others are still found."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.errors import AltynError
from altyn.packs.finding import dependency_cycle, find_packs, measure_cycle, ordered, register_cycle
from altyn.packs.project import init_project

names = st.sampled_from("abcdef")


@given(st.dictionaries(names, st.lists(names, max_size=3), max_size=6))
def test_each_stands_after_what_it_needs_or_the_circle_is_named(needs: dict[str, list[str]]) -> None:
    try:
        found = ordered(needs, register_cycle)
    except AltynError as error:
        path = error.what.text("en").rpartition(": ")[2].rstrip(".").split(" > ")
        assert path[0] == path[-1]
        assert all(after in needs[before] for before, after in pairwise(path))
        return

    assert sorted(found) == sorted(needs)
    for name, wanted in needs.items():
        assert all(found.index(w) < found.index(name) for w in wanted if w in needs)


@pytest.mark.parametrize(
    ("made", "code"),
    [(register_cycle, "contract.cycle"), (measure_cycle, "measure.invalid"), (dependency_cycle, "pack.dependency")],
)
def test_a_circle_is_told_whole_and_with_its_place(made: Callable[[list[str]], AltynError], code: str) -> None:
    error = made(["a", "b", "a"])

    assert error.code == code
    assert "a > b > a" in error.what.text("en")
    assert "a" in error.where


def test_packs_are_found_through_what_they_depend_on(tmp_path: Path, make_pack: Callable[..., Path]) -> None:
    make_pack("base")
    make_pack("middle", manifest='depends = ["base"]')
    make_pack("top", manifest='depends = ["middle"]')
    project = init_project(tmp_path / "project", name="p", packs=["top"])
    found, faults = find_packs(project)

    assert [p.name for p in found] == ["base", "middle", "top"]
    assert faults == []


def test_a_circle_of_packs_hides_none_of_them(tmp_path: Path, make_pack: Callable[..., Path]) -> None:
    make_pack("one", manifest='depends = ["two"]')
    make_pack("two", manifest='depends = ["one"]')
    found, _ = find_packs(init_project(tmp_path / "project", name="p", packs=["one"]))

    assert {p.name for p in found} == {"one", "two"}


def test_a_pack_that_is_not_there_is_told_once_with_the_nearest(tmp_path: Path, make_pack: Callable[..., Path]) -> None:
    make_pack("regions", manifest='depends = ["gone"]')
    make_pack("other", manifest='depends = ["gone"]')
    project = init_project(tmp_path / "project", name="p", packs=["regions", "other"])
    found, faults = find_packs(project)

    assert [p.name for p in found] == ["regions", "other"]
    assert [f.code for f in faults] == ["pack.missing"]
    assert "gone" in faults[0].what.text("en")


def test_a_pack_of_the_project_hides_a_built_in_one(tmp_path: Path, make_pack: Callable[..., Path]) -> None:
    folder = make_pack("kazakhstan")
    found: list[Any] = find_packs(init_project(tmp_path / "project", name="p", packs=["kazakhstan"]))[0]

    assert [p.folder for p in found] == [folder]
