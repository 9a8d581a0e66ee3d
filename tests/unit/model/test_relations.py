"""Relations: checked when built, so that a wrong one cannot exist."""

from __future__ import annotations

import dataclasses

import pytest

from altyn.errors import AltynError
from altyn.model import Input, Relation


def test_a_relation_that_reads_what_it_does_not_name_cannot_be_built() -> None:
    with pytest.raises(AltynError, match="model.relation"):
        Relation("SELECT * FROM kato JOIN secret USING (id)", {"kato": Input("k.kato")})


def test_a_relation_cannot_be_changed() -> None:
    relation = Relation("SELECT 1 AS x", {})

    with pytest.raises(dataclasses.FrozenInstanceError):
        relation.sql = "SELECT 2"  # pyright: ignore[reportAttributeAccessIssue]


def test_the_fingerprint_is_of_meaning_not_of_spelling() -> None:
    inputs = {"kato": Input("k.kato")}
    one, same = Relation("select code from kato", inputs), Relation("SELECT  code\nFROM kato", inputs)

    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != Relation("select code from kato", {"kato": Input("k.kato", "history")}).fingerprint
    assert one.fingerprint != Relation("select code as c from kato", inputs).fingerprint
