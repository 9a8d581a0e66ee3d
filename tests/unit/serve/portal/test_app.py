"""The portal as an application: it answers to this machine's own pages, in three languages, and tells a refusal as a page."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8321", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:80", 200),
        ("[::1]", 200),
        ("example.org", 421),
        ("localhost.example.org", 421),
        ("localhost:x", 421),
        ("localhost:123456", 421),
        ("localhost:٣", 421),
        ("", 421),
    ],
)
def test_only_this_machine_is_answered(loaded: Trial, host: str, status: int) -> None:
    found = portal(loaded).get("/en/about", headers={"host": host.encode("utf-8", "replace")})  # pyright: ignore[reportArgumentType]

    assert found.status_code == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost"])
def test_what_is_no_look_must_come_from_our_own_pages(loaded: Trial, origin: str) -> None:
    client = portal(loaded)

    assert client.post("/en/registers", headers={"origin": origin}).status_code == 421
    assert client.post("/en/registers", headers={"origin": "http://localhost"}).status_code == 405
    assert client.get("/en/registers", headers={"origin": origin}).status_code == 200


@pytest.mark.parametrize("address", ["/en/", "/en/registers/local.nothing", "/nowhere", "/en/registers?known_at=x"])
def test_every_answer_carries_what_keeps_a_page_to_itself(loaded: Trial, address: str) -> None:
    headers = portal(loaded).get(address).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("asked", "language"), [("ru,en;q=0.5", "ru"), ("kk-KZ", "kk"), ("de", "kk"), ("", "kk"), ("en-GB", "en")]
)
def test_the_first_page_is_in_the_language_of_the_browser(loaded: Trial, asked: str, language: str) -> None:
    found = portal(loaded).get("/", headers={"accept-language": asked})

    assert (found.status_code, found.headers["vary"]) == (307, "Accept-Language")
    assert found.headers["location"] == f"/{language}/"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/registers/local.nothing", 404),
        ("/en/registers/local.areas/row/9999", 404),
        ("/en/registers?known_at=yesterday", 400),
        ("/en/measures/nothing", 404),
        ("/en/registers?known_at=2020-01-01", 200),
        ("/de/registers", 404),
        ("/en/registers/local.areas/data.exe", 400),
    ],
)
def test_a_refusal_is_a_page_with_its_status(loaded: Trial, address: str, status: int) -> None:
    found = portal(loaded).get(address)

    assert found.status_code == status
    assert "<html" in found.text


def test_programs_are_refused_with_a_problem_and_a_closed_register_with_403(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()
    client = portal(fresh)
    found = client.get("/ru/registers/local.areas/rows.json")

    assert (found.status_code, found.headers["content-type"]) == (403, "application/problem+json")
    assert (found.json()["type"], found.json()["status"]) == ("gate.register-closed", 403)
    assert client.get("/ru/registers/local.areas/rows").status_code == 403


def test_every_page_says_its_language(loaded: Trial) -> None:
    client = portal(loaded)
    for language in ("kk", "ru", "en"):
        for address in ("/", "/registers", "/snapshots", "/about", "/search?q=алма", "/measures"):
            found = client.get(f"/{language}{address}")
            assert (found.status_code, f'lang="{language}"' in found.text) == (200, True), address
