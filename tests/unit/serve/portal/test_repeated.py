"""Repeated: a page is given again only while nothing has changed, decided on anew, and never without its record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from altyn.policy.log.chain import NAME
from altyn.serve.portal.desk import Desk
from altyn.serve.portal.repeated import mark_of
from tests.integration.conftest import Trial, settled
from tests.unit.serve.portal.browsing import portal

ADDRESS = "/en/registers/local.areas"


@pytest.fixture
def still(fresh: Trial) -> Trial:
    """A project whose last snapshot is some time ago."""
    fresh.run()
    settled(fresh)
    return fresh


def test_a_second_reader_gets_the_same_page_under_a_record_of_his_own(still: Trial) -> None:
    client, log = portal(still), still.open().gate.log
    first = client.get(ADDRESS)
    count = len(log.records())
    second = client.get(ADDRESS)

    assert (first.text, first.headers["etag"]) == (second.text, second.headers["etag"])
    (record,) = log.records()[count:]
    assert record["outcome"] == "answered"
    assert record["repeats"] in {r["id"] for r in log.records()[:count]}


@pytest.mark.parametrize(("known", "status"), [("{tag}", 304), ("*", 304), ('"other", {tag}', 304), ('"other"', 200)])
def test_a_reader_who_has_the_page_is_told_so(still: Trial, known: str, status: int) -> None:
    client = portal(still)
    tag = client.get(ADDRESS).headers["etag"]
    found = client.get(ADDRESS, headers={"if-none-match": known.format(tag=tag)})

    assert (found.status_code, len(found.content) == 0) == (status, status == 304)


def test_no_page_leaves_when_its_record_cannot_be_written(still: Trial) -> None:
    client = portal(still)
    client.get(ADDRESS)
    (still.folder / ".altyn" / "log" / NAME).unlink()

    found = client.get(ADDRESS)
    assert found.status_code != 200
    assert "Алматы" not in found.text


def test_a_snapshot_and_an_hour_are_other_pages(still: Trial) -> None:
    desk = Desk(still.open())
    mark = mark_of(desk)
    assert mark is not None
    assert mark_of(desk) == mark
    still.now += timedelta(hours=2)
    assert mark_of(desk) != mark
    still.areas("1000,Алматы,99\n")
    still.run()
    client = portal(still)
    assert "99" in client.get(ADDRESS).text


def test_an_address_with_words_that_nobody_reads_is_made_each_time(still: Trial) -> None:
    client, log = portal(still), still.open().gate.log
    for _ in range(2):
        client.get(f"{ADDRESS}?nonsense=1")

    assert [r for r in log.records() if "repeats" in r] == []
