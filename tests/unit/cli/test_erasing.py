"""Verbs on orders: asked by one person, shown with a hash, approved by another; a wrong call erases nothing."""

from __future__ import annotations

from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_an_order_is_asked_for_listed_shown_and_withdrawn(altyn: Altyn, fresh: Trial) -> None:
    fresh.run()
    asked = altyn("erase", "areas", "1000", "--ground", "Court, 12", "--project", fresh.folder)
    assert asked.status == 0, asked.err
    assert "Nothing was erased yet." in asked.out
    assert "data/areas.csv" in asked.err

    (listed,) = altyn("orders", "--project", fresh.folder, "--json").json
    assert (listed["order"], listed["status"], listed["ground"]) == (1, "requested", "Court, 12")
    shown = altyn("orders", "show", "1", "--project", fresh.folder)
    assert "altyn orders approve 1 " in shown.out
    assert altyn("orders", "preview", "1", "--project", fresh.folder, "--json").json["records"] == 1
    assert "withdrawn" in altyn("orders", "withdraw", "1", "--project", fresh.folder).out
    assert altyn("query", "select count(*) from areas", "--project", fresh.folder).out == "2\n"


def test_a_wrong_call_is_refused(altyn: Altyn, fresh: Trial) -> None:
    fresh.run()
    assert altyn("erase", "areas", "--project", fresh.folder).status == 2
    assert "order.ground" in altyn("erase", "areas", "1000", "--project", fresh.folder).err
    altyn("erase", "areas", "1000", "--ground", "x", "--project", fresh.folder)
    assert altyn("orders", "show", "--project", fresh.folder).status == 2
    assert altyn("orders", "approve", "1", "--project", fresh.folder).status == 2
    assert "order." in altyn("orders", "execute", "1", "--project", fresh.folder).err
    assert "order.missing" in altyn("orders", "show", "7", "--project", fresh.folder).err


def test_a_hold_is_said_to_be_one_and_nothing_is_kept_too_long(altyn: Altyn, fresh: Trial) -> None:
    fresh.run()
    held = altyn("hold", "areas", "1000", "--ground", "Court, 12", "--project", fresh.folder)

    assert "Held: no order erases these records" in held.out
    assert "No record is kept longer" in altyn("retain", "--project", fresh.folder).out
