"""The portal over the real registers: every page, three languages, refusals, downloads, headers."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from altyn.policy.log import verify
from altyn.serve.portal.app import create_app
from altyn.serve.workspace import Workspace

PAGES = (
    "/",
    "/?year=2005",
    "/tour",
    "/scoreboard",
    "/registers",
    "/registers/kazakhstan.kato",
    "/registers/kazakhstan.population_2020_by_sex",
    "/registers/kato/rows",
    "/registers/kazakhstan.kato/rows?name_ru.has=кызыл&level.eq=settlement&sort=-name_kk&page=2",
    "/registers/kazakhstan.kato/rows?nothing.eq=1&level.eq=settlement",
    "/registers/kazakhstan.population/api?population.min=500000",
    "/registers/kazakhstan.kato/row/191800000",
    "/registers/kazakhstan.tax_rates/row/101000000/NK%20RK%2011-2025/2026-01-01",
    "/registers/council.statements",
    "/country",
    "/registers/civil.persons",
    "/registers/civil.addresses/rows",
    "/measures",
    "/measures/civil.population_pyramid",
    "/measures/civil.population_pyramid?sex=F",
    "/measures/civil.population_pyramid/rows?age_group=0-4&sex=F",
    "/measures/civil.migration",
    "/measures/kazakhstan.population_by_region",
    "/measures/kazakhstan.population_by_region?area=350000000",
    "/measures/kazakhstan.population_total",
    "/measures/kazakhstan.population_by_region/rows?area=350000000&year=2023&vintage=revised",
    "/measures/kazakhstan.tax_decisions",
    "/search",
    "/search?q=Қарағанды",
    "/snapshots",
    "/about",
)


@pytest.fixture(scope="module")
def portal(demo: Workspace) -> TestClient:
    return TestClient(create_app(demo), base_url="http://127.0.0.1:8321", follow_redirects=False)


class Links(HTMLParser):
    """Addresses in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect addresses and ids."""
        for name, value in attrs:
            if name in {"href", "src", "action"} and value:
                self.found.append((tag, value))
            if name == "id" and value:
                self.ids.append(value)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_in_every_language(portal: TestClient, language: str, page: str) -> None:
    answer = portal.get(f"/{language}{page}")
    links = Links()
    links.feed(answer.text)

    assert answer.status_code == 200, answer.text[:500]
    assert f'<html lang="{language}">' in answer.text
    assert len(links.ids) == len(set(links.ids))
    # What a page loads or sends comes from and goes to this portal alone; links to laws may lead out.
    assert all(value.startswith("/") for tag, value in links.found if tag in {"link", "script", "img", "form"})


def test_no_link_of_the_portal_leads_nowhere(portal: TestClient) -> None:
    seen: set[str] = set()
    waiting = ["/kk/"]
    while waiting and len(seen) < 350:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = portal.get(address)

        assert answer.status_code == 200, f"{unquote(address)}: {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        links = Links()
        links.feed(answer.text)
        inside = [v.split("#")[0] for t, v in links.found if t == "a" and v.startswith("/kk/")]
        # Every kind of page, a few of each: the rows of a register look alike.
        waiting += [v for v in inside if sum(_kind(v) == _kind(s) for s in seen) < 8]
    assert len(seen) > 100


def _kind(address: str) -> str:
    return re.sub(r"/row/.*|\?.*", "", address)


def test_the_first_page_is_kazakh_unless_the_reader_asks_for_another(portal: TestClient) -> None:
    def led(header: str) -> str:
        return portal.get("/", headers={"accept-language": header}).headers["location"]

    assert led("") == "/kk/"
    assert led("de-DE,de;q=0.9") == "/kk/"
    assert led("de,ru;q=0.8,en;q=0.9") == "/en/"
    assert led("ru-KZ,ru;q=0.9") == "/ru/"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "",
        "10.0.0.1:8321",
        "localhost:x",
        "localhost:",
        "localhost:80:80",
        "127.0.0.1:-1",
        "localhost:999999",
    ],
)
def test_a_foreign_host_is_refused(portal: TestClient, host: str) -> None:
    assert portal.get("/kk/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1:9", "[::1]:8321", "[::1]"])
def test_this_machines_own_names_are_answered(portal: TestClient, host: str) -> None:
    assert portal.get("/kk/about", headers={"host": host}).status_code == 200


def test_a_foreign_origin_may_not_send(portal: TestClient) -> None:
    assert portal.post("/kk/", headers={"origin": "http://evil.example"}).status_code == 421


def test_headers_allow_nothing_from_elsewhere(portal: TestClient) -> None:
    headers = portal.get("/kk/").headers

    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe-inline" not in headers["content-security-policy"]


def test_downloads_hold_every_row_and_say_where_they_come_from(portal: TestClient) -> None:
    table = portal.get("/kk/registers/kazakhstan.kato/data.csv")
    document = portal.get("/en/measures/kazakhstan.population_total/data.json")

    assert len(list(csv.DictReader(io.StringIO(table.text)))) == 15594
    assert table.headers["x-altyn-snapshot"] == "1"
    told = json.loads(document.text)["provenance"]
    assert (told["altyn.purpose"], told["altyn.data"]) == ("synthetic", "real")
    assert table.headers["content-disposition"] == 'attachment; filename="kazakhstan.kato-1.csv"'
    assert portal.get("/kk/registers/kazakhstan.kato/data.parquet").content[:4] == b"PAR1"
    assert portal.get("/kk/registers/kazakhstan.kato/data.exe").status_code == 400


def test_a_reader_who_has_the_page_is_told_so(portal: TestClient) -> None:
    tag = portal.get("/kk/registers").headers["etag"]

    assert portal.get("/kk/registers", headers={"if-none-match": tag}).status_code == 304
    assert portal.get("/ru/registers", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    "text", ["Қарағанды", "караганды", "КАРАГАНДЫ", "qaraghandy", "karagandy", "Караганды", "қарағанды"]
)
def test_search_folds_letters_both_ways(portal: TestClient, text: str) -> None:
    found = portal.get("/kk/search", params={"q": text}).text

    assert "Қарағанды қ." in found


@pytest.mark.parametrize("text", ["'; drop table r; --", "%", "<script>alert(1)</script>", "\\", "a" * 5000, "$s0"])
def test_search_takes_any_text(portal: TestClient, text: str) -> None:
    answer = portal.get("/kk/search", params={"q": text})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_tour_claims_no_more_than_exists(portal: TestClient) -> None:
    page = portal.get("/en/tour").text

    assert page.count('class="claim"') == 17
    assert page.count('<p class="tags"><span class="badge unbuilt">') + page.count('class="go"') == 17
    for target in re.findall(r'class="go" href="([^"]+)"', page):
        assert portal.get(target.replace("&amp;", "&")).status_code == 200


def test_the_scoreboard_shows_both_vintages_and_calls_the_old_one_late(portal: TestClient) -> None:
    page = portal.get("/en/scoreboard").text

    assert "19,765,004" in page
    assert "19,766,807" in page
    assert "revised: both vintages are kept" in page
    assert "late: the newest number" in page
    assert "no comparable source" in page


def test_a_time_before_the_first_snapshot_is_a_clear_page(portal: TestClient) -> None:
    answer = portal.get("/en/registers/kazakhstan.kato/rows?known_at=2020-01-01")

    assert answer.status_code == 404
    assert "Nothing was known at that time" in answer.text
    assert portal.get("/en/?known_at=rubbish").status_code == 400


def test_every_look_is_in_the_log(portal: TestClient, demo: Workspace) -> None:
    before = verify(demo.gate.log).records
    portal.get("/kk/registers/kazakhstan.kato/row/191800000")

    assert verify(demo.gate.log).records > before
    assert demo.gate.log.records()[-1]["who"] == "portal:local"


def test_an_old_file_loaded_today_is_not_fresh(portal: TestClient) -> None:
    old = portal.get("/en/registers/kazakhstan.population").text
    new = portal.get("/en/registers/kazakhstan.kato").text

    assert "newest year in it: 2023" in old
    assert "▲ late" in old
    assert "● fresh" in new
