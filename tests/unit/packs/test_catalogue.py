"""Packs together: names, parents, order, and every fault at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.packs.catalogue import Catalogue, check_project
from altyn.packs.contracts import write_document
from altyn.packs.finding import find_packs
from altyn.packs.manifest import load_pack
from altyn.packs.project import Project
from tests.unit.packs.conftest import AREA, LABEL, PLACES, TOWNS, MakePack


def project(make_pack: MakePack, *contracts: dict[str, Any], **more: Any) -> Project:
    folder = make_pack("demo", *contracts, **more)
    return Project(folder.parents[1], "test", packs=("demo",))


def codes(faults: list[AltynError]) -> list[str]:
    return [f.code for f in faults]


def test_a_whole_pack_has_no_fault_and_a_parent_comes_first(make_pack: MakePack) -> None:
    made = project(make_pack, TOWNS, PLACES, files={"measures/area.toml": AREA})

    catalogue = Catalogue.of(made)

    assert check_project(made) == []
    assert catalogue.order() == ["demo.places", "demo.towns"]
    assert catalogue.resolve("places") is catalogue.registers["demo.places"]
    assert catalogue.measure("area").inputs == ("demo.places",)
    assert [r.name for r in catalogue.readers("demo.places")[1]] == ["demo.towns"]


def test_a_bare_name_must_be_unique(make_pack: MakePack) -> None:
    other = {**copy.deepcopy(PLACES), "id": "other.places"}
    packs = [load_pack(make_pack("demo", PLACES)), load_pack(make_pack("other", other))]
    catalogue = Catalogue.of_packs(packs)

    with pytest.raises(AltynError) as caught:
        catalogue.resolve("places")
    assert caught.value.code == "register.ambiguous"
    assert catalogue.resolve("other.places").pack == "other"
    with pytest.raises(AltynError) as caught:
        catalogue.resolve("palces")
    assert caught.value.code == "register.missing"
    assert "places" in str(caught.value.mend)


def bent(**properties: Any) -> dict[str, Any]:
    """The towns, whose column `place` is changed."""
    document = copy.deepcopy(TOWNS)
    document["schema"][0]["properties"][1].update(properties)
    return document


@pytest.mark.parametrize(
    "properties",
    [
        {"relationships": [{"to": "plaices.code"}]},
        {"relationships": [{"to": "places.kode"}]},
        {"logicalType": "integer"},
    ],
    ids=["register", "column", "type"],
)
def test_a_parent_that_does_not_fit_is_refused(make_pack: MakePack, properties: dict[str, Any]) -> None:
    made = project(make_pack, PLACES, bent(**properties))

    assert codes(check_project(made)) == ["contract.parent-missing"]
    with pytest.raises(AltynError):
        Catalogue.of(made)


def test_a_circle_is_refused_with_its_path(make_pack: MakePack) -> None:
    places = copy.deepcopy(PLACES)
    places["schema"][0]["properties"][3]["relationships"] = [{"to": "towns.place"}]

    faults = check_project(project(make_pack, places, TOWNS))

    assert codes(faults) == ["contract.cycle"]
    assert "demo.places > demo.towns > demo.places" in str(faults[0])


def test_a_register_may_refer_to_itself(make_pack: MakePack) -> None:
    places = copy.deepcopy(PLACES)
    places["schema"][0]["properties"][1]["relationships"] = [{"to": "places.code"}]

    assert check_project(project(make_pack, places)) == []


def test_what_a_column_needs_must_be_there(make_pack: MakePack) -> None:
    profile = [{"property": "altyn.codeList", "value": "levels"}, {"property": "altyn.identifier", "value": "even"}]
    towns = bent(customProperties=[*TOWNS["schema"][0]["properties"][1]["customProperties"], *profile])

    faults = check_project(project(make_pack, PLACES, towns))

    assert codes(faults) == ["contract.code-list-missing", "contract.kind-unknown"]


def test_all_faults_come_at_once(make_pack: MakePack) -> None:
    towns = bent(customProperties=[{"property": "altyn.label", "value": {"en": "Place"}}])
    unportable = AREA.replace("sum(area)", "sum(date_diff('year', a, b))")
    broken = {**copy.deepcopy(PLACES), "descripton": {}}

    made = project(make_pack, broken, towns, files={"measures/area.toml": unportable})
    faults = check_project(made)

    # What refers to the broken contract is not at fault itself.
    assert sorted(codes(faults)) == ["contract.field-unknown", "contract.profile"]
    assert all(", line " in f.where for f in faults)
    whole = {**broken}
    del whole["descripton"]
    (made.folder / "packs/demo/registers/places.odcs.yaml").write_text(write_document(whole), encoding="utf-8")
    assert sorted(codes(check_project(made))) == ["contract.profile", "sql.subset"]


def test_faults_of_several_contracts_come_together_and_by_their_pack(make_pack: MakePack) -> None:
    places, towns = copy.deepcopy(PLACES), copy.deepcopy(TOWNS)
    for document in (places, towns):
        document["schema"][0]["properties"][0]["logicalType"] = "strng"
        document["schema"][0]["properties"][1]["classification"] = "secret"

    made = project(make_pack, places, towns)

    for faults in (check_project(made), check_project(made, "demo")):
        files = [f.where.partition(", line ")[0] for f in faults]
        assert sorted(files) == [f"demo/registers/{n}.odcs.yaml" for n in ("places", "places", "towns", "towns")]


def test_an_open_register_with_nothing_public_is_told(make_pack: MakePack) -> None:
    places = copy.deepcopy(PLACES)
    for item in places["schema"][0]["properties"]:
        item.pop("classification", None)

    assert codes(check_project(project(make_pack, places))) == ["contract.profile"]


def test_dependencies_come_along_in_order(make_pack: MakePack) -> None:
    tax: dict[str, Any] = {**copy.deepcopy(TOWNS), "id": "tax.towns"}
    tax["schema"][0]["properties"][1]["relationships"] = [
        {"to": "../../demo/registers/places.odcs.yaml#/schema/places/properties/code"}
    ]
    make_pack("demo", PLACES)
    folder = make_pack("tax", tax, manifest='depends = ["demo"]')

    packs, faults = find_packs(Project(folder.parents[1], "test", packs=("tax",)))

    assert (faults, [p.name for p in packs]) == ([], ["demo", "tax"])
    assert Catalogue.of_packs(packs).faults() == []


def test_a_dependency_that_is_missing_circular_or_undeclared_is_refused(make_pack: MakePack) -> None:
    one = make_pack("one", manifest='depends = ["two"]')
    make_pack("two", manifest='depends = ["one"]')
    make_pack("three", manifest='depends = ["four"]')

    assert codes(check_project(Project(one.parents[1], "test", packs=("one",)))) == ["pack.dependency"]
    assert codes(check_project(Project(one.parents[1], "test", packs=("three",)))) == [
        "pack.missing",
        "pack.dependency",
    ]

    tax: dict[str, Any] = {**copy.deepcopy(TOWNS), "id": "tax.towns", "apiVersion": "v3.2.0"}
    tax["schema"][0]["properties"][1]["relationships"] = [{"to": "demo.places.code"}]
    make_pack("demo", PLACES)
    make_pack("tax", tax)
    assert codes(check_project(Project(one.parents[1], "test", packs=("demo", "tax")))) == ["pack.dependency"]


def test_a_source_for_nothing_is_told(make_pack: MakePack) -> None:
    made = project(make_pack, PLACES)
    wrong = Project(made.folder, "test", packs=made.packs, sources={"demo.palces": {"path": "x"}})

    faults = check_project(wrong)

    assert codes(faults) == ["project.invalid"]
    assert "demo.places" in str(faults[0].mend)


def test_a_source_that_no_reader_could_open_is_told(make_pack: MakePack) -> None:
    made = project(make_pack, PLACES)
    wrong = Project(made.folder, "test", packs=made.packs, sources={"demo.places": {"paht": "x.csv"}})

    faults = check_project(wrong)

    assert len(faults) == 1
    assert "demo.places" in faults[0].where


def test_code_lists_of_other_packs_bear_their_name(make_pack: MakePack) -> None:
    one = load_pack(make_pack("one", files={"codes/levels.csv": "code,en\n1,a\n"}))
    two = load_pack(make_pack("two", files={"scripts/a.toml": '[fold]\n"қ" = "к"'}))
    catalogue = Catalogue.of_packs([one, two])

    assert list(catalogue.code_lists_of("two")) == ["one.levels"]
    assert list(catalogue.code_lists_of("one")) == ["one.levels", "levels"]


def test_what_a_column_says_of_itself_is_said_in_every_language_or_not_at_all(make_pack: MakePack) -> None:
    said = [*TOWNS["schema"][0]["properties"][1]["customProperties"]]
    half, whole = (
        bent(customProperties=[*said, {"property": "altyn.summary", "value": value}])
        for value in ({"en": "Where it lies"}, {**LABEL, "en": "Where it lies"})
    )

    made = project(make_pack, PLACES, half)
    faults = check_project(made)

    assert [f.code for f in faults] == ["contract.profile"]
    assert "altyn.summary" in str(faults[0].what)
    assert "column place" in faults[0].where
    (made.folder / "packs/demo/registers/towns.odcs.yaml").write_text(write_document(whole), encoding="utf-8")
    assert check_project(made) == []
    assert Catalogue.of(made).registers["demo.towns"].columns[1].summary.text("en") == "Where it lies"
