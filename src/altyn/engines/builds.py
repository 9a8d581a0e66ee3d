"""Builds: a table computed in a confined process that can reach the files of its inputs, and the one it writes, and nothing else.

What a measure says is a stranger's text. Its session is new, sees its inputs as views, has external access off before the text is
read, and is locked; the process around it has limits of memory, time and file size, and no network (`confined.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from altyn.engines import confined
from altyn.engines.duckdb import Session, full, not_permitted
from altyn.errors import AltynError
from altyn.model.sql import identifier, literal

_TASK = "altyn.engines.builds:build"
_ENVIRONMENT = {"environment.full": full, "environment.permission": not_permitted}


# Types that a parameter may have, by name: how a text of them is read again.
_READ: Mapping[str, Callable[[str], object]] = {
    "str": str, "int": int, "float": float, "Decimal": Decimal, "date": date.fromisoformat,
    "datetime": datetime.fromisoformat, "bool": lambda text: text == "True",
}  # fmt: skip


def _sent(value: object) -> tuple[str, str] | None:
    """A parameter on its way to the process: its type's name and its text; None for a missing one."""
    if value is None:
        return None
    kind = type(value).__name__
    assert kind in _READ, "parameters are plain values"
    return kind, value.isoformat() if isinstance(value, date) else str(value)


def _received(sent: Sequence[str] | None) -> object:
    return None if sent is None else _READ[sent[0]](sent[1])


class BuildFailedError(Exception):
    """A table that cannot be computed; `kind` is the engine's name for why, `is_limit` says that it asked for too much."""

    def __init__(self, kind: str, *, is_limit: bool = False) -> None:
        super().__init__(kind)
        self.kind = kind
        self.is_limit = is_limit


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """What one table may take: megabytes before the engine spills, seconds, megabytes of its file or of any spilled one."""

    memory_mb: int = 1200
    cpu_s: int = 3600
    wall_s: int = 3600
    file_mb: int = 32_768

    @property
    def bounds(self) -> confined.Bounds:
        """Those of the process. What the engine does not count, its threads and the program come beside its own limit."""
        return confined.Bounds(65_536, self.cpu_s, self.wall_s, 2 * self.memory_mb + 1024, self.file_mb)


class Builds:
    """Builds tables one after another, in one process that forks for each: a worker's that is given, else its own."""

    def __init__(self, spill: Path, limits: BuildLimits, worker: confined.Worker | None = None) -> None:
        self._worker = worker or confined.Worker()
        self._spill = spill
        self._limits = limits

    def write(
        self,
        sql: str,
        bound: Mapping[str, str],
        files: Sequence[Path],
        path: Path,
        parameters: Mapping[str, object] = MappingProxyType({}),
    ) -> int:
        """Write the rows of a query to one Parquet file and return how many there were.

        Args:
            sql: the query.
            bound: each table it reads -> what may stand after FROM, over `files`.
            files: all that may be read.
            path: the file to write; what stood there is gone.
            parameters: values of `$name`.

        Raises:
            BuildFailedError: when it cannot be computed, or takes too much.
            AltynError: `environment.full`, `environment.permission`.
        """
        job = {
            "sql": sql,
            "views": {name: f"SELECT * FROM {text}" for name, text in bound.items()},
            "parameters": {name: _sent(value) for name, value in parameters.items()},
            "files": sorted({str(f.resolve()) for f in files}),
            "path": str(path.resolve()),
            "spill": str(self._spill.resolve()),
            "memory_mb": self._limits.memory_mb,
        }
        path.unlink(missing_ok=True)
        try:
            return int(self._worker.run(_TASK, json.dumps(job).encode(), self._limits.bounds))
        except confined.ExceededError:
            raise BuildFailedError("", is_limit=True) from None
        except confined.JobFailedError as error:
            kind = str(confined.told(error).get("kind") or "")
            of_machine = _ENVIRONMENT.get(kind)
            raise (of_machine() if of_machine else BuildFailedError(kind)) from None

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def build(told: bytes) -> bytes:
    """In the process: write one table and answer with its number of rows."""
    job: dict[str, Any] = json.loads(told)
    try:
        with Session(spill=Path(job["spill"]), memory_mb=job["memory_mb"]) as session:
            # The paths must be named before access is closed; afterwards no setting can be changed.
            files = ", ".join(literal(f) for f in (*job["files"], job["path"]))
            session.run(f"SET allowed_paths = [{files}]")
            session.run("SET enable_external_access = false")
            for name, sql in job["views"].items():
                session.run(f"CREATE VIEW {identifier(name)} AS {sql}")
            session.run("SET lock_configuration = true")
            parameters = {name: _received(sent) for name, sent in job["parameters"].items()} or None
            return str(session.write_parquet(job["sql"], Path(job["path"]), parameters=parameters)).encode()
    except AltynError as error:
        raise confined.JobFailedError(json.dumps({"kind": error.code}).encode()) from None
