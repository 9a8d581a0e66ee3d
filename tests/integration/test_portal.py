"""The portal of a small project that changes: what was known when, history, faults of ours."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from altyn.serve.portal.app import create_app
from altyn.serve.portal.pages import registers
from altyn.serve.use_cases import refusals
from altyn.serve.use_cases.running import resubmit
from altyn.serve.workspace import Workspace
from tests.integration.conftest import Trial, settled
from tests.integration.strange import stranger, texts


def portal(trial: Trial, *, raises: bool = True) -> TestClient:
    return TestClient(create_app(trial.open()), base_url="http://localhost", raise_server_exceptions=raises)


@pytest.fixture
def corrected(trial: Trial) -> Trial:
    """Two runs, on 2 and 12 March: one area was counted anew, one is new, one row is refused."""
    trial.run(days=1)
    trial.areas("1000,Алматы,25\n2000,Ақтөбе,10\n3000,Атырау,5\n40x,Абай,1\n")
    trial.run(days=10)
    return trial


def test_a_record_shows_each_version_and_what_changed(corrected: Trial) -> None:
    page = portal(corrected).get("/en/registers/local.areas/row/1000").text

    assert page.count('class="version"') == 2
    assert page.index("March 12, 2026") < page.rindex("March 2, 2026")
    assert "<small>was: 20</small>" in page
    assert "areas.csv, line 2" in page


def test_pages_stay_in_the_time_the_reader_asks_about(corrected: Trial) -> None:
    then = portal(corrected).get("/en/registers/local.areas?known_at=2026-03-05").text
    now = portal(corrected).get("/en/registers/local.areas").text

    assert "As it was known then." in then
    assert "<b>2</b> · <a" in then
    assert "<b>3</b> · <a" in now
    assert "rows refused" in now
    assert "rows refused" not in then
    assert then.count("areas.csv") == 1
    assert now.count("areas.csv") == 2
    assert 'href="/en/registers/local.areas/rows?known_at=2026-03-05"' in then
    assert "known_at" not in now


def test_downloads_follow_the_time_too(corrected: Trial) -> None:
    old = portal(corrected).get("/en/registers/local.areas/data.csv?known_at=2026-03-05")

    assert old.headers["x-altyn-snapshot"] == "1"
    assert "Атырау" not in old.text


def test_an_own_project_offers_no_way_to_what_it_does_not_have(corrected: Trial) -> None:
    """The pack brings a tour, a map and indicators, and none of their data."""
    path = corrected.folder / "altyn.toml"
    path.write_text(
        re.sub(r"packs = \[(.*)\]", r'packs = ["kazakhstan", "council", \1]', path.read_text("utf-8")), "utf-8"
    )
    pages = portal(corrected)

    for language in ("kk", "ru", "en"):
        seen, waiting = set[str](), [f"/{language}/"]
        while waiting:
            address = waiting.pop()
            seen.add(address)
            answer = pages.get(address)
            assert answer.status_code == 200, address
            if "data." not in address:
                found = re.findall(r'href="(/[^"#?]*)', answer.text)
                waiting += [
                    a for a in dict.fromkeys(found) if a.startswith(f"/{language}/") and a not in {*seen, *waiting}
                ]
        assert not {f"/{language}/{name}" for name in ("tour", "scoreboard", "measures")} & seen
        assert {f"/{language}/registers/local.areas/row/1000", f"/{language}/registers/kazakhstan.kato"} <= seen
    home = pages.get("/en/").text
    assert "Areas" in home
    assert "Declared, never loaded: 10" in pages.get("/en/registers").text
    assert "Open registers of ." not in home


def test_search_finds_texts_of_a_register_that_says_of_no_column_what_it_is(corrected: Trial) -> None:
    page = portal(corrected).get("/en/search?q=алм").text

    assert 'href="/en/registers/local.areas/row/1000"' in page
    assert "Nothing was found." in portal(corrected).get("/en/search?q=кокше").text


def test_a_project_without_a_snapshot_says_so(trial: Trial) -> None:
    answer = portal(trial).get("/en/")

    assert answer.status_code == 404
    assert "The project has no snapshot yet." in answer.text
    assert "altyn run" in answer.text
    assert portal(trial).get("/en/registers").status_code == 200


def test_a_fault_of_ours_is_a_page_with_all_headers(corrected: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(registers, "freshness", broken)
    answer = portal(corrected, raises=False).get("/ru/registers?known_at=rubbish")
    fault = portal(corrected, raises=False).get("/ru/registers")

    assert answer.status_code == 400
    assert fault.status_code == 500
    assert '<html lang="ru">' in fault.text
    assert "ZeroDivision" not in fault.text
    assert fault.headers["content-security-policy"].startswith("default-src 'none'")
    assert fault.headers["x-content-type-options"] == "nosniff"


def test_a_lost_reader_keeps_the_language(corrected: Trial) -> None:
    answer = portal(corrected).get("/ru/nothing/here")

    assert answer.status_code == 404
    assert '<html lang="ru">' in answer.text


def test_what_was_fresh_is_late_later_though_nothing_was_published(trial: Trial) -> None:
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}slaProperties:\n  - {{property: frequency, value: 1, unit: d}}\n", encoding="utf-8")
    trial.run()
    settled(trial)
    client = portal(trial)
    client.get("/en/registers/local.areas")
    first = client.get("/en/registers/local.areas")
    again = {"if-none-match": first.headers["etag"]}

    assert client.get("/en/registers/local.areas", headers=again).status_code == 304
    trial.now += timedelta(hours=27)
    later = client.get("/en/registers/local.areas", headers=again)
    assert later.status_code == 200
    assert later.text != first.text


def test_a_mended_row_shows_where_it_first_stood_and_what_was_written(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {**texts("code"), "born": ("born", "date")})
    path = tmp_path / "packs" / "local" / "registers" / "brought.odcs.yaml"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["schema"][0]["properties"][1]["logicalTypeOptions"] = {"format": "dd.MM.yyyy"}
    path.write_text(json.dumps(document), encoding="utf-8")
    brought.bring("code,born\n1,31.12.2023\n2,31.02.2024\n")
    brought.run()
    workspace = Workspace.open(tmp_path)
    mended = tmp_path / "mended.csv"
    mended.write_bytes(
        refusals.export_quarantine(workspace, workspace.register("brought"), purpose="open").replace(b"31.02", b"29.02")
    )
    resubmit(workspace, workspace.register("brought"), mended)
    client = TestClient(create_app(Workspace.open(tmp_path)), base_url="http://127.0.0.1")
    page = client.get("/en/registers/local.brought/row/2").text

    assert "as written: 29.02.2024" in page
    assert "first in data/brought.csv, line 3, batch 1" in " ".join(page.split())


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:x", "data:text/html,x", "//evil"]
)
def test_a_contract_cannot_make_a_link_that_runs(trial: Trial, address: str) -> None:
    contract = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    line = f'      - {{property: altyn.source, value: {{publisher: "-", url: "{address}"}}}}\n'
    text = contract.read_text(encoding="utf-8")
    place = text.index("      - {property:")
    contract.write_text(text[:place] + line + text[place:], encoding="utf-8")
    trial.run()
    page = portal(trial).get("/en/registers/local.areas")

    assert page.status_code == 200
    assert address.strip() not in page.text
