"""Histories: every version of a record, found by its key or by the first parts of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from altyn.errors import AltynError
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.policy.gate import Answer
from altyn.policy.principals import local
from altyn.serve.use_cases.histories import history_relation, history_through, versions_of
from tests.integration.conftest import Trial

TWO = Register("local.x", "1.0.0", (Column("a", TEXT), Column("b", INTEGER)), ("a", "b"), "hash")
ONE = Register("local.y", "1.0.0", (Column("a", TEXT),), ("a",), "hash")


@pytest.mark.parametrize(
    ("register", "key", "bound"),
    [
        (TWO, "x/1", {"k0": "x", "k1": "1"}),
        (TWO, "x", {"k0": "x"}),
        (TWO, "x/", {"k0": "x", "k1": ""}),
        (ONE, "a/b", {"k0": "a/b"}),
        (ONE, "Ә'; drop", {"k0": "Ә'; drop"}),
    ],
)
def test_parts_of_a_key_are_bound_and_never_written(register: Register, key: str, bound: dict[str, object]) -> None:
    found = history_relation(register, key)

    assert found.parameters == bound
    assert "drop" not in found.sql


@pytest.mark.parametrize(("register", "key"), [(TWO, "x/1/2"), (TWO, ""), (ONE, "")])
def test_a_key_that_does_not_fit_is_refused_with_the_columns_of_it(register: Register, key: str) -> None:
    with pytest.raises(AltynError) as caught:
        history_relation(register, key)

    assert caught.value.code == "register.key"
    assert "/".join(register.key) in caught.value.what.text("en")


def test_each_version_says_when_it_was_known_and_where_it_stood(loaded: Trial) -> None:
    workspace = loaded.open()
    register = workspace.register("areas")
    (answer,) = workspace.gate.read(local(), "open", [history_relation(register, "1000")])
    old, new = versions_of(workspace, register, answer)

    assert (old.values["people"], new.values["people"]) == (20, 25)
    assert (old.op, old.file, old.line, new.line) == ("put", "data/areas.csv", 2, 2)
    assert (old.recorded_at.date() < new.recorded_at.date(), old.batch.number < new.batch.number) == (True, True)
    assert {"batch", "op", "recorded_at", "row_hash", "line_no"}.isdisjoint(old.values)


def test_an_older_generation_is_read_only_where_it_may_be(fresh: Trial) -> None:
    fresh.run()
    fresh.contract("2.0.0")
    path = fresh.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "logicalType: integer, physicalType: BIGINT", "logicalType: string, physicalType: VARCHAR"
    )
    path.write_text(text.replace(", logicalTypeOptions: {minimum: 0}", ""), encoding="utf-8")
    fresh.areas("1000,Алматы,21\n2000,Ақтөбе,10\n")
    assert not fresh.run().errors
    workspace = fresh.open()

    def read(relation: Relation, moment: datetime | None) -> Answer:
        return workspace.gate.read(local(), "open", [relation], known_at=moment)[0]

    register = workspace.register("areas")
    seen = [
        [
            (v.op, str(v.values["people"]))
            for v in history_through(
                workspace, register, "1000", None, may_read=lambda _, m=may_read: m, read=read
            ).versions
        ]
        for may_read in (True, False)
    ]
    assert seen[0] == [("put", "20"), ("carried", "20"), ("put", "21")]
    assert [text for _, text in seen[1]] == ["20", "21"], "what the newer generation took over, and no more"
