"""Writing: each register's file and the truth beside them, chunk by chunk, in any number of processes, always the same bytes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from altyn.engines.duckdb import Session, full
from altyn.errors import AltynError
from altyn.model.sql import identifier, literal
from altyn.model.worlds import Country, Rendering
from altyn.world.chunks import WINDOW, Chunk, plan
from altyn.world.companies import how_many, organisations
from altyn.world.draws import Draws, Ints, record_numbers
from altyn.world.people import simulate
from altyn.world.today import tables
from altyn.world.words import CountryWords, put_tables
from altyn.world.workbooks import write_workbook

_MILLION = 1_000_000
# People whose chunks are written together.
_TOGETHER = 20_000
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A row's own number for its draws and its record number: the subject, above it which of the subject's rows, above that the second writing.
_ITEM, _SECOND = 1 << 26, 1 << 36
_BY_ORGANISATION = ("organisations", "owners", "directors")
# The simplest of mistakes a hand makes, over any alphabet: u is a draw below 1,000,000.
_MACROS = """
CREATE MACRO typo(t, u) AS CASE WHEN length(t) < 4 THEN t ELSE CASE u % 4
  WHEN 0 THEN left(t, 1 + (u // 4) % (length(t) - 2)) || substr(t, 3 + (u // 4) % (length(t) - 2))
  WHEN 1 THEN left(t, 1 + (u // 4) % (length(t) - 1)) || substr(t, 1 + (u // 4) % (length(t) - 1))
  WHEN 2 THEN left(t, 1 + (u // 4) % (length(t) - 3)) || substr(t, 3 + (u // 4) % (length(t) - 3), 1)
    || substr(t, 2 + (u // 4) % (length(t) - 3), 1) || substr(t, 4 + (u // 4) % (length(t) - 3))
  ELSE left(t, 1 + (u // 4) % (length(t) - 2)) || substr(t, 1 + (u // 400) % length(t), 1).lower()
    || substr(t, 3 + (u // 4) % (length(t) - 2)) END END;
CREATE MACRO falls(u, share) AS u < share * 1000000;
CREATE MACRO on_day(n) AS DATE '1970-01-01' + CAST(n AS INTEGER);
CREATE MACRO twelve(n) AS lpad(CAST(n AS VARCHAR), 12, '0');
CREATE MACRO with_comma(cents) AS CAST(cents // 100 AS VARCHAR) || ',' || lpad(CAST(cents % 100 AS VARCHAR), 2, '0');
CREATE MACRO mobile(n) AS '+70' || lpad(CAST(n AS VARCHAR), 9, '0');
"""


@dataclass(frozen=True, slots=True)
class ChunkJob:
    """All that a process needs to write a chunk."""

    make: Callable[[], tuple[Country, Sequence[Rendering]]]
    seed: int
    persons: int
    day: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows by register, people alive by (area, female, age band of five years)."""

    rows: dict[str, int]
    people: dict[tuple[str, int, int], int]


class _Desk:
    """What a process keeps between chunks: tables of names in a session of one thread."""

    def __init__(self, job: ChunkJob) -> None:
        self.job = job
        self.country, self.renderings = job.make()
        self.words = CountryWords.of(self.country)
        self.draws = Draws(job.seed)
        self.session = Session(threads=1)
        put_tables(self.session, self.country, self.words)
        for macro in (_MACROS, *self.country.macros):
            self.session.run(macro)
        numbers = np.arange(how_many(job.persons))
        self.organisations = organisations(self.country, self.draws, numbers)
        self.today = int(np.datetime64(self.country.base, "D").astype(np.int64)) + job.day
        self.register("organisation", self.organisations)

    def register(self, name: str, columns: dict[str, Ints]) -> None:
        """Offer columns of numbers as a table of the session."""
        self.session.connection.register(f"_{name}", columns)
        self.session.run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _{name}")
        self.session.connection.unregister(f"_{name}")

    def write(self, number: int, chunks: Sequence[Chunk]) -> Written:
        """Write some chunks of every register; none are the organisations, which are not spread over chunks."""
        if not chunks:
            there = self.organisations["founded"] <= self.today
            columns = {name: values[there] for name, values in self.organisations.items()}
            found = {"organisations": columns | {"since": columns["founded"]}}
            people = dict[tuple[str, int, int], int]()
        else:
            found, people = self._simulated(chunks)
        rows = {r.register: self.render(r, found[r.of], number) for r in self.renderings if r.of in found}
        return Written(rows, people)

    def _simulated(self, chunks: Sequence[Chunk]) -> tuple[dict[str, dict[str, Ints]], dict[tuple[str, int, int], int]]:
        """What each table of the world holds of some chunks, one behind another; people alive by area, sex and age."""
        parts: list[dict[str, dict[str, Ints]]] = []
        people: Counter[tuple[str, int, int]] = Counter()
        for chunk in chunks:
            world = simulate(self.country, self.words, self.draws, chunk)
            parts.append(tables(self.country, self.draws, world, self.job.day))
            people.update(_counted(self.country.areas[chunk.area].code, parts[-1]["people"]))
        if len(parts) == 1:
            return parts[0], dict(people)
        whole = {
            table: {name: np.concatenate([part[table][name] for part in parts]) for name in parts[0][table]}
            for table in parts[0]
        }
        return whole, dict(people)

    def render(self, rendering: Rendering, columns: dict[str, Ints], number: int) -> int:
        """One register's rows of a chunk, as CSV and as truth."""
        subject_name = "organisation" if rendering.of in _BY_ORGANISATION else "person"
        subject = columns[subject_name]
        ids = subject + columns.get("item", np.zeros(len(subject), np.int64)) * _ITEM
        again = np.flatnonzero(self.draws.chance(f"{rendering.register} twice", ids, rendering.twice))
        ids = np.concatenate([ids, ids[again] + _SECOND])
        drawn = {name: np.concatenate([values, values[again]]) for name, values in columns.items()}
        drawn["record"] = record_numbers(self.draws, rendering.register, ids)
        drawn["copy"] = (np.arange(len(ids)) >= len(subject)).astype(np.int64)
        for i in range(rendering.draws):
            drawn[f"d{i}"] = self.draws.below(f"{rendering.register} {i}", ids, _MILLION)
        drawn["today"] = np.full(len(ids), self.today)
        self._correct(rendering, ids, drawn)
        drawn = self._arrived(rendering, ids, drawn)
        self.register("rows", drawn)
        shown = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in rendering.columns.items())
        labels = "".join(f", {sql} AS {identifier(name)}" for name, sql in rendering.labels.items())
        self.session.run(
            f"CREATE OR REPLACE TEMP TABLE written AS SELECT {shown}, rows.record AS _record, rows.{subject_name} AS _subject{labels} "
            f"FROM rows {rendering.joins} WHERE {rendering.where} ORDER BY rows.record"
        )
        stem = self.job.folder / "parts" / f"{rendering.register}-{number:05d}"
        names = ", ".join(map(identifier, rendering.columns))
        self.session.run(
            f"COPY (SELECT {names} FROM written) TO {literal(str(stem) + '.csv')} "
            f"(FORMAT csv, HEADER {'true' if number == 0 else 'false'}, DELIMITER {literal(rendering.delimiter)})"
        )
        extra = "".join(f", {identifier(n)}" for n in rendering.labels)
        self.session.run(
            f"COPY (SELECT CAST({identifier(rendering.key)} AS VARCHAR) AS record, _subject AS subject{extra} FROM written) "
            f"TO {literal(str(stem) + '.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )
        if rendering.encoding != "utf-8":
            path = Path(f"{stem}.csv")
            path.write_bytes(path.read_text(encoding="utf-8").encode(rendering.encoding, "replace"))
        return int(self.session.one("SELECT count(*) FROM written")[0])

    def _correct(self, rendering: Rendering, ids: Ints, drawn: dict[str, Ints]) -> None:
        """Where the keeper has found mistakes of a row by today, none of them happened: its draws are such that nothing falls."""
        if not rendering.corrected:
            return
        day = self.today - self.job.day + 1 + self.draws.below(f"{rendering.register} correcting day", ids, WINDOW - 1)
        right = self.draws.chance(f"{rendering.register} corrects", ids, rendering.corrects) & (day <= self.today)
        for i in rendering.corrected:
            drawn[f"d{i}"] = np.where(right, _MILLION - 1, drawn[f"d{i}"])

    def _arrived(self, rendering: Rendering, ids: Ints, drawn: dict[str, Ints]) -> dict[str, Ints]:
        """Without the rows that are still on their way to the keeper."""
        if not rendering.late:
            return drawn
        late = self.draws.chance(f"{rendering.register} late", ids, rendering.late)
        days = 1 + self.draws.below(f"{rendering.register} late days", ids, rendering.late_days)
        there = ~late | (drawn["since"] + days <= self.today)
        return {name: values[there] for name, values in drawn.items()}


def _counted(area: str, people: dict[str, Ints]) -> dict[tuple[str, int, int], int]:
    bands = np.minimum(people["age"] // 5, 20)
    cells, counts = np.unique(people["female"] * 100 + bands, return_counts=True)
    return {(area, int(c) // 100, int(c) % 100): int(n) for c, n in zip(cells, counts, strict=True)}


_desks: dict[ChunkJob, _Desk] = {}


def _write(job: ChunkJob, number: int, chunks: Sequence[Chunk]) -> Written | None:
    """Write some chunks; None where the disk has no room, for our errors do not travel between processes."""
    if job not in _desks:
        _desks.clear()
        _desks[job] = _Desk(job)
    try:
        return _desks[job].write(number, chunks)
    except Exception as error:  # the engine's error of a full disk is its own
        if has_no_room(error):
            return None
        raise


def has_no_room(error: BaseException) -> bool:
    """Whether an error says that a disk, a quota or a limit of file sizes leaves no room."""
    if isinstance(error, AltynError):
        return error.code == "environment.full"
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return True
    text = str(error).lower()
    return any(os.strerror(number).lower() in text for number in _NO_ROOM)


def write_world(job: ChunkJob, processes: int | None = None) -> Written:
    """Write a whole country: `registers/*.csv`, `truth/*.parquet` and `world.json` in the job's folder.

    Args:
        job: what to write, and where.
        processes: how many at once; as many as the machine has if None. The bytes do not depend on it.

    Raises:
        AltynError: `environment.full` when the disk has no room; what was written so far lies in the folder.
    """
    country, renderings = job.make()
    parts = job.folder / "parts"
    for folder in (job.folder, parts, job.folder / "registers", job.folder / "truth"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    groups = _grouped(plan(country, job.persons))
    numbered = [(0, ()), *enumerate(groups)]
    workers = min(processes or os.cpu_count() or 1, len(numbered))
    rows: dict[str, int] = {r.register: 0 for r in renderings}
    people: dict[tuple[str, int, int], int] = {}
    for written in _each(job, numbered, workers):
        if written is None:
            raise full()
        for name, count in written.rows.items():
            rows[name] += count
        people.update({key: people.get(key, 0) + n for key, n in written.people.items()})
    for rendering in renderings:
        _joined(job.folder, rendering)
    shutil.rmtree(parts)
    _describe(job, country, renderings, rows, people)
    return Written(rows, people)


def _grouped(chunks: Iterable[Chunk]) -> list[tuple[Chunk, ...]]:
    """Chunks that are written together, in order.

    A statement costs as much for a hundred people as for ten thousand, so the chunks of a small country go together. How many
    hangs on the chunks alone, for it decides the order of rows.
    """
    found: list[tuple[Chunk, ...]] = []
    people = 0
    for chunk in chunks:
        size = chunk.men + chunk.women
        if not found or people + size > _TOGETHER:
            found.append(())
            people = 0
        found[-1] += (chunk,)
        people += size
    return found


def _each(job: ChunkJob, numbered: Sequence[tuple[int, Sequence[Chunk]]], workers: int) -> Iterator[Written | None]:
    if workers == 1:
        yield from (_write(job, number, chunks) for number, chunks in numbered)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_write, [job] * len(numbered), *zip(*numbered, strict=True))


def _joined(folder: Path, rendering: Rendering) -> None:
    """Put the parts of a register behind each other: the bytes of the text, the rows of the truth."""
    parts = sorted((folder / "parts").glob(f"{rendering.register}-*.csv"))
    whole = folder / "registers" / rendering.file
    if rendering.form == "xlsx":
        write_workbook(parts, rendering.delimiter, whole)
    else:
        with whole.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
    with Session(threads=1) as session:
        files = ", ".join(literal(str(p.with_suffix(".parquet"))) for p in parts)
        # The order of the parts is the order of the truth.
        session.write_parquet(
            f"SELECT * FROM read_parquet([{files}])", folder / "truth" / f"{rendering.register}.parquet"
        )


def _said(rendering: Rendering) -> dict[str, str]:
    """How a register's file is read, in the words of a source of altyn.toml."""
    said = {"path": f"registers/{rendering.file}"}
    if rendering.form == "csv":
        said |= {"encoding": rendering.encoding, "delimiter": rendering.delimiter}
    return said


def _describe(
    job: ChunkJob,
    country: Country,
    renderings: Sequence[Rendering],
    rows: dict[str, int],
    people: dict[tuple[str, int, int], int],
) -> None:
    document = {
        "synthetic": True,
        "note": "Nobody in these files is real. Rates, shares of communities and weights of names are assumptions, not statistics.",
        "seed": job.seed,
        "persons": job.persons,
        "base": country.base,
        "day": job.day,
        "sources": list(country.sources),
        "rows": rows,
        "files": {r.register: _said(r) for r in renderings},
        "regions": [
            {
                "area": area.code,
                "source": {"men": area.men, "women": area.women},
                "world": {
                    name: sum(n for (code, female, _), n in people.items() if code == area.code and female == sex)
                    for sex, name in enumerate(("men", "women"))
                },
            }
            for area in country.areas
        ],
        "pyramid": [
            {
                "age": band.age,
                "source": {"men": band.men, "women": band.women},
                "world": {
                    name: sum(n for (_, female, five), n in people.items() if five == band.age // 5 and female == sex)
                    for sex, name in enumerate(("men", "women"))
                },
            }
            for band in country.pyramid
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (job.folder / "world.json").write_text(text, encoding="utf-8")
