"""Declared: a journal is read with the contract of its time, and nobody sees more than the contracts since then allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.model.columns import TEXT, Column
from altyn.model.registers import Register
from altyn.store.declared import Declared
from altyn.store.folders import Folders
from altyn.store.snapshots import RegisterState

TODAY = Register("local.areas", "3.0.0", (Column("code", TEXT),), ("code",), "today")
KEPT = {name: replace(TODAY, contract_hash=name, version=name) for name in ("first", "second")}
KEPT["other"] = replace(TODAY, name="local.places", contract_hash="other")


def state(contract: str) -> RegisterState:
    return RegisterState("store/local/areas", 1, contract, "1.0.0")


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    (tmp_path / "contracts").mkdir()
    for name in (*KEPT, "unreadable"):
        (tmp_path / "contracts" / f"{name}.yaml").write_text(name, encoding="utf-8")

    def stricter(then: Register, since: Sequence[Register]) -> Register:
        return replace(then, owner=" ".join(r.contract_hash for r in since))

    return Declared(Folders(tmp_path), {"local.areas": TODAY}, KEPT.get, stricter)


def test_it_is_a_mapping_of_todays_registers(declared: Declared) -> None:
    assert dict(declared) == {"local.areas": TODAY}
    assert len(declared) == 1
    assert "local.places" not in declared


def test_a_state_is_read_with_its_own_contract(declared: Declared) -> None:
    assert declared.at("local.areas", state("today")) is TODAY
    assert declared.at("local.areas", state("first")) == KEPT["first"]


@pytest.mark.parametrize("contract", ["gone", "unreadable", "other"])
def test_where_that_contract_is_not_kept_todays_stands_in(declared: Declared, contract: str) -> None:
    assert declared.at("local.areas", state(contract)) is TODAY
    with pytest.raises(KeyError):
        declared.at("local.none", state(contract))


def test_a_register_of_no_pack_any_more_is_read_by_what_was_kept(declared: Declared) -> None:
    assert declared.at("local.places", state("other")) == KEPT["other"]


def test_a_contract_that_is_kept_later_is_found_then(declared: Declared, tmp_path: Path) -> None:
    (tmp_path / "contracts" / "first.yaml").unlink()
    assert declared.kept("first") is None

    (tmp_path / "contracts" / "first.yaml").write_text("first", encoding="utf-8")
    assert declared.kept("first") == KEPT["first"]


def test_what_may_be_seen_is_judged_by_every_contract_since(declared: Declared) -> None:
    later = [state("first"), state("second"), state("second"), state("unreadable"), state("today")]

    assert declared.seen("local.areas", state("first"), lambda: later).owner == "second today"
    assert declared.seen("local.areas", state("first")).owner == "today"


def test_under_todays_contract_nobody_is_asked_what_came_later(declared: Declared) -> None:
    def asked() -> Sequence[RegisterState]:
        raise AssertionError

    assert declared.seen("local.areas", state("today"), asked) is TODAY
