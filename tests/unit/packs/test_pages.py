"""A page that could not be drawn is refused by `check`, costs no other page, and holds up no run."""

from __future__ import annotations

import pytest

from altyn.packs.catalogue import Catalogue, check_project
from altyn.packs.project import Project
from tests.unit.packs.conftest import AREA, PLACES, MakePack

HOME = """\
page = "home"
measure = "demo.area"
total = "demo.area"
dimension = "level"
time = "level"
[map]
register = "demo.places"
code = "code"
geometry = "parent_code"
parallels = [43, 53]
meridian = 67
"""
TOUR = """\
page = "tour"
statements = "demo.places"
"""


def project(make_pack: MakePack, **pages: str) -> Project:
    files = {"measures/area.toml": AREA, **{f"pages/{name}.toml": text for name, text in pages.items()}}
    folder = make_pack("demo", PLACES, files=files)
    return Project(folder.parents[1], "test", packs=("demo",))


def dimension() -> str:
    return AREA.split('column = "')[1].split('"')[0]


def sound_home() -> str:
    return HOME.replace('"level"', f'"{dimension()}"')


def test_a_page_that_can_be_drawn_has_no_fault(make_pack: MakePack) -> None:
    made = project(make_pack, home=sound_home())

    assert check_project(made) == []
    assert list(Catalogue.of(made).pages()) == ["home"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('page = "home"', 'page = "hme"'),
        ("[43, 53]", "[nan, 53]"),
        ("[43, 53]", "[43, inf]"),
        ("meridian = 67", "meridian = 900"),
        ('page = "home"', ""),
        ('page = "home"', 'page = ["home"]'),
        ('page = "home"', 'page = "home"\ncolour = "red"'),
        ('measure = "demo.area"', 'measure = "demo.aera"'),
        ('total = "demo.area"\n', ""),
        ("dimension = ", "dimension = 1 #"),
        ("time = ", 'time = "yaer" #'),
        ("[map]", "[prefer]\nvintage = 'revised'\n[map]"),
        ("[map]", "prefer = 1\n[map]"),
        ("[map]", "state = 1\n[map]"),
        ("[map]", "[mpa]"),
        ('register = "demo.places"', 'register = "demo.nowhere"'),
        ('geometry = "parent_code"', 'geometry = "shape"'),
        ("[43, 53]", "[43]"),
        ("[43, 53]", "[-43, 43]"),
        ("meridian = 67", 'meridian = "east"'),
        ("meridian = 67", "meridian = = 67"),
    ],
)
def test_a_page_that_could_not_be_drawn_is_refused_and_left_out(make_pack: MakePack, old: str, new: str) -> None:
    text = sound_home()
    assert old in text
    made = project(make_pack, home=text.replace(old, new, 1), other=sound_home())

    faults = check_project(made)

    assert {f.code for f in faults} == {"page.invalid"}
    assert all(f.where.startswith("demo/pages/home.toml") for f in faults)
    # The catalogue of a run is whole, and the sound page of the same kind is shown.
    assert Catalogue.of(made).pages()["home"]["measure"] == "demo.area"


def test_a_tour_needs_the_columns_of_statements(make_pack: MakePack) -> None:
    faults = check_project(project(make_pack, tour=TOUR))

    assert {f.code for f in faults} == {"page.invalid"}
    assert any("said_in" in str(f.what) for f in faults)


def test_a_page_shows_open_registers_only(make_pack: MakePack) -> None:
    made = project(make_pack, home=sound_home())
    path = made.folder / "packs/demo/registers/places.odcs.yaml"
    path.write_text(path.read_text("utf-8").replace("open: true", "open: false"), "utf-8")

    assert "page.invalid" in {f.code for f in check_project(made)}
    assert Catalogue.of(made).pages() == {}
