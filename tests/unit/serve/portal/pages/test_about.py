"""About and snapshots: what the project is made of, and what it has published."""

from __future__ import annotations

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


def test_snapshots_stand_newest_first(loaded: Trial) -> None:
    loaded.areas("1000,Алматы,5\n")
    loaded.run()
    text = portal(loaded).get("/en/snapshots").text
    numbers = [text.find(f"known_at={s.published_at:%Y-%m-%d}") for s in loaded.open().snapshots()]

    assert len(numbers) > 1
    assert text.count("<tr") >= len(numbers)


def test_about_names_no_source_without_a_licence(loaded: Trial) -> None:
    found = portal(loaded).get("/en/about")

    assert found.status_code == 200
    assert "Sources and licences" not in found.text
