"""Trial: a source read whole, looked at, and tried against contracts before one is kept. Nothing of it is stored.

The rows lie in a session of their own as text. What is asked here are counts, forms and distinct values, so that a guess comes
from every row; a few values are taken out to be looked at, and shown to nobody but the person who adds the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column, ColumnType
from altyn.model.registers import Register
from altyn.model.sql import identifier
from altyn.sources import files
from altyn.sources.apart import Worker
from altyn.sources.context import Context
from altyn.sources.headers import header_names
from altyn.sources.quarantine import record_of
from altyn.sources.read import Held, headers, held, kind_of, read
from altyn.sources.spec import SourceSpec
from altyn.sources.staging import TempTable
from altyn.sources.validate import Validated, validate

_FIRST, _SPREAD = 1000, 4000
# Each column of a guess costs a dozen questions over all rows.
MOST_COLUMNS = 1000
_FAULTY_VALUES, _FAULTY_LINES = 50, 5
# Text that no reader refuses: what each cell is written with.
_ANY = ColumnType("text")


@dataclass(frozen=True)
class Evidence:
    """What all rows say about one column.

    `held` is what a typed source's cells are, None in a text file. `distinct` is about right. `shortest` and `longest` count
    signs. `has_zeros`: some number begins with a zero it must keep. `scale`: the most digits after a point. `sample`: values
    of the first rows and of rows spread over the file, missing ones as None.
    """

    header: str
    name: str
    held: Held | None
    rows: int
    filled: int
    distinct: int
    shortest: int
    longest: int
    has_zeros: bool
    scale: int
    sample: tuple[str | None, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every row has a value."""
        return self.filled == self.rows > 0

    def with_values(self, values: Iterable[str]) -> Evidence:
        """The same with more values to look at."""
        return replace(self, sample=(*self.sample, *values))


@dataclass(frozen=True)
class Fault:
    """Rows that one rule refuses: how many, the first lines, and values of the column as they are written."""

    rule: str
    column: str | None
    rows: int
    lines: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class TrialOutcome:
    """How a contract fares: rows read and accepted, and what was refused."""

    rows: int
    passed: int
    faults: tuple[Fault, ...]


class Trial:
    """A source staged for looking. Use it as a context manager: leaving it gives the rows back."""

    def __init__(
        self, spec: SourceSpec, scratch: Path, names: Sequence[tuple[str, str]], worker: Worker | None = None
    ) -> None:
        """Stage the source.

        Args:
            spec: a source of files.
            scratch: folder for unpacked copies.
            names: (header, name) of each column.
            worker: does what is read apart.

        Raises:
            AltynError: `source.*`.
        """
        self.spec, self.scratch, self.names, self._worker = spec, scratch, tuple(names), worker
        self.session = Session()
        # Held before staging: of a text file nothing is looked at.
        self.held = held(spec, scratch, worker)
        self._columns = tuple(Column(name, _ANY, header=header, text_from_any=True) for header, name in names)
        reading = read(self.session, spec, self._columns, scratch, worker=worker)
        self._parts = [(part.no, part.query) for part in reading.parts]
        union = " UNION ALL ".join(f"({query})" for _, query in self._parts)
        self._staged = TempTable.view(self.session, "_trial", f"SELECT * FROM ({union}) WHERE _problem IS NULL")
        self._checked: Validated | None = None
        self.rows = int(self.session.one(f"SELECT count(*) FROM {self._staged}")[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def evidence(self) -> tuple[Evidence, ...]:
        """What the rows say, column by column."""
        samples = self._samples()
        asked: list[str] = []
        for _, name in self.names:
            c = identifier(name)
            digits = f"{c}[2:2] BETWEEN '0' AND '9'"
            asked += [
                f"count({c})", f"approx_count_distinct({c})", f"coalesce(min(length({c})), 0)",
                f"coalesce(max(length({c})), 0)", f"coalesce(bool_or(starts_with({c}, '0') AND {digits}), false)",
            ]  # fmt: skip
            points = any(value and "." in value for value in samples[name])
            asked.append(
                f"coalesce(max(length({c}) - strpos({c}, '.')) FILTER (contains({c}, '.')), 0)" if points else "0"
            )
        counts = self.session.one(f"SELECT {', '.join(asked)} FROM {self._staged}")
        found: list[Evidence] = []
        for place, (header, name) in enumerate(self.names):
            filled, distinct, shortest, longest, zeros, scale = counts[place * 6 : place * 6 + 6]
            found.append(
                Evidence(
                    header, name, self.held.get(header), self.rows, int(filled), min(int(distinct), int(filled)),
                    int(shortest), int(longest), bool(zeros), int(scale), tuple(samples[name]),
                )
            )  # fmt: skip
        return tuple(found)

    def _samples(self) -> dict[str, list[str | None]]:
        listed = ", ".join(identifier(name) for _, name in self.names)
        taken = self.session.run(f"SELECT {listed} FROM {self._staged} LIMIT {_FIRST}")
        if self.rows > _FIRST:
            step = max(self.rows // _SPREAD, 1)
            taken += self.session.run(
                f"SELECT {listed} FROM {self._staged} WHERE line_no % {step} = 0 LIMIT {_SPREAD + 1}"
            )
        return {name: [row[place] for row in taken] for place, (_, name) in enumerate(self.names)}

    def is_unique(self, names: Sequence[str]) -> bool:
        """Whether these columns together tell every row from every other; the first rows are asked before all are."""
        listed = ", ".join(map(identifier, names))
        for limit in (_FIRST * 20, self.rows):
            if limit >= self.rows or limit < self.rows // 2:
                source = (
                    f"(SELECT {listed} FROM {self._staged} LIMIT {limit})" if limit < self.rows else str(self._staged)
                )
                count = min(limit, self.rows)
                distinct = self.session.one(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {source})")[0]
                if distinct < count:
                    return False
        return True

    def share(self, name: str, test: str) -> tuple[int, int]:
        """How many distinct values of a column pass an SQL test of `{value}`, and how many there are."""
        c = identifier(name)
        passed, count = self.session.one(
            f"SELECT count(*) FILTER (WHERE {test.replace('{value}', 'v')}), count(*) "
            f"FROM (SELECT DISTINCT {c} AS v FROM {self._staged} WHERE {c} IS NOT NULL)"
        )
        return int(passed), int(count)

    def values(self, name: str, limit: int) -> tuple[str, ...]:
        """Up to `limit` distinct values of a column."""
        c = identifier(name)
        taken = self.session.run(f"SELECT DISTINCT {c} FROM {self._staged} WHERE {c} IS NOT NULL LIMIT {limit}")
        return tuple(str(row[0]) for row in taken)

    def check(self, register: Register, context: Context) -> TrialOutcome:
        """Check every row with the validation a run uses.

        Raises:
            AltynError: as `validate`.
        """
        parts = self._parts
        if self.held:
            # What a typed cell may become depends on the declared type, so the file is read as a run would.
            reading = read(self.session, self.spec, register.source_columns, self.scratch, worker=self._worker)
            parts = [(part.no, part.query) for part in reading.parts]
        self._checked = found = validate(self.session, register, list(parts), context)
        faults = tuple(self._fault(found.failures, rule, column, rows) for rule, column, rows in found.rules)
        return TrialOutcome(found.rows_read, found.rows_accepted, faults)

    def _fault(self, failures: TempTable, rule: str, column: str | None, rows: int) -> Fault:
        test = "column_name = ?" if column else "column_name IS NULL"
        bound = [rule, column] if column else [rule]
        lines = self.session.run(
            f"SELECT DISTINCT line_no FROM {failures} WHERE rule = ? AND {test} ORDER BY 1 LIMIT {_FAULTY_LINES}", bound
        )
        raw = self.session.run(f"SELECT raw FROM {failures} WHERE rule = ? AND {test} LIMIT {_FAULTY_VALUES}", bound)
        values: dict[str, None] = {}
        for (text,) in raw if column else ():
            value = (record_of(text) or {}).get(str(column))
            if value is not None:
                values[str(value)] = None
        return Fault(rule, column, rows, tuple(int(line) for (line,) in lines), tuple(values))

    def accepted(self, register: Register, count: int) -> list[tuple[str | None, ...]]:
        """The first accepted rows of the last check, as their values read."""
        listed = ", ".join(f"CAST({identifier(c.name)} AS VARCHAR)" for c in register.columns)
        assert self._checked, "nothing was checked yet"
        return self.session.run(
            f"SELECT {listed} FROM {self._checked.accepted} ORDER BY file_no, line_no LIMIT {count}"
        )


def columns_of(spec: SourceSpec, scratch: Path, worker: Worker | None = None) -> list[str]:
    """The headers of a source's first file, empty ones numbered; columns of a sheet that hold nothing are left out.

    Raises:
        AltynError: `source.*`.
    """
    # A text file's header stands in its first rows; a record of JSON may bring a name that none before it had.
    file = files.prepare(spec, files.find(spec)[0], scratch, 0)
    is_text = kind_of(spec, file.suffix, file.display) == "csv"
    found = headers(spec, scratch, 1 if is_text else 2**40, shown=0, worker=worker)
    if len(found) > MOST_COLUMNS:
        raise AltynError(
            "source.too-large",
            what=say(
                "The file has {count} columns; of at most {most} a contract is guessed.",
                count=len(found),
                most=MOST_COLUMNS,
            ),
            where=file.display,
            mend=say(
                "Leave out columns that nobody asks for, or write the contract by hand: a run reads only what it declares."
            ),
        )
    return header_names([header for header, _ in found])


__all__ = ["Evidence", "Fault", "Trial", "TrialOutcome", "columns_of"]
