"""Unexpected: what nobody foresaw has a number and a line with places of the program, and no value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from altyn.serve.operation.unexpected import FILE, as_error, frames

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VALUE = "900101300123"


def raised() -> BaseException:
    """An exception with a cause, both with a value in their words."""

    def inner() -> None:
        raise KeyError(VALUE)

    def outer() -> None:
        try:
            inner()
        except KeyError as cause:
            raise ValueError(VALUE) from cause

    with pytest.raises(ValueError, match=VALUE) as caught:
        outer()
    return caught.value


def test_the_number_that_is_said_leads_to_the_line_and_neither_holds_a_value(tmp_path: Path) -> None:
    error = as_error(raised(), tmp_path, NOW, where="local.areas")
    line = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))

    assert error.code == "internal.unexpected"
    assert line["error"] in error.what.text("kk")
    assert (line["kind"], line["where"]) == ("builtins.ValueError", "local.areas")
    assert VALUE not in f"{line}{error.what.text('en')}{error.mend.text('en')}"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_places_of_the_cause_are_told_too() -> None:
    found = frames(raised())

    assert any(place.endswith(" inner") for place in found)
    assert all(not place.startswith("/") for place in found)


def test_where_nothing_can_be_written_the_error_is_told_all_the_same(tmp_path: Path) -> None:
    assert as_error(raised(), tmp_path / "gone", NOW, where="x").code == "internal.unexpected"


def test_an_endless_error_has_an_end() -> None:
    def again(depth: int) -> None:
        if depth:
            again(depth - 1)
        raise ValueError

    with pytest.raises(ValueError, match="^$") as caught:
        again(300)
    assert len(frames(caught.value)) == 60


def test_of_a_long_file_the_older_half_goes(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("".join(f'{{"error": "{n}"}}\n' for n in range(150_000)), encoding="utf-8")
    size = path.stat().st_size
    as_error(raised(), tmp_path, NOW, where="x")
    lines = path.read_text(encoding="utf-8").splitlines()

    assert path.stat().st_size < size * 0.6
    assert json.loads(lines[0])["error"] == "75000"
    assert json.loads(lines[-1])["where"] == "x"
