"""Reading apart: what the confined process does for `apart.py`. Every task takes a pickled job of our own parent and answers in JSON.

All that a task needs is imported here, before the process forks for a job: the next job finds it there.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from altyn.engines import confined
from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources.apart import as_told
from altyn.sources.discovery import look_inside
from altyn.sources.kinds import reader
from altyn.sources.read import FileReader
from altyn.sources.staging import staged_columns


def stage(job: bytes) -> bytes:
    """Stage a file with its reader and write the rows down.

    Raises:
        JobFailedError: with the error of the reader.
    """
    kind, file, columns, options, scratch, table, path, memory_mb = pickle.loads(job)  # noqa: S301  # of our own parent
    one = _reader(kind)
    with _told_errors(), Session(spill=scratch / f"{table}.apart", memory_mb=memory_mb, threads=1) as session:
        query, extra = one.stage(session, file, columns, options, scratch, table)
        session.write_parquet(query, path)
    notes = [(note.rule, as_told(note.message)) for note in getattr(one, "notes", ())]
    answer = {"columns": [name for name, _ in staged_columns(columns)], "extra": extra, "notes": notes}
    return json.dumps(answer).encode()


def sample(job: bytes) -> bytes:
    """The headers in so many rows of a file, with the first values.

    Raises:
        JobFailedError: with the error of the reader.
    """
    kind, file, options, scratch, (rows, shown) = pickle.loads(job)  # noqa: S301  # of our own parent
    with _told_errors():
        found = _reader(kind).sample(file, options, scratch, rows)
    return json.dumps([(name, values[:shown]) for name, values in found]).encode()


def held(job: bytes) -> bytes:
    """What each column's cells are.

    Raises:
        JobFailedError: with the error of the reader.
    """
    kind, file, options, scratch = pickle.loads(job)  # noqa: S301  # of our own parent
    look_at: Callable[..., dict[str, str]] | None = getattr(_reader(kind), "held", None)
    with _told_errors():
        return json.dumps(look_at(file, options, scratch) if look_at else {}).encode()


def look(job: bytes) -> bytes:
    """How a file nobody has described is to be read.

    Raises:
        JobFailedError: with the error of looking.
    """
    kind, file, options, scratch, closing = pickle.loads(job)  # noqa: S301  # of our own parent
    with _told_errors():
        found = look_inside(kind, file, options, scratch, closing)
    notes, look_at = ([as_told(m) for m in messages] for messages in (found.notes, found.look_at))
    return json.dumps({"settings": dict(found.settings), "notes": notes, "look_at": look_at}).encode()


def _reader(kind: str) -> FileReader:
    return cast("FileReader", reader(kind))


@contextmanager
def _told_errors() -> Generator[None]:
    try:
        yield
    except AltynError as error:
        raise confined.JobFailedError(json.dumps({"error": _document(error)}).encode()) from None


def _document(error: AltynError) -> dict[str, Any]:
    what, mend = as_told(error.what), as_told(error.mend)
    return {"code": error.code, "what": what, "where": error.where, "mend": mend, "retry": error.retry}
