"""Erasing: an order has its ground and its hash; one person asks, another approves, and nothing is erased by asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.policy.principals import local
from altyn.serve.use_cases.erasing import approve, execute, expired, preview, request, shown, withdraw
from altyn.store.orders import Orders
from tests.integration.conftest import Trial

GROUND = "Court of Nowhere, decision 12"


@pytest.fixture
def run(fresh: Trial) -> Trial:
    fresh.run()
    return fresh


def asked(trial: Trial, key: str = "1000", ground: str = GROUND, kind: Any = "erase") -> Any:
    workspace = trial.open()
    return request(workspace, workspace.register("areas"), [key], ground, kind)


def refusal(trial: Trial, *told: Any) -> str:
    with pytest.raises(AltynError) as caught:
        asked(trial, *told)
    return caught.value.code


@pytest.mark.parametrize(
    ("told", "code"),
    [(("1000", " "), "order.ground"), (("9999",), "order.nothing"), (("",), "register.key")],
)
def test_an_order_has_a_ground_and_a_record(run: Trial, told: tuple[str, ...], code: str) -> None:
    assert refusal(run, *told) == code
    assert Orders(run.open().store.folders).all() == []


def test_asking_erases_nothing_and_says_what_would_go(run: Trial) -> None:
    found = asked(run)
    workspace = run.open()

    assert (found.order.status, found.preview.records, found.preview.versions) == ("requested", 1, 1)
    assert found.sources == ("data/areas.csv", "data/places.csv"), "the next extract would bring it again"
    assert preview(workspace, found.order.number).preview == found.preview
    assert workspace.snapshot().registers["local.areas"].rows == 2
    last = workspace.gate.log.records()[-1]
    assert (last["outcome"], last["order_records"]) == ("ordered", 1)
    assert "1000" not in str(last.get("statement", "")) + str(last.get("read"))
    assert GROUND not in str(last)


def test_who_asked_does_not_approve_and_what_was_shown_is_what_is_approved(run: Trial) -> None:
    number = asked(run).order.number
    document = shown(run.folder, number)
    second = replace(local(), uid=54321, login_uid=None, sudo_uid=None, outside=None)

    for hashed, who, code in (
        ("0" * 64, second, "order.changed"),
        (document["hash"][:7], second, "order.changed"),
        (document["hash"], replace(second, outside=5), "order.namespace"),
    ):
        with pytest.raises(AltynError, match=code.replace(".", r"\.")):
            approve(run.folder, number, hashed, who=who)
    first = replace(second, uid=document["requested_uids"][0] or 1, sudo_uid=document["requested_uids"][0])
    with pytest.raises(AltynError, match=r"order\.same-person"):
        approve(run.folder, number, document["hash"], who=first)
    assert approve(run.folder, number, document["hash"][:8].upper(), who=second)["hash"] == document["hash"]


def test_nothing_is_carried_out_without_a_second_person(run: Trial) -> None:
    number = asked(run).order.number

    with pytest.raises(AltynError, match=r"order\.(unapproved|namespace)"):
        execute(run.open(), number)
    with pytest.raises(AltynError, match=r"order\.missing"):
        shown(run.folder, number + 1)


def test_a_request_may_be_withdrawn_once(run: Trial) -> None:
    number = asked(run).order.number

    assert withdraw(run.open(), number).status == "withdrawn"
    for again in (withdraw, execute):
        with pytest.raises(AltynError, match=r"order\.decided"):
            again(run.open(), number)


def test_a_hold_keeps_a_record_from_being_erased(run: Trial) -> None:
    assert asked(run, kind="hold").order.status == "held"
    assert refusal(run) == "order.held"
    assert asked(run, "2000").order.status == "requested"


def test_a_period_of_retention_asks_for_what_has_ended_and_only_once(run: Trial) -> None:
    assert expired(run.open(), date(2030, 1, 1)) == [], "no contract names a period"
    path = run.folder / "packs" / "local" / "registers" / "places.odcs.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "    properties:", "      - {property: altyn.retention, value: P2Y}\n    properties:", 1
        ),
        encoding="utf-8",
    )

    assert expired(run.open(), date(2024, 12, 31)) == []
    (found,) = expired(run.open(), date(2025, 6, 1))
    assert (found.order.kind, found.order.register, found.preview.records) == ("retain", "local.places", 1)
    assert expired(run.open(), date(2025, 6, 1)) == []
