"""Governed copies: a whole one and what changed since give what a whole one gives, today and for every earlier day."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from altyn.store import slices
from tests.integration.conftest import Trial

Ask = Callable[..., list[tuple[object, ...]]]
SQL = "SELECT code, title, people, batch FROM areas ORDER BY code"
DAYS = (
    "1000,Алматы,20\n2000,Ақтөбе,10\n3000,Әулиекөл,5\n",
    "1000,Алматы,21\n2000,Ақтөбе,10\n3000,Әулиекөл,5\n",
    "1000,Алматы,21\n2000,Ақтөбе,10\n4000,Өскемен,7\n",
    "1000,Алматы,20\n2000,Ақтөбе,10\n3000,Әулиекөл,6\n4000,Өскемен,7\n",
    "2000,Ақтөбе,10\n3000,Әулиекөл,6\n4000,Өскемен,7\n",
)


def copies(trial: Trial, pattern: str = "*") -> list[Path]:
    return sorted((trial.folder / ".altyn" / "derived" / "current" / "local.areas").glob(f"{pattern}.parquet"))


@pytest.fixture
def since(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much changed, it lies beside the first copy."""
    monkeypatch.setattr(slices, "_MOST_SINCE", 10)


@pytest.mark.usefixtures("since")
def test_what_changed_since_gives_what_a_whole_copy_gives(trial: Trial, ask: Ask) -> None:
    expected: list[list[tuple[object, ...]]] = []
    for day, text in enumerate(DAYS):
        trial.areas(text)
        assert not trial.run().errors
        assert len(copies(trial, "*.since")) == day
        answer = ask(trial, SQL)
        expected.append(answer)
        assert [",".join(map(str, row[:3])) for row in answer] == text.split()
    assert len(copies(trial)) == len(DAYS), "one whole copy, and one file a day"
    assert [ask(trial, SQL, known_at=f"2026-03-{day + 2:02d}") for day in range(len(DAYS))] == expected
    for path in copies(trial):
        path.unlink()
    assert [ask(trial, SQL, known_at=f"2026-03-{day + 2:02d}") for day in range(len(DAYS))] == expected


def test_where_much_changed_the_copy_is_whole_again(trial: Trial) -> None:
    for text in DAYS[:3]:
        trial.areas(text)
        trial.run()
    assert copies(trial, "*.since") == []
    assert len(copies(trial)) == 3


@pytest.mark.usefixtures("since")
def test_a_column_that_was_closed_is_in_no_copy_that_is_read(trial: Trial, ask: Ask) -> None:
    trial.areas(DAYS[0])
    trial.run()
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 1.1.0")
    path.write_text(
        text.replace("physicalType: BIGINT, classification: public", "physicalType: BIGINT, classification: internal"),
        encoding="utf-8",
    )
    trial.areas(DAYS[1])
    trial.run()

    assert copies(trial, "*.since") == []
    assert ask(trial, "SELECT * EXCLUDE (recorded_at, valid_from, valid_to) FROM areas ORDER BY code")[0] == (
        "1000",
        "Алматы",
        1,
    )


@pytest.mark.usefixtures("since")
def test_copies_nobody_needs_are_removed(trial: Trial, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(slices, "_KEPT_SNAPSHOTS", 2)
    for text in DAYS:
        trial.areas(text)
        trial.run()
    assert len(copies(trial, "*.since")) == 2
    assert len(copies(trial)) == 3
    assert len(ask(trial, SQL, known_at="2026-03-03")) == 3, "an older state is built again"
    shutil.rmtree(trial.folder / ".altyn" / "derived" / "current")
    assert len(ask(trial, SQL)) == 3
