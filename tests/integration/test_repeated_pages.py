"""Pages given again: as they were, recorded as they were, decided again, and no longer than they are true."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from altyn.errors import AltynError
from altyn.policy import gate as gates
from altyn.policy.gate import Gate
from altyn.policy.governed import require
from altyn.policy.log import AccessLog, AccessRecord, verify
from altyn.serve.portal.app import create_app
from altyn.serve.portal.repeated import Together
from altyn.serve.workspace import Workspace
from tests.integration.conftest import Trial, settled

PAGES = (
    "/kk/", "/ru/registers", "/en/registers/local.areas", "/en/registers/local.areas/rows", "/en/search?q=%D0%90%D0%BB",
    "/kk/registers/local.areas/row/1000", "/en/registers/local.areas?known_at=2026-03-20", "/en/snapshots", "/kk/about",
)  # fmt: skip
SAME = ("who", "kind", "purpose", "basis", "statement", "reason", "snapshot", "read", "columns", "rows")


class Portal:
    """A portal over a project whose last snapshot is some time ago, and what its log says."""

    def __init__(self, trial: Trial) -> None:
        settled(trial)
        self.workspace: Workspace = trial.open()
        self.client = TestClient(create_app(self.workspace), base_url="http://localhost", raise_server_exceptions=False)

    def get(self, address: str, **headers: str) -> tuple[Any, list[dict[str, Any]]]:
        """The answer, and the records that were written for it."""
        before = len(self.workspace.gate.log.records())
        answer = self.client.get(address, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return answer, self.workspace.gate.log.records()[before:]

    def kept(self) -> int:
        """How many pages are kept now."""
        text = self.client.get("/metrics").text
        return int(next(line for line in text.splitlines() if line.startswith("altyn_page_cache_pages ")).split()[1])


@pytest.fixture
def portal(trial: Trial) -> Portal:
    trial.run(days=10)
    return Portal(trial)


def engine_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise AssertionError("an engine ran")

    monkeypatch.setattr(Gate, "_run", stopped)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_given_again_is_the_same_and_leaves_the_same_records(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    first, made = portal.get(address)
    answered = [r for r in made if r["outcome"] == "answered"]
    engine_stops(monkeypatch)
    for _ in range(2):
        again, repeated = portal.get(address)

        assert (again.status_code, again.content) == (200, first.content)
        assert {k: v for k, v in again.headers.items() if k != "date"} == dict(first.headers)
        assert [{k: r.get(k) for k in SAME} for r in repeated] == [{k: r.get(k) for k in SAME} for r in answered]
        assert [r["repeats"] for r in repeated] == [r["id"] for r in answered]
        assert all(r["outcome"] == "answered" and "begun" not in r for r in repeated)
    assert verify(portal.workspace.gate.log).require_whole().unended == 0


def test_the_record_is_on_the_disk_before_a_kept_page_leaves_or_it_does_not_leave(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.get("/en/registers/local.areas/rows")

    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(AccessLog, "append_held", full)
    answer, written = portal.get("/en/registers/local.areas/rows")

    assert answer.status_code != 200
    assert "Алматы" not in answer.text
    assert not written


def test_the_gate_decides_again_on_a_kept_page(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/en/registers/local.areas/rows"
    portal.get(address)
    assert portal.get(address)[0].status_code == 200

    def strict(principal: Any, purpose: Any, permit: None, register: Any, face: str) -> object:
        return require(principal, purpose, permit, replace(register, is_open=False), face)

    monkeypatch.setattr(gates, "require", strict)
    answer, written = portal.get(address)

    assert answer.status_code == 403
    assert "Алматы" not in answer.text
    assert [r["outcome"] for r in written] == ["refused"]
    assert portal.get(address)[0].status_code == 403


def test_columns_that_may_be_seen_no_more_are_not_given_again(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/en/registers/local.areas/rows"
    assert "Алматы" in portal.get(address)[0].text

    def narrow(principal: Any, purpose: Any, permit: None, register: Any, face: str) -> object:
        governed = require(principal, purpose, permit, register, face)
        return replace(governed, columns=tuple(c for c in governed.columns if c.name != "title"))

    monkeypatch.setattr(gates, "require", narrow)
    _, written = portal.get(address)

    assert not any(r.get("repeats") for r in written)
    assert all("local.areas.title" not in r["columns"] for r in written)


def test_a_published_snapshot_is_seen_at_once_and_again_when_it_has_settled(trial: Trial, portal: Portal) -> None:
    address = "/en/registers/local.areas/rows"
    portal.get(address)
    trial.areas("1000,Алматы,20\n2000,Тараз,10\n")
    trial.run()
    for _ in range(2):
        answer, written = portal.get(address)
        assert "Тараз" in answer.text
        # Nothing is kept while the next change could still get the same time of the folder.
        assert not any("repeats" in r for r in written)
    settled(trial)
    portal.get(address)

    assert [r["snapshot"] for r in portal.get(address)[1] if r.get("repeats")] == [2]
    assert portal.kept() == 1


def test_a_snapshot_written_anew_under_its_number_takes_every_page_with_it(trial: Trial, portal: Portal) -> None:
    portal.get("/en/registers/local.areas/rows")
    portal.get("/en/registers/local.areas/rows")
    snapshots = portal.workspace.store.snapshots
    snapshots.replace(snapshots.get(1))
    settled(trial)

    assert not any("repeats" in r for r in portal.get("/en/registers/local.areas/rows")[1])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/registers/local.nothing", 404), ("/en/registers/local.areas/row/9999", 404), ("/en/nothing/here", 404),
        ("/en/registers?known_at=rubbish", 400), ("/en/registers/local.areas/data.csv", 200), ("/health", 200), ("/", 307),
        # Parameters that the page does not read, that stand twice, or that are written in another way than a browser does.
        ("/en/registers?x=1", 200), ("/en/search?q=a&q=a", 200), ("/en/search?%71=a", 200),
        ("/en/registers/local.areas/rows?page=0", 200), ("/en/registers/local.areas/rows?code.eq=1000&x=1", 200), ("/en/search?q=" + "a" * 2000, 200),
    ],
)  # fmt: skip
def test_what_is_never_kept(portal: Portal, address: str, status: int) -> None:
    for _ in range(2):
        answer = portal.client.get(address, follow_redirects=False)
        assert answer.status_code == status
    assert portal.kept() == 0


def test_no_refusal_is_kept(trial: Trial) -> None:
    trial.contract("1.0.0", is_open=False)
    trial.run()
    portal = Portal(trial)
    for _ in range(3):
        answer, written = portal.get("/en/registers/local.areas/rows")
        assert answer.status_code == 403
        assert [r["outcome"] for r in written] == ["refused"]
    assert portal.kept() == 0


def test_a_page_in_which_a_look_was_refused_is_not_kept(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Gate.read

    def partly(self: Gate, *given: Any, **named: Any) -> Any:
        try:
            read(self, given[0], "nothing", *given[2:], **named)
        except AltynError:
            return read(self, *given, **named)
        raise AssertionError("a purpose that is none was let in")

    monkeypatch.setattr(Gate, "read", partly)
    assert portal.get("/en/registers/local.areas/rows")[0].status_code == 200

    assert portal.kept() == 0


def test_a_page_made_while_a_snapshot_came_is_given_to_nobody_else(
    trial: Trial, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Gate.read

    def meanwhile(self: Gate, *given: Any, **named: Any) -> Any:
        answers = read(self, *given, **named)
        snapshots = portal.workspace.store.snapshots
        snapshots.replace(snapshots.get(1))
        settled(trial)
        return answers

    monkeypatch.setattr(Gate, "read", meanwhile)
    assert portal.get("/en/registers/local.areas/rows")[0].status_code == 200
    monkeypatch.undo()
    answer, written = portal.get("/en/registers/local.areas/rows")

    assert answer.status_code == 200
    assert not any("repeats" in r for r in written)
    assert [r["repeats"] for r in portal.get("/en/registers/local.areas/rows")[1]]


def test_a_reader_who_has_the_page_gets_none_and_is_recorded(portal: Portal) -> None:
    first, _ = portal.get("/kk/registers/local.areas/rows")
    tag = first.headers["etag"]
    again, written = portal.get("/kk/registers/local.areas/rows", if_none_match=f'"other", {tag}')

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in again.headers
    assert [r["repeats"] for r in written]
    assert portal.get("/kk/registers/local.areas/rows", if_none_match='W/"other"')[0].status_code == 200


def test_pages_are_packed_for_who_takes_it(portal: Portal) -> None:
    plain, _ = portal.get("/kk/registers", accept_encoding="identity")
    for _ in range(2):
        packed, _ = portal.get("/kk/registers", accept_encoding="gzip")
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert packed.text == plain.text
    assert "content-encoding" not in plain.headers
    assert portal.get("/static/altyn.css", accept_encoding="gzip")[0].headers["content-encoding"] == "gzip"


def test_kept_pages_are_counted_with_their_route_and_carry_every_header(portal: Portal) -> None:
    for _ in range(3):
        answer, _ = portal.get("/kk/registers/local.areas")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    lines = portal.client.get("/metrics").text.splitlines()

    assert 'altyn_http_requests_total{route="/{language}/registers/{register}",method="GET",status="200"} 3' in lines
    assert 'altyn_page_cache_requests_total{outcome="kept"} 2' in lines
    assert any(line.startswith("altyn_page_cache_bytes ") and int(line.split()[1]) > 5000 for line in lines)
    assert any(line.startswith("altyn_resident_memory_bytes ") for line in lines)
    assert portal.client.get("/kk/registers/local.areas", headers={"host": "evil.example"}).status_code == 421


async def at_once(portal: Portal, address: str, readers: int) -> list[httpx2.Response]:
    transport = httpx2.ASGITransport(app=portal.client.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return list(await asyncio.gather(*(client.get(address) for _ in range(readers))))


def test_of_readers_who_come_at_once_for_a_new_page_one_makes_it(portal: Portal) -> None:
    # What the values of a column are is counted once a snapshot, for all pages of rows: not what is tried here.
    portal.get("/kk/registers/local.areas/rows")
    before = len(portal.workspace.gate.log.records())
    answers = asyncio.run(at_once(portal, "/en/registers/local.areas/rows", 20))
    records = portal.workspace.gate.log.records()[before:]

    assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
    assert sum(r["outcome"] == "begun" for r in records) == 1
    assert sum("repeats" in r for r in records) == 19


def test_who_waits_for_what_is_never_kept_gets_it_all_the_same(portal: Portal) -> None:
    answers = asyncio.run(at_once(portal, "/en/registers/local.areas/data.csv", 5))
    records = portal.workspace.gate.log.records()

    assert [a.status_code for a in answers] == [200] * 5
    assert len({a.headers["x-altyn-record"] for a in answers}) == 5
    assert sum(r["outcome"] == "begun" for r in records) == 5


def test_readers_at_once_share_a_write(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    log, writes = portal.workspace.gate.log, list[int]()
    has_begun, all_wait, write_all = threading.Event(), threading.Event(), log.write_all

    def slow(records: list[AccessRecord]) -> list[str]:
        writes.append(len(records))
        has_begun.set()
        assert all_wait.wait(30)
        return write_all(records)

    monkeypatch.setattr(log, "write_all", slow)

    async def readers() -> None:
        together = Together(log)
        asked = [
            asyncio.ensure_future(together.write([AccessRecord("answered", f"r{n}", "portal")] * 2)) for n in range(50)
        ]
        # The first write has begun when the others have come to wait.
        await asyncio.to_thread(has_begun.wait, 30)
        all_wait.set()
        await asyncio.gather(*asked)

    before = len(log.records())
    asyncio.run(readers())

    assert sum(writes) == 100
    assert len(writes) <= 2
    assert len(log.records()) - before == 100
    verify(log).require_whole()


def test_a_write_that_fails_answers_nobody_and_the_next_one_is_tried(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = portal.workspace.gate.log
    append, record = AccessLog.append_held, AccessRecord("answered", "r", "portal")

    async def readers() -> list[object]:
        together = Together(log)
        monkeypatch.setattr(AccessLog, "append_held", lambda *_: _full())
        failed = await asyncio.gather(*(together.write([record]) for _ in range(3)), return_exceptions=True)
        monkeypatch.setattr(AccessLog, "append_held", append)
        await together.write([record])
        return list(failed)

    assert [getattr(error, "code", None) for error in asyncio.run(readers())] == ["gate.log"] * 3


def _full() -> None:
    raise OSError
