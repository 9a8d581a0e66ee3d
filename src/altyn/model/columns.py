"""Columns: a name, a type that every engine shares, and what the reader must know (unit, label, sensitivity)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, cast

from altyn.errors import AltynError
from altyn.language import Label, say

TypeKind = Literal["text", "integer", "decimal", "double", "date", "timestamp", "boolean", "json"]
Sensitivity = Literal["public", "internal", "confidential", "restricted"]

_SQL = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "boolean": "BOOLEAN",
    "json": "VARCHAR",
}
_DELTA = {
    "text": "string",
    "integer": "long",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "json": "string",
}
MAX_PRECISION = 38
NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type every engine gives the same meaning. `precision` and `scale` count decimal digits, for decimals only."""

    kind: TypeKind
    precision: int = 18
    scale: int = 6

    def __post_init__(self) -> None:
        if self.kind not in (*_SQL, "decimal") or not 0 <= self.scale <= self.precision <= MAX_PRECISION:
            raise AltynError(
                "model.type",
                what=say("{kind} is not a type of Altyn.", kind=f"{self.kind}({self.precision},{self.scale})"),
                mend=say("Use text, integer, decimal(p,s), double, date, timestamp, boolean or json."),
            )

    @property
    def sql(self) -> str:
        """The type in DuckDB's words."""
        return f"DECIMAL({self.precision},{self.scale})" if self.kind == "decimal" else _SQL[self.kind]

    @property
    def delta(self) -> str:
        """The type in Delta's words."""
        return f"decimal({self.precision},{self.scale})" if self.kind == "decimal" else _DELTA[self.kind]

    @property
    def name(self) -> str:
        """The type as a person reads it: `decimal(18,2)`, `text`."""
        return f"decimal({self.precision},{self.scale})" if self.kind == "decimal" else self.kind


def type_of_delta(name: str) -> ColumnType:
    """The type with a name of Delta's: `long`, `decimal(18,2)`."""
    if name.startswith("decimal("):
        precision, scale = name[8:-1].split(",")
        return ColumnType("decimal", int(precision), int(scale))
    kinds = {delta: kind for kind, delta in _DELTA.items() if kind != "json"}
    return ColumnType(cast("TypeKind", kinds[name]))


TEXT, INTEGER, DATE, TIMESTAMP = (ColumnType(k) for k in ("text", "integer", "date", "timestamp"))


@dataclass(frozen=True, slots=True)
class Check:
    """What one value must satisfy.

    `kind`: pattern, minimum, maximum, min-length, max-length, enum, code-list, identifier, or what else `sources/rules.py` has.
    `argument`: the pattern, bound, tuple of values, list name or identifier kind.
    """

    kind: str
    argument: object


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a column that the source does not carry is filled.

    `kind`: constant (`argument` is the text), lookup (`argument` is (source column, code list)), hierarchy (filled
    from the register's hierarchy), content (the hash of all other columns, and which of several equal rows it is).
    """

    kind: Literal["constant", "lookup", "hierarchy", "content"]
    argument: object = None


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a column are written in its source, where that is not the plain form of their type.

    `pattern`: a date, moment or time in the letters of the JDK, such as `dd.MM.yyyy`.
    `zone`: moments are written without a zone and lie in this one; empty is the project's own zone, None is no such moment.
    `decimal`, `thousands`: the marks inside a number; a blank as thousands stands for every kind of blank.
    `percent`: a % sign follows the number. `currency`: texts that may stand before or after it.
    `true_words`, `false_words`, `missing`: words in place of yes, no, and of a value that is not there; case does not count.
    `time`, `duration`: the text is a time of day, or a length of time in ISO 8601.
    """

    pattern: str = ""
    zone: str | None = None
    decimal: str = "."
    thousands: str = ""
    percent: bool = False
    currency: tuple[str, ...] = ()
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    time: bool = False
    duration: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it says something of numbers."""
        return bool(self.thousands or self.percent or self.currency or self.decimal != ".")

    def describe(self) -> str:
        """The form in short, as a contract writes it: `dd.MM.yyyy, Asia/Almaty`; empty for a plain one."""
        listed = (self.currency, self.true_words, self.false_words, self.missing)
        parts = [
            self.pattern,
            "hh:mm:ss" if self.time and not self.pattern else "",
            "ISO 8601" if self.duration else "",
        ]
        parts += [
            self.zone or "",
            f"1{self.thousands}000{self.decimal}00" if self.is_number else "",
            "%" if self.percent else "",
        ]
        return ", ".join([part for part in parts if part] + ["/".join(words) for words in listed if words])


# What a contract says of a column for readers alone: `unit` is `altyn.unit` there, a field here, and told in the register's sheet.
TOLD = [
    "unit",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register or an answer. A register's names match `NAME`; an answer's may be anything."""

    name: str
    type: ColumnType
    label: Label = field(default_factory=Label)
    # What it holds, for readers of every language; `description` is the contract's own, in one language.
    summary: Label = field(default_factory=Label)
    description: str = ""
    unit: str | None = None
    required: bool = False
    unique: bool = False
    sensitivity: Sensitivity = "public"
    header: str | None = None
    renamed_from: str | None = None
    role: str | None = None
    code_list: str | None = None
    checks: tuple[Check, ...] = ()
    derivation: Derivation | None = None
    form: Form | None = None
    text_from_any: bool = False

    @property
    def expected(self) -> str:
        """What the source must say, as a person reads it: `date, dd.MM.yyyy`."""
        form = self.form.describe() if self.form else ""
        return f"{self.type.name}, {form}" if form else self.type.name

    @property
    def needs_text(self) -> bool:
        """Whether a number or a day in a typed source is refused: leading zeros may be gone. `text_from_any` allows it."""
        return self.type.kind == "text" and not self.text_from_any

    @property
    def source_header(self) -> str:
        """The column's header in the source."""
        return self.header or self.name
