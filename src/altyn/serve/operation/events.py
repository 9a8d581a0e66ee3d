"""Events: what Altyn says of its own work to those who operate it, one JSON object a line, and never a value.

What may be said is a closed list of fields: numbers, codes, names of registers, templates of routes. Not a path of the
machine, a query, a person's name or the words of somebody else's exception: those may quote a row.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Protocol, TextIO

from altyn.model.instants import Clock, system_clock

LEVELS = ("info", "warning", "error")
FORMATS = ("text", "json")
# field -> what it holds. Whatever is not here cannot be said.
FIELDS = {
    "version": "of Altyn",
    "snapshot": "number of a snapshot",
    "register": "full name of a register",
    "outcome": "published, unchanged or failed",
    "status": "of a register in a run, or of an HTTP answer",
    "code": "of an error, from the closed list",
    "kind": "class of an exception that has no code",
    "place": "file and line of the program",
    "logger": "name of a library's logger",
    "route": "template of an address, never the address",
    "method": "of an HTTP request",
    "port": "the portal's",
    "seconds": "of work",
    "peak_memory_bytes": "the most the process has held so far",
    **dict.fromkeys(("read", "put", "same", "retracted", "refused", "waiting", "rows"), "a count of rows"),
    **dict.fromkeys(("registers", "measures", "findings"), "a count of things"),
}
EventValue = str | int | float | bool | None
_LONGEST = 200


class Tell(Protocol):
    """How an event is told."""

    def __call__(self, event: str, /, *, level: str = "info", **fields: EventValue) -> None:
        """Tell one event; fields are those of `FIELDS`, None leaves one out."""
        ...


def say_nothing(event: str, /, *, level: str = "info", **fields: EventValue) -> None:
    """Tell nobody: for people at a terminal, who see tables instead."""
    del event, level, fields


class JsonLines:
    """Events as JSON lines on a stream, standard error unless another is given."""

    def __init__(self, stream: TextIO | None = None, clock: Clock = system_clock) -> None:
        self._stream = stream
        self._clock = clock

    def __call__(self, event: str, /, *, level: str = "info", **fields: EventValue) -> None:
        """Write one event."""
        assert level in LEVELS, level
        assert fields.keys() <= FIELDS.keys(), f"not to be said: {sorted(fields.keys() - FIELDS.keys())}"
        said = {name: _short(value) for name, value in fields.items() if value is not None}
        time = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": time, "level": level, "event": event, **said}, ensure_ascii=False)
        stream = self._stream or sys.stderr
        # One write a line: lines of several threads do not run into each other.
        stream.write(line + "\n")
        stream.flush()


def _short(value: EventValue) -> EventValue:
    if isinstance(value, float):
        return round(value, 3)
    return value[:_LONGEST] if isinstance(value, str) else value


def place_of(error: BaseException) -> str:
    """Where in the program an exception came up: file and line, without the machine's folders and without its words."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        found = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


class Libraries(logging.Handler):
    """What libraries log, as events without their words, which may quote a request or a row."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Tell that something was logged, by whom and where in the program."""
        error = record.exc_info[1] if record.exc_info else None
        self._tell(
            "library",
            level="error" if record.levelno >= logging.ERROR else "warning",
            logger=record.name,
            place=f"{Path(record.pathname).name}:{record.lineno}",
            kind=type(error).__name__ if error else None,
        )


def hear_libraries(tell: Tell) -> None:
    """Send everything that libraries log or warn of through `tell`, and nowhere else."""
    root = logging.getLogger()
    root.handlers = [Libraries(tell)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # A line that cannot be written would be told on standard error with its arguments and its traceback.
    logging.raiseExceptions = False
