"""Reading: small files written into a project and read as text, for the tests of the readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model import Column, ColumnType
from altyn.model.sql import identifier
from altyn.sources.read import Reading, read
from altyn.sources.spec import SourceSpec, spec_from_table

Staged = list[tuple[object, ...]]


def columns(*names: str, kind: str = "text") -> tuple[Column, ...]:
    """Columns named c0, c1 ... found under the given headers."""
    return tuple(
        Column(f"c{i}", ColumnType(kind), header=name)  # type: ignore[arg-type]
        for i, name in enumerate(names)
    )


def spec(folder: Path, path: str, **settings: object) -> SourceSpec:
    """The source of register lab.things."""
    return spec_from_table("lab.things", {"path": path, **settings}, folder)


def rows(session: Session, reading: Reading, asked: Sequence[Column]) -> Staged:
    """All staged rows: line, problem, then the values."""
    names = ", ".join(["line_no", "_problem", *(identifier(c.name) for c in asked)])
    return [r for part in reading.parts for r in session.run(f"SELECT {names} FROM ({part.query}) ORDER BY line_no")]


def stage(folder: Path, path: str, asked: Sequence[Column], **settings: object) -> Staged:
    """Read a file of a project and give its rows."""
    scratch = folder / ".scratch"
    scratch.mkdir(exist_ok=True)
    with Session(threads=1) as session:
        reading = read(session, spec(folder, path, **settings), asked, scratch)
        found = rows(session, reading, asked)
        reading.confirm_unchanged()
    return found


def raws(folder: Path, path: str, asked: Sequence[Column], **settings: object) -> Staged:
    """Line and raw text of a file's problem rows."""
    scratch = folder / ".scratch"
    scratch.mkdir(exist_ok=True)
    with Session(threads=1) as session:
        reading = read(session, spec(folder, path, **settings), asked, scratch)
        return session.run(
            f"SELECT line_no, _raw FROM ({reading.parts[0].query}) WHERE _problem IS NOT NULL ORDER BY 1"
        )


def refused(folder: Path, path: str, asked: Sequence[Column], **settings: object) -> AltynError:
    """The error that reading a file ends in."""
    with pytest.raises(AltynError) as caught:
        stage(folder, path, asked, **settings)
    return caught.value
