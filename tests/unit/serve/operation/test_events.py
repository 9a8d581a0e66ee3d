"""Events: one JSON object a line, from a closed list of fields."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from altyn.serve.operation.events import FIELDS, JsonLines, Libraries, place_of


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def told() -> tuple[io.StringIO, JsonLines]:
    stream = io.StringIO()
    return stream, JsonLines(stream, lambda: datetime(2026, 3, 1, 6, tzinfo=UTC))


def test_an_event_is_one_line_with_time_level_and_fields() -> None:
    stream, tell = told()
    tell("register", register="local.areas", read=3, seconds=0.12345, code=None)

    assert lines(stream) == [
        {
            "time": "2026-03-01T06:00:00.000Z", "level": "info", "event": "register",
            "register": "local.areas", "read": 3, "seconds": 0.123,
        }
    ]  # fmt: skip


def test_what_is_not_on_the_list_cannot_be_said() -> None:
    _, tell = told()

    with pytest.raises(AssertionError, match="path"):
        tell("register", path="/srv")
    assert not {"path", "query", "user", "message", "file"} & FIELDS.keys()


def test_a_line_stays_one_line_and_short() -> None:
    stream, tell = told()
    tell("request", route="a\nb\u2028" * 500)

    assert stream.getvalue().count("\n") == 1
    assert len(stream.getvalue()) < 1500


def test_what_libraries_say_loses_its_words() -> None:
    stream, tell = told()
    logger = logging.getLogger("test_events")
    logger.propagate = False
    logger.addHandler(Libraries(tell))
    try:
        int("Жасырын")
    except ValueError:
        logger.exception("could not serve %s", "/?q=Жасырын")
    logger.warning("Жасырын")
    failed, warned = lines(stream)

    assert "Жасырын" not in stream.getvalue()
    assert (failed["level"], failed["logger"], failed["kind"]) == ("error", "test_events", "ValueError")
    assert warned["level"] == "warning"
    assert str(warned["place"]).startswith("test_events.py:")


def test_a_place_is_a_file_and_a_line() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0

    assert place_of(caught.value).startswith("test_events.py:")
