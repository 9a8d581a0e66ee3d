"""The portal in a real browser: accessibility, keyboard, phone width, no scripts, no request to anybody else."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from altyn.serve.workspace import Workspace
from tests.judges import ROOT, require

pytestmark = [pytest.mark.slow, pytest.mark.needs("node", "chromium", "browser")]

WALK = Path(__file__).with_name("portal_browser.mjs")
PAGES = {
    "home": "/",
    "home-2005": "/?year=2005",
    "tour": "/tour",
    "scoreboard": "/scoreboard",
    "registers": "/registers",
    "register": "/registers/kazakhstan.kato",
    "country": "/country",
    "pyramid": "/measures/civil.population_pyramid",
    "synthetic rows": "/registers/civil.persons/rows",
    "quarantined": "/registers/kazakhstan.population_2020_by_sex",
    "rows": "/registers/kazakhstan.tax_rates/rows",
    "filtered": "/registers/kazakhstan.population/rows?population.min=500000&area.eq=110000000&nothing=1",
    "programs": "/registers/kazakhstan.population/api",
    "row": "/registers/kazakhstan.kato/row/191800000",
    "measures": "/measures",
    "measure": "/measures/kazakhstan.population_by_region",
    "series": "/measures/kazakhstan.population_total",
    "figures": "/measures/council.figures_by_indicator",
    "counted": "/measures/kazakhstan.population_by_region/rows?area=350000000&year=2023&vintage=revised",
    "search": "/search?q=%D0%90%D0%BB%D0%BC%D0%B0%D1%82%D1%8B",
    "snapshots": "/snapshots",
    "about": "/about",
}


@pytest.fixture(scope="module")
def address(demo: Workspace) -> Iterator[str]:
    """Where the demo's pages are served."""
    with served(demo.project.folder) as base:
        yield base


@contextlib.contextmanager
def served(folder: Path) -> Generator[str]:
    """The pages of a project, served by the command a user types."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        Path(sys.executable).with_name("altyn"),
        "serve",
        "--project",
        str(folder),
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{base}/kk/about")
            yield base
        finally:
            server.terminate()


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail("The portal did not start.")


@pytest.fixture(scope="module")
def saw(address: str) -> dict[str, Any]:
    """What the browser saw on its walk."""
    return walked(address, PAGES, hands=True)


def walked(address: str, pages: dict[str, str], *, hands: bool) -> dict[str, Any]:
    """A walk through pages, with keyboard and clicks where `hands`. ALTYN_TEST_SHOTS=folder keeps pictures of every page."""
    shots = os.environ.get("ALTYN_TEST_SHOTS", "")
    asked = {"pages": pages, "languages": ["kk", "ru", "en"], "widths": [1280, 360], "shots": shots, "hands": hands}
    command = [require("node"), WALK, require("browser"), require("chromium"), address, json.dumps(asked)]
    walk = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert walk.returncode == 0, walk.stderr[-3000:]
    return json.loads(walk.stdout)


# An own project: one register of a stranger's file, in a state whose pack brings a tour, a map and indicators without data.
OWN_PAGES = {
    "own-home": "/",
    "own-registers": "/registers",
    "own-register": "/registers/local.licences",
    "own-rows": "/registers/local.licences/rows",
    "own-row": "/registers/local.licences/row/000065",
    "own-search": "/search?q=0000",
    "own-snapshots": "/snapshots",
    "own-about": "/about",
}


@pytest.fixture(scope="module")
def saw_own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser saw of an own project."""
    folder = tmp_path_factory.mktemp("own") / "clinics"
    altyn, days = Path(sys.executable).with_name("altyn"), ROOT / "docs/tutorials/your-own-excel"
    contract = folder / "packs/local/registers/licences.odcs.yaml"
    subprocess.run([altyn, "init", folder, "--state", "Kazakhstan"], check=True, capture_output=True)
    file = folder / "data/licences.xlsx"
    file.write_bytes((days / "day-1.xlsx").read_bytes())
    subprocess.run([altyn, "add", file, "--yes", "--project", folder], check=True, capture_output=True)
    text = contract.read_text(encoding="utf-8")
    text = text.replace("open: false", "open: true").replace("classification: internal", "classification: public")
    contract.write_text(text, encoding="utf-8")
    subprocess.run([altyn, "run", "--project", str(folder)], check=True, capture_output=True)
    with served(folder) as base:
        return walked(base, OWN_PAGES, hands=False)


def test_an_own_project_is_whole_on_every_page(saw_own: dict[str, Any]) -> None:
    assert {name: status for name, status in saw_own["statuses"].items() if status != 200} == {}
    assert {kind: saw_own[kind] for kind in ("axe", "outside", "console", "wide")} == {
        "axe": [],
        "outside": [],
        "console": [],
        "wide": [],
    }


def test_every_page_opens(saw: dict[str, Any]) -> None:
    assert {name: status for name, status in saw["statuses"].items() if status != 200} == {}


def test_axe_finds_nothing(saw: dict[str, Any]) -> None:
    assert saw["axe"] == []


def test_nobody_else_is_asked_for_anything(saw: dict[str, Any]) -> None:
    assert saw["outside"] == []


def test_the_browser_has_nothing_to_complain_of(saw: dict[str, Any]) -> None:
    assert saw["console"] == []


def test_no_page_runs_off_a_phone(saw: dict[str, Any]) -> None:
    assert saw["wide"] == []


def test_the_keyboard_is_enough(saw: dict[str, Any]) -> None:
    keyboard = saw["keyboard"]

    assert (keyboard["first"], keyboard["visible"], keyboard["inMain"]) == ("#main", True, True)
    assert keyboard["outline"] == "solid"
    assert "2023" not in keyboard["title"]
    assert "Қарағанды қ." in keyboard["found"]


def test_scripts_are_comfort_only(saw: dict[str, Any]) -> None:
    assert "2005" in saw["plain"]["title"]
    assert "Қарағанды қ." in saw["plain"]["found"]
    assert saw["plain"]["drilled"].endswith("/rows")
