"""Registers: what one contract declares, as frozen values the other rooms read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from altyn.language import Label
from altyn.model.columns import DATE, INTEGER, TEXT, TIMESTAMP, Column

# The key of a register without one: a record is its content, and its number among rows of the same content.
CONTENT_KEY = "altyn_record"
PERIOD = ("valid_from", "valid_to")
SYSTEM_COLUMNS = (*PERIOD, "recorded_at", "batch")
RESERVED = frozenset(
    {
        *SYSTEM_COLUMNS,
        "op",
        "row_hash",
        "file_no",
        "line_no",
        # DuckDB gives every table a column of this name, which a column of ours would hide.
        "rowid",
        "subject_id",
        "altyn_entry",
        CONTENT_KEY,
    }
)

DataKind = Literal["real", "synthetic", "stated", "simulated"]


@dataclass(frozen=True, slots=True)
class Relationship:
    """Columns of this register that must be found in `parent_columns` of register `parent`."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowRule:
    """An SQL expression that is true for a right row; it may look at the batch through window functions.

    A false row is refused (`refuse`) or kept and reported (`finding`); NULL counts as right, for unknown is not wrong.
    """

    name: str
    sql: str
    severity: Literal["refuse", "finding"] = "refuse"
    message: Label = field(default_factory=Label)


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A query over the new extract whose one number must lie in `lowest`..`highest` (None: open)."""

    name: str
    sql: str
    lowest: float | None
    highest: float | None
    severity: Literal["refuse", "finding"] = "refuse"


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Codes whose digits say where they belong: the parent is the nearest existing prefix, filled up with zeros."""

    code: str
    parent: str
    positions: tuple[int, ...]
    width: int


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """From `start` on, `value` of `column` cannot be compared with before."""

    column: str
    value: str
    start: str
    note: Label


@dataclass(frozen=True, slots=True)
class Register:
    """One register: grain `one row per key`, from its contract. `name` is `pack.table`.

    A batch is refused whole when more rows of it are than `error_budget` (a share) and, unless that share is 0, more than
    `error_rows`. A whole extract waits when it would retract more than `retraction_limit` (a share) of the records and more
    than `retraction_rows`.
    """

    name: str
    version: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    contract_hash: str
    label: Label = field(default_factory=Label)
    summary: Label = field(default_factory=Label)
    description: str = ""
    entity: tuple[str, str] | None = None
    valid: tuple[str, str | None] | None = None
    valid_is_inclusive: bool = False
    relationships: tuple[Relationship, ...] = ()
    row_rules: tuple[RowRule, ...] = ()
    table_checks: tuple[TableCheck, ...] = ()
    hierarchy: Hierarchy | None = None
    series_breaks: tuple[SeriesBreak, ...] = ()
    is_open: bool = False
    data_kind: DataKind = "real"
    purposes: tuple[str, ...] | None = None
    owner: str = ""
    lawful_basis: tuple[Mapping[str, str], ...] = ()
    source: Mapping[str, str] = field(default_factory=dict[str, str])
    service_levels: Mapping[str, str] = field(default_factory=dict[str, str])
    error_budget: float = 0.05
    error_rows: int = 20
    retraction_limit: float = 0.1
    retraction_rows: int = 20
    status: str = "active"

    @property
    def pack(self) -> str:
        """The pack that declares the register."""
        return self.name.split(".", 1)[0]

    @property
    def table(self) -> str:
        """The bare name, usable in SQL while it is unique."""
        return self.name.split(".", 1)[1]

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def is_keyless(self) -> bool:
        """Whether a record is its content: then a changed row is one record gone and another one new."""
        return self.key == (CONTENT_KEY,)

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """Columns the source must carry."""
        return tuple(c for c in self.columns if c.derivation is None)

    @property
    def public_columns(self) -> tuple[Column, ...]:
        """Columns that may leave for the purpose `open`, if the register is open."""
        return tuple(c for c in self.columns if c.sensitivity == "public")

    def parents(self) -> tuple[str, ...]:
        """Names of the registers this one refers to, itself left out."""
        return tuple(sorted({r.parent for r in self.relationships} - {self.name}))


def system_columns(register: Register) -> tuple[Column, ...]:
    """Columns every table offers beside the contract's own: valid time, recorded time, batch."""
    own = {c.name for c in register.columns}
    offered = (
        Column("valid_from", DATE, Label({"kk": "Күшіне ену күні", "ru": "Действует с", "en": "Valid from"})),
        Column("valid_to", DATE, Label({"kk": "Күшін жою күні", "ru": "Действует до", "en": "Valid to"})),
        Column("recorded_at", TIMESTAMP, Label({"kk": "Тіркелген уақыты", "ru": "Записано", "en": "Recorded at"})),
        Column("batch", INTEGER, Label({"kk": "Топтама", "ru": "Загрузка", "en": "Batch"})),
    )
    return tuple(c for c in offered if c.name not in own)


WRITTEN = "_written_"


def written_columns(columns: Iterable[Column]) -> tuple[Column, ...]:
    """For each column with a form of its own, what its source wrote; missing where that is the value's plain text.

    As secret as the column itself.
    """
    return tuple(Column(f"{WRITTEN}{c.name}", TEXT, sensitivity=c.sensitivity) for c in columns if c.form is not None)


LINEAGE_COLUMNS = (
    Column("op", TEXT, Label({"kk": "Әрекет", "ru": "Действие", "en": "Operation"})),
    Column("row_hash", TEXT, Label({"kk": "Жол хэші", "ru": "Хэш строки", "en": "Row hash"})),
    Column("file_no", INTEGER, Label({"kk": "Файл", "ru": "Файл", "en": "File"})),
    Column("line_no", INTEGER, Label({"kk": "Жол нөмірі", "ru": "Строка", "en": "Line"})),
)
