"""Apart: files whose readers must hold them whole are read in a confined process, which stages them as Parquet.

A workbook and a JSON document are parsed before anybody knows what they hold: one cell in the last corner of a sheet asked for
400 GB, 60 columns of a million records took 6 GB. Read apart, a file takes no more than its process may, and costs its register
only. A small file that cannot ask for more than its size is read where it is: starting a process costs 0.3 CPU seconds.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from altyn.engines import confined
from altyn.engines.duckdb import Session
from altyn.errors import CODES, AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.files import SourceFile
from altyn.sources.workbook import is_harmless

# Beyond this many bytes a file is read apart.
FROM_BYTES = confined.MB
BOUNDS = confined.Bounds(bytes=confined.MB, cpu_s=900, wall_s=1800, memory_mb=3072, file_mb=16_384)
_KINDS = frozenset({"json", "geojson", "xlsx"})
_TASK = "altyn.sources.apart:stage_told"


@dataclass(frozen=True, slots=True)
class Staged:
    """What a file gave: a query over its rows, the headers nobody declared, and (rule, message) of what is worth a note."""

    query: str
    extra: tuple[str, ...]
    notes: tuple[tuple[str, Message], ...]


def is_needed(kind: str, file: SourceFile) -> bool:
    """Whether a file is to be read apart."""
    if kind not in _KINDS:
        return False
    return file.path.stat().st_size > FROM_BYTES or (kind == "xlsx" and not is_harmless(file.path))


def stage(  # noqa: PLR0917  # the shape of a reader, and its kind
    kind: str, file: SourceFile, columns: Sequence[Column], options: Mapping[str, object], scratch: Path, table: str
) -> Staged:
    """Stage a file in a process of its own.

    Raises:
        AltynError: what its reader raises, and `source.too-large` where it takes more than the process may.
    """
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = scratch.resolve() / f"{table}.apart.parquet"
    path.unlink(missing_ok=True)
    job = pickle.dumps((kind, file, tuple(columns), dict(options), scratch.resolve(), table, path))
    try:
        # What is sent is ours and pickled; what comes back was made of a stranger's file and is JSON.
        said = json.loads(confined.run(_TASK, job, BOUNDS, keeps_rights=True))
    except confined.ExceededError:
        raise AltynError(
            "source.too-large",
            what=say(
                "Reading the file takes more than {mb} MB of memory or {seconds} seconds.",
                mb=BOUNDS.memory_mb,
                seconds=BOUNDS.cpu_s,
            ),
            where=file.display,
            mend=say("Write one record a line (NDJSON), which is read as a stream.")
            if kind != "xlsx"
            else say("Export the register as CSV or Parquet."),
        ) from None
    except confined.JobFailedError as error:
        raise _error(confined.told(error), file) from None
    names = ", ".join(identifier(str(n)) for n in said["columns"])
    return Staged(
        f"SELECT {names} FROM read_parquet({literal(str(path))})",
        tuple(map(str, said["extra"])),
        tuple((str(rule), _message(message)) for rule, message in said["notes"]),
    )


def stage_told(job: bytes) -> bytes:
    """In the process: stage a file with its reader and write the rows down.

    Raises:
        JobFailedError: with the error of the reader.
    """
    from altyn.sources.read import reader, staged_columns

    kind, file, columns, options, scratch, table, path = pickle.loads(job)  # noqa: S301  # from our own parent
    one = cast("Any", reader(kind))
    try:
        with Session(spill=scratch / f"{table}.apart", memory_mb=BOUNDS.memory_mb // 3, threads=1) as session:
            query, extra = one.stage(session, file, columns, options, scratch, table)
            session.write_parquet(query, path)
    except AltynError as error:
        raise confined.JobFailedError(json.dumps({"error": _document(error)}).encode()) from None
    notes = [(note.rule, _told(note.message)) for note in getattr(one, "notes", ())]
    answer = {"columns": [name for name, _ in staged_columns(columns)], "extra": extra, "notes": notes}
    return json.dumps(answer).encode()


def _document(error: AltynError) -> dict[str, Any]:
    what, mend = _told(error.what), _told(error.mend)
    return {"code": error.code, "what": what, "where": error.where, "mend": mend, "retry": error.retry}


def _told(message: Message) -> list[Any]:
    values = [
        (name, {"message": _told(v)} if isinstance(v, Message) else v if isinstance(v, (int, float)) else str(v))
        for name, v in message.values
    ]
    return [message.template, values]


def _message(told: Any) -> Message:
    template, values = told
    return say(str(template), **{str(n): _message(v["message"]) if isinstance(v, dict) else v for n, v in values})


def _error(told: dict[str, Any], file: SourceFile) -> AltynError:
    said: dict[str, Any] = told.get("error") or {}
    if said.get("code") in CODES:
        return AltynError(
            said["code"],
            what=_message(said["what"]),
            where=str(said["where"]),
            mend=_message(said["mend"]),
            retry=bool(said["retry"]),
        )
    return AltynError(
        "source.format",
        what=say("The file cannot be read ({kind}).", kind=str(told.get("kind") or "-")),
        where=file.display,
        mend=say("Export it again, or correct the source's options."),
    )
