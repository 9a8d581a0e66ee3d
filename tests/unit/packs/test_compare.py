"""A contract is a promise: what adds passes, what takes away needs a new major version."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.packs.catalogue import Catalogue
from altyn.packs.compare import breaks, hits, require_compatible
from altyn.packs.contracts import contract_of
from altyn.packs.manifest import load_pack
from tests.unit.packs.conftest import AREA, PLACES, TOWNS, MakePack

Change = Callable[[dict[str, Any]], object]


def column(document: dict[str, Any], number: int) -> dict[str, Any]:
    return document["schema"][0]["properties"][number]


def changed(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(PLACES)
    change(document)
    return document


def kinds(change: Change) -> list[tuple[str, str | None]]:
    old, new = contract_of(PLACES, "old").register, contract_of(changed(change), "new").register
    return [(b.kind, b.column) for b in breaks(old, new)]


NEW = {"name": "extra", "logicalType": "string"}


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda d: d["schema"][0]["properties"].append(NEW),
        lambda d: column(d, 2).update(physicalType="DECIMAL(14,4)"),
        lambda d: column(d, 2).update(logicalTypeOptions={"minimum": -1, "exclusiveMaximum": 50}),
        lambda d: column(d, 0).pop("logicalTypeOptions"),
        lambda d: column(d, 3).update(classification="public"),
        lambda d: d["schema"][0]["properties"].append(
            {**NEW, "required": True, "customProperties": [{"property": "altyn.constant", "value": "x"}]}
        ),
    ],
    ids=["nothing", "column", "wider", "looser", "unchecked", "opened", "constant"],
)
def test_what_adds_breaks_nothing(change: Change) -> None:
    assert kinds(change) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["schema"][0]["properties"].pop(), ("column-removed", "owner_note")),
        (lambda d: column(d, 2).update(physicalType="DECIMAL(11,3)"), ("type-narrowed", "area")),
        (lambda d: column(d, 2).update(physicalType="DECIMAL(12,4)"), ("type-narrowed", "area")),
        (lambda d: column(d, 3).update(logicalType="integer"), ("type-narrowed", "owner_note")),
        (lambda d: d["schema"][0]["properties"].append({**NEW, "required": True}), ("column-required", "extra")),
        (lambda d: column(d, 3).update(required=True), ("column-required", "owner_note")),
        (lambda d: column(d, 1).update(primaryKey=True, primaryKeyPosition=1), ("key-changed", None)),
        (
            lambda d: column(d, 2).update(logicalTypeOptions={"minimum": 0.5, "exclusiveMaximum": 50}),
            ("check-tightened", "area"),
        ),
        (lambda d: column(d, 3).update(unique=True), ("check-tightened", "owner_note")),
        (lambda d: column(d, 1).update(classification="restricted"), ("closed", "parent_code")),
        (lambda d: d["schema"][0]["customProperties"][2]["value"].update(open=False), ("closed", None)),
        (
            lambda d: d["schema"][0]["customProperties"][5]["value"][0].update(severity="refuse"),
            ("check-tightened", None),
        ),
    ],
)
def test_what_takes_away_is_a_break(change: Change, expected: tuple[str, str | None]) -> None:
    assert kinds(change) == [expected]


def test_an_allowed_value_that_goes_is_a_break() -> None:
    old, new = copy.deepcopy(PLACES), copy.deepcopy(PLACES)
    for document, values in ((old, ["a", "b"]), (new, ["b", "c"])):
        quality = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": values}}
        column(document, 3)["quality"] = [quality]

    found = breaks(contract_of(old, "old").register, contract_of(new, "new").register)

    assert [(b.kind, str(b.message)) for b in found] == [("value-removed", "owner_note may no longer be a.")]


def test_readers_that_are_hit_are_listed(make_pack: MakePack) -> None:
    catalogue = Catalogue.of_packs([load_pack(make_pack("demo", PLACES, TOWNS, files={"measures/area.toml": AREA}))])
    published = contract_of(PLACES, "old")
    new = contract_of(
        changed(
            lambda d: column(d, 2).update(
                logicalType="string", physicalType="VARCHAR", quality=[], logicalTypeOptions={}
            )
        ),
        "new",
    )

    with pytest.raises(AltynError) as caught:
        require_compatible(published.text(), new, catalogue)

    assert caught.value.code == "contract.breaks-readers"
    assert "demo.area (area)" in str(caught.value)
    assert "demo.towns" not in str(caught.value), "towns refer to another column"
    assert "2.0.0" in str(caught.value.mend)
    found = breaks(published.register, new.register)
    assert [h.reader for h in hits(found, new.register, catalogue)] == ["demo.area"]


def test_a_new_major_version_may_break_and_version_0_promises_nothing_to_outsiders(make_pack: MakePack) -> None:
    catalogue = Catalogue.of_packs([load_pack(make_pack("demo", PLACES, TOWNS, files={"measures/area.toml": AREA}))])

    def run(before: str, after: str, gone: int) -> None:
        old = {**copy.deepcopy(PLACES), "version": before}
        new = {**changed(lambda d: d["schema"][0]["properties"].pop(gone)), "version": after}
        require_compatible(contract_of(old, "old").text(), contract_of(new, "new"), catalogue)

    run("1.2.0", "2.0.0", 2)
    run("0.1.0", "0.2.0", 3)
    with pytest.raises(AltynError):
        run("0.1.0", "0.2.0", 2)
    with pytest.raises(AltynError):
        run("1.2.0", "1.3.0", 3)
