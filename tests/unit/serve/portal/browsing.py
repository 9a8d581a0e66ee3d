"""The portal of a small project, as a browser asks it; and packs with measures and pages of their own."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from altyn.serve.portal.app import create_app
from tests.integration.conftest import Trial

_MEASURE = """\
measure = "{name}"
version = "1.0.0"
title = {{kk = "Халық {name}", ru = "Население {name}", en = "People {name}"}}
definition = {{kk = "Саны", ru = "Число", en = "How many"}}
unit = "person"
grain = "one row for each"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''{rows}'''
value = "{value}"
type = "decimal(20,3)"
{more}
"""


def portal(trial: Trial, **how: Any) -> TestClient:
    """A browser at the portal."""
    return TestClient(create_app(trial.open(), **how), base_url="http://localhost", follow_redirects=False)


def add_measure(trial: Trial, name: str, rows: str, *, value: str = "sum(people)", more: str = "") -> None:
    """Declare a measure over areas."""
    folder = trial.folder / "packs" / "local" / "measures"
    folder.mkdir(exist_ok=True)
    text = _MEASURE.format(name=name, rows=rows, value=value, more=more)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def add_page(trial: Trial, name: str, text: str) -> None:
    """Declare a page."""
    folder = trial.folder / "packs" / "local" / "pages"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
