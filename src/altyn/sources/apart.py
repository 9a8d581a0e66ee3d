"""Apart: files whose readers must hold them whole are read in a confined process, which stages them as Parquet.

A workbook and a JSON document are parsed before anybody knows what they hold: one cell in the last corner of a sheet asked for
400 GB, 60 columns of a million records took 6 GB. Read apart, a file takes no more than its process may, and costs its register
only; whoever only looks at one (`altyn add`, `altyn link`) looks apart too. A small file that cannot ask for more than its size
is read where it is: starting a process costs 0.3 CPU seconds. What the process does is in `reading_apart.py`.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.engines import confined
from altyn.engines.confined import Worker
from altyn.errors import CODES, AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.files import SourceFile
from altyn.sources.workbook import is_harmless

# Beyond this many bytes a file is read apart.
FROM_BYTES = confined.MB
BOUNDS = confined.Bounds(bytes=64 * confined.MB, cpu_s=900, wall_s=1800, memory_mb=3072, file_mb=16_384)
_KINDS = frozenset({"json", "geojson", "xlsx"})
_TASK = "altyn.sources.reading_apart:"


@dataclass(frozen=True, slots=True)
class Staged:
    """What a file gave: a query over its rows, the headers nobody declared, and (rule, message) of what is worth a note."""

    query: str
    extra: tuple[str, ...]
    notes: tuple[tuple[str, Message], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a file gave: settings of its source, and what to tell of them, as `discovery.Discovered` has it."""

    settings: Mapping[str, object]
    notes: tuple[Message, ...]
    look_at: tuple[Message, ...]


def is_needed(kind: str | None, file: SourceFile) -> bool:
    """Whether a file is to be read apart."""
    if kind not in _KINDS:
        return False
    return file.path.stat().st_size > FROM_BYTES or (kind == "xlsx" and not is_harmless(file.path))


def stage(  # noqa: PLR0917  # the shape of a reader, its kind, and where it is done
    kind: str,
    file: SourceFile,
    columns: Sequence[Column],
    options: Mapping[str, object],
    scratch: Path,
    table: str,
    worker: Worker | None = None,
) -> Staged:
    """Stage a file in a worker's process, or else in one of its own.

    Raises:
        AltynError: what its reader raises, and `source.too-large` where it takes more than the process may.
    """
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = scratch.resolve() / f"{table}.apart.parquet"
    path.unlink(missing_ok=True)
    job = (kind, file, tuple(columns), dict(options), scratch.resolve(), table, path, BOUNDS.memory_mb // 3)
    said = _done("stage", job, kind, file, worker)
    names = ", ".join(identifier(str(n)) for n in said["columns"])
    return Staged(
        f"SELECT {names} FROM read_parquet({literal(str(path))})",
        tuple(map(str, said["extra"])),
        tuple((str(rule), as_message(message)) for rule, message in said["notes"]),
    )


def sample(  # noqa: PLR0917  # the shape of a reader, its kind, and where it is done
    kind: str,
    file: SourceFile,
    options: Mapping[str, object],
    scratch: Path,
    rows: tuple[int, int],
    worker: Worker | None = None,
) -> list[tuple[str, list[str | None]]]:
    """The headers a reader finds in so many rows, with so many of the first values; errors as in `stage`."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = _done("sample", (kind, file, dict(options), scratch.resolve(), rows), kind, file, worker)
    return [(str(name), list(values)) for name, values in said]


def held(
    kind: str, file: SourceFile, options: Mapping[str, object], scratch: Path, worker: Worker | None = None
) -> dict[str, Any]:
    """What a reader says that each column's cells are; errors as in `stage`."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    return dict(_done("held", (kind, file, dict(options), scratch.resolve()), kind, file, worker))


def look(  # noqa: PLR0917  # the shape of a reader, what closes a table, and where it is done
    kind: str,
    file: SourceFile,
    options: Mapping[str, object],
    scratch: Path,
    closing: Sequence[str],
    worker: Worker | None = None,
) -> Seen:
    """What `discovery.look_inside` finds; errors as in `stage`."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = _done("look", (kind, file, dict(options), scratch.resolve(), tuple(closing)), kind, file, worker)
    return Seen(said["settings"], tuple(map(as_message, said["notes"])), tuple(map(as_message, said["look_at"])))


def _done(work: str, job: tuple[object, ...], kind: str, file: SourceFile, worker: Worker | None) -> Any:
    # What is sent is ours and pickled; what comes back was made of a stranger's file and is JSON.
    sent = (_TASK + work, pickle.dumps(job), BOUNDS)
    try:
        return json.loads(worker.run(*sent) if worker else confined.run(*sent, keeps_rights=True))
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


def as_told(message: Message) -> list[Any]:
    """A message on its way to another process."""
    values = [
        (name, {"message": as_told(v)} if isinstance(v, Message) else v if isinstance(v, (int, float)) else str(v))
        for name, v in message.values
    ]
    return [message.template, [*values, *message.translations]]


def as_message(told: Any) -> Message:
    """A message that came from another process."""
    template, values = told
    return say(str(template), **{str(n): as_message(v["message"]) if isinstance(v, dict) else v for n, v in values})


def _error(told: dict[str, Any], file: SourceFile) -> AltynError:
    said: dict[str, Any] = told.get("error") or {}
    if said.get("code") in CODES:
        return AltynError(
            said["code"],
            what=as_message(said["what"]),
            where=str(said["where"]),
            mend=as_message(said["mend"]),
            retry=bool(said["retry"]),
        )
    return AltynError(
        "source.format",
        what=say("The file cannot be read ({kind}).", kind=str(told.get("kind") or "-")),
        where=file.display,
        mend=say("Export it again, or correct the source's options."),
    )
