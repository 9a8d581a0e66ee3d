"""Selections: which rows and columns of a register a reader asks for, in which order; read from an address, and written as one.

A selection is what the page, the download and the interface for programs have in common: the same address gives the same rows
in each. docs/reference/rows.md is the page for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.reasons import near
from altyn.serve.use_cases.row_filters import OPERATORS, Bound, Collation, ColumnFilter, condition_of, conditions_sql

# Rows on a page of the portal, and at most in one answer for programs.
PAGE_ROWS, MOST_ROWS = 50, 1000
# The first of a facet's values by count; one more shows that there are others.
# What a form says beside its fields.
FORM = "form"
FACET_VALUES = 12
_MOST_VALUES = 200
_ORDER = tuple(dict.fromkeys(o for operators in OPERATORS.values() for o in operators))
# What else an address of rows may say; `known_at` is read by every page.
_OTHER = ("sort", "columns", "page", "size", "known_at")
_DIGITS = 9


@dataclass(frozen=True)
class Selection:
    """Rows of a register that a reader asks for.

    `columns` are those he may see. `chosen` are those he asks for, all when empty; `sort` pairs a column with whether it falls.
    `faults` say what the address asked for and cannot be answered: a page shows them and leaves it out, a program is refused.
    """

    register: Register
    columns: tuple[Column, ...]
    zone: ZoneInfo
    conditions: tuple[ColumnFilter, ...] = ()
    sort: tuple[tuple[Column, bool], ...] = ()
    chosen: tuple[Column, ...] = ()
    page: int = 1
    size: int = PAGE_ROWS
    faults: tuple[AltynError, ...] = field(default=(), compare=False)

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns of a page: those chosen, else all but outlines of places, which are no text to read."""
        return self.chosen or tuple(c for c in self.columns if c.role != "geometry")

    @property
    def is_all(self) -> bool:
        """Whether no row is left out."""
        return not self.conditions

    def asked(self, column: Column) -> dict[str, tuple[str, ...]]:
        """What is asked of a column: operator -> values."""
        return {c.operator: c.values for c in self.conditions if c.column.name == column.name}

    def with_asked(self, column: Column, operator: str, values: Sequence[str]) -> Selection:
        """The first page of the same with other values for one condition; none drops it."""
        others = [c for c in self.conditions if (c.column.name, c.operator) != (column.name, operator)]
        added = [condition_of(column, operator, values, self.zone)] if values else []
        return replace(self, conditions=_ordered([*others, *added], self.columns), page=1)

    def query(self, *, paged: bool = True) -> dict[str, tuple[str, ...] | str]:
        """The one address of this selection: name -> values; what is as usual is not said."""
        found: dict[str, tuple[str, ...] | str] = {c.name: c.values for c in self.conditions}
        if self.sort:
            found["sort"] = ",".join(("-" if falls else "") + c.name for c, falls in self.sort)
        if self.chosen:
            found["columns"] = ",".join(c.name for c in self.chosen)
        if paged and self.size != PAGE_ROWS:
            found["size"] = str(self.size)
        if paged and self.page > 1:
            found["page"] = str(self.page)
        return found

    def whole(self, letters: Collation) -> Relation:
        """Every row that is asked for, in order, for a download."""
        bound = Bound()
        where = conditions_sql(self.conditions, letters, self.zone, bound)
        names = ", ".join(identifier(c.name) for c in self.chosen) or "*"
        return Relation(
            f"SELECT {names} FROM r{_where(where)} ORDER BY {self._order(letters)}",
            {"r": Input(self.register.name)},
            bound.parameters,
            grain="one row per record",
        )

    def sheet(self, letters: Collation, facets: Sequence[Column] = ()) -> list[Relation]:
        """One page of rows, how many there are, and how often each value of some columns occurs among them; for `SelectedRows`.

        The counts of a column leave out what is asked of that column itself, or no other value could be chosen.
        """
        counted = {c.name for c in facets}
        # What is asked of the counted columns differs from count to count; the rest is asked once.
        shared = [c for c in self.conditions if c.column.name not in counted]
        apart = [c for c in self.conditions if c.column.name in counted]
        seen = {c.name for c in self.columns}
        needed = [*(c.name for c in self.shown), *self.register.key, *(c.name for c, _ in self.sort)]
        needed = [n for n in dict.fromkeys(needed) if n in seen]
        # Looking into every text is dear: rows that hold one are found once, and kept whole for page and counts. Others are
        # found again sooner than kept, for an engine stops at the page's last row; but only where a question names its
        # register once, or all of the register is kept.
        is_dear = any(c.operator in {"has", "begins"} for c in shared)
        counts, bound = self._counts(facets, apart, letters, ["NULL"] * len(needed) if is_dear else [])
        base = conditions_sql(shared, letters, self.zone, bound)
        kept = f"WITH f AS (SELECT {_listed([*(needed if is_dear else ()), *counted])} FROM r{_where(base)}) "
        if is_dear:
            row = self._rows(needed, f"f{_where(conditions_sql(apart, letters, self.zone, bound))}", letters)
            return [self._relation(kept + " UNION ALL ".join([row, *counts]), bound)]
        own = Bound()
        row = self._rows(needed, f"r{_where(conditions_sql(self.conditions, letters, self.zone, own))}", letters)
        return [self._relation(row, own), self._relation(kept + " UNION ALL ".join(counts), bound)]

    def _rows(self, needed: Sequence[str], source: str, letters: Collation) -> str:
        names, order = _listed(needed), self._order(letters)
        # Numbered after they were picked: a number for every row would have to sort them all.
        picked = f"SELECT {names} FROM {source} ORDER BY {order} LIMIT {self.size} OFFSET {(self.page - 1) * self.size}"
        return (
            f"SELECT 'row' AS altyn_part, row_number() OVER (ORDER BY {order}) AS altyn_count, "
            f"CAST(NULL AS VARCHAR) AS altyn_value, {names} FROM ({picked}) AS p"
        )

    def _counts(
        self, facets: Sequence[Column], apart: Sequence[ColumnFilter], letters: Collation, empty: Sequence[str]
    ) -> tuple[list[str], Bound]:
        """A question for the number of all rows and one for each facet, with their values bound."""
        bound = Bound()
        blank = "".join(f", {e}" for e in empty)
        every = conditions_sql(apart, letters, self.zone, bound)
        parts = [
            f"SELECT 'all' AS altyn_part, count(*) AS altyn_count, CAST(NULL AS VARCHAR) AS altyn_value{blank} FROM f{_where(every)}"
        ]
        for number, facet in enumerate(facets):
            name = identifier(facet.name)
            others = conditions_sql([c for c in apart if c.column.name != facet.name], letters, self.zone, bound)
            # What is chosen is counted too, however rare it is.
            chosen = self.asked(facet).get("eq", ())
            first = f"CAST({name} AS VARCHAR) IN ({', '.join(map(bound.bind, chosen))}) DESC, " if chosen else ""
            parts.append(
                f"SELECT 'facet{number}', n, v{blank} FROM (SELECT CAST({name} AS VARCHAR) AS v, count(*) AS n "
                f"FROM f{_where(others)} GROUP BY {name} ORDER BY {first}n DESC, v LIMIT {FACET_VALUES + 1 + len(chosen)}) AS c{number}"
            )
        return parts, bound

    def _relation(self, sql: str, bound: Bound) -> Relation:
        grain = "one row per record of the page, or per count"
        return Relation(sql, {"r": Input(self.register.name)}, bound.parameters, grain=grain)

    def _order(self, letters: Collation) -> str:
        """Texts by the alphabet, what has no value last; the key decides between equals, so that pages never overlap."""
        # The name of a collation cannot be a parameter, so nothing but letters is let through.
        collate = f" COLLATE {letters.collation}" if letters.collation.isalpha() else ""
        asked = [
            f"{identifier(c.name)}{collate if c.type.kind == 'text' else ''} {'DESC' if falls else 'ASC'} NULLS LAST"
            for c, falls in self.sort
        ]
        seen = [c.name for c in self.columns]
        # A key that may not be seen puts nothing in order: its order would tell of it.
        keys = [k for k in self.register.key if k in seen] or seen[:1]
        return ", ".join([*asked, *map(identifier, keys)])


@dataclass(frozen=True, slots=True)
class SelectedRows:
    """What `Selection.sheet` was answered: rows of `names`, how many there are in all, and the counts of each facet."""

    names: tuple[str, ...]
    rows: list[tuple[object, ...]]
    total: int
    facets: list[list[tuple[str | None, int]]]

    @classmethod
    def of(cls, names: Sequence[str], answered: Iterable[tuple[object, ...]], facets: int) -> SelectedRows:
        """The parts of the answers, told apart; `names` are the columns of the first."""
        rows: list[tuple[int, tuple[object, ...]]] = []
        counts: list[list[tuple[str | None, int]]] = [[] for _ in range(facets)]
        total = 0
        for part, number, value, *rest in answered:
            n = int(str(number))
            if part == "row":
                rows.append((n, tuple(rest)))
            elif part == "all":
                total = n
            else:
                counts[int(str(part).removeprefix("facet"))].append((None if value is None else str(value), n))
        # No engine promises the order of what stands under UNION ALL.
        rows.sort(key=lambda r: r[0])
        for found in counts:
            found.sort(key=lambda v: (-v[1], v[0] or ""))
        return cls(tuple(names[3:]), [row for _, row in rows], total, counts)


def selection_of(
    register: Register,
    columns: Sequence[Column],
    asked: Iterable[tuple[str, str]],
    zone: ZoneInfo,
    also: Sequence[str] = (),
) -> Selection:
    """What an address asks of a register.

    Args:
        register: with the contract of the time asked about.
        columns: those the reader may see; of others it is not said that they exist.
        asked: the address's names and values, as often as they stand there; empty values ask nothing where a form sends them (`FORM`).
        zone: the project's, in which days begin and end.
        also: further names that the door in question reads itself.
    """
    reader = _Reader(register, {c.name: c for c in columns}, zone, also)
    reader = _Reader(register, {c.name: c for c in columns}, zone, also)
    given: dict[str, list[str]] = {}
    said = list(asked)
    # A form sends every field it has; whoever writes an address and says nothing asks for something else than all rows.
    is_form = any(name == FORM for name, _ in said)
    for number, (name, value) in enumerate((n, v) for n, v in said if v.strip() or not is_form):
        if number >= _MOST_VALUES:
            reader.note_too_many()
            break
        given.setdefault(name, []).append(value if name.endswith(".eq") else value.strip())
    return reader.read(Selection(register, tuple(columns), zone), given)


class _Reader:
    """Reads an address part by part, and notes what it cannot."""

    def __init__(self, register: Register, columns: dict[str, Column], zone: ZoneInfo, also: Sequence[str]) -> None:
        self._register, self._columns, self._zone, self._also = register, columns, zone, also
        self._faults: list[AltynError] = []

    def note_too_many(self) -> None:
        """An answer takes as long as its question: what nobody wrote by hand is not gone through."""
        self._faults.append(
            AltynError(
                "rows.value",
                what=say("More than {most} values are asked for at once.", most=_MOST_VALUES),
                mend=say("Ask for fewer, or download all rows."),
            )
        )

    def read(self, selection: Selection, given: dict[str, list[str]]) -> Selection:
        conditions: list[ColumnFilter] = []
        for name, values in given.items():
            if name in _OTHER or name in self._also:
                continue
            column, dot, operator = name.rpartition(".")
            if not dot or column not in self._columns:
                self._faults.append(self._unknown(name, column if dot else ""))
                continue
            try:
                conditions.append(condition_of(self._columns[column], operator, values, self._zone))
            except AltynError as error:
                self._faults.append(error)
        sort = self._sort(given.get("sort", []))
        chosen = self._listed(given.get("columns", []))
        return replace(
            selection,
            conditions=_ordered(conditions, selection.columns),
            sort=tuple(sort),
            # All of them in their own order is what is shown anyway.
            chosen=() if tuple(chosen) == selection.columns else tuple(chosen),
            page=self._number("page", given, 1, 10**_DIGITS),
            size=self._number("size", given, PAGE_ROWS, MOST_ROWS),
            faults=tuple(self._faults),
        )

    def _sort(self, values: list[str]) -> list[tuple[Column, bool]]:
        found: list[tuple[Column, bool]] = []
        for name in _names(values):
            column = self._columns.get(name.removeprefix("-"))
            if column is None or column.role == "geometry":
                self._faults.append(self._unknown(name, name.removeprefix("-")))
            elif column.name not in {c.name for c, _ in found}:
                found.append((column, name.startswith("-")))
        return found

    def _listed(self, values: list[str]) -> list[Column]:
        found: dict[str, Column] = {}
        for name in _names(values):
            if name in self._columns:
                found[name] = self._columns[name]
            else:
                self._faults.append(self._unknown(name, name))
        return list(found.values())

    def _number(self, name: str, given: dict[str, list[str]], usual: int, most: int) -> int:
        text = given.get(name, [str(usual)])[-1]
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
        if 1 <= number <= most:
            return number
        self._faults.append(
            AltynError(
                "rows.value",
                what=say("The value of {name} cannot be read.", name=name),
                mend=say("Write a whole number from 1 to {most}.", most=most),
            )
        )
        return usual

    def _unknown(self, name: str, column: str) -> AltynError:
        names = list(self._columns)
        meant = near(column or name, [*names, *_OTHER])
        return AltynError(
            "rows.parameter",
            what=say("Nothing here is called {name}: did you mean {near}?", name=name[:40], near=meant[0])
            if meant
            else say("Nothing here is called {name}.", name=name[:40]),
            where=self._register.name,
            mend=say("Columns: {names}.", names=", ".join(names)),
        )


def _ordered(conditions: Iterable[ColumnFilter], columns: Sequence[Column]) -> tuple[ColumnFilter, ...]:
    """The conditions as every address has them, whichever was asked first."""
    places = {c.name: number for number, c in enumerate(columns)}
    return tuple(sorted(conditions, key=lambda c: (places[c.column.name], _ORDER.index(c.operator))))


def _names(values: Iterable[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(identifier(n) for n in dict.fromkeys(names)) or "1 AS n"


def _where(condition: str) -> str:
    return f" WHERE {condition}" if condition else ""
