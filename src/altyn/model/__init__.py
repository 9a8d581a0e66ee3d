"""Model: what flows between the rooms, frozen and engine-free. Standard library and sqlglot only."""

from altyn.model.columns import Check, Column, ColumnType, Derivation
from altyn.model.kinds import Kind
from altyn.model.registers import (
    Hierarchy,
    Register,
    Relationship,
    RowRule,
    SeriesBreak,
    TableCheck,
    system_columns,
)
from altyn.model.relations import Input, Relation

__all__ = [
    "Check",
    "Column",
    "ColumnType",
    "Derivation",
    "Hierarchy",
    "Input",
    "Kind",
    "Register",
    "Relation",
    "Relationship",
    "RowRule",
    "SeriesBreak",
    "TableCheck",
    "system_columns",
]
