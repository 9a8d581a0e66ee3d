"""Refusals: a register's refused rows by rule, with what was expected, where they stand and, where the purpose allows, their values.

Numbers and places anybody at the keyboard may see; a value passes the gate, under its record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.policy.principals import local
from altyn.serve.workspace import Workspace
from altyn.sources.quarantine import record_of
from altyn.store.refused import RefusedRows

_PLACES = 3
_MOST_SIGNS = 60
_MOST_VALUES = 6

Values = Mapping[tuple[int, str, str], str]


@dataclass(frozen=True)
class Refusals:
    """What of a register is refused: counts, groups, and the same of the last batch where it was refused whole.

    `withheld` says that there are values the purpose may not see; `waits` is (rows retracted, records) of an extract that waits.
    """

    register: Register
    entries: int
    waiting: int
    groups: list[dict[str, Any]]
    whole_rows: int
    whole: list[dict[str, Any]]
    withheld: bool
    waits: tuple[int, int] | None = None


def refusals(workspace: Workspace, register: Register, *, purpose: str = "open") -> Refusals:
    """A register's refused rows, grouped. Where no value is asked of the gate, the look at counts and places is recorded here.

    Raises:
        AltynError: `gate.*` for a purpose that is none, or not for who asks; a closed register only loses its values.
    """
    today = workspace.catalogue.registers[register.name]
    store, count = workspace.store, workspace.quarantine_count(register.name)
    found, whole = (store.refused_groups(register.name, _PLACES, whole=w) for w in (False, True))
    is_seen = workspace.gate.may_read(local(), purpose, register, "quarantine").is_allowed
    is_whole_seen = is_seen and workspace.gate.may_read(local(), purpose, today, "held").is_allowed
    values = _values(workspace, register, purpose, "quarantine") if found and is_seen else {}
    whole_values = _values(workspace, register, purpose, "held") if whole and is_whole_seen else {}
    if not values and not whole_values:
        workspace.gate.told(local(), register, reason="refused rows by rule and place")
    held, waits = workspace.store.refused_rows(register.name), workspace.store.waits(register.name)
    return Refusals(
        register,
        int(count["entries"]),
        int(count["waiting"]),
        [_shown(register, g, values, seen=is_seen) for g in found],
        held,
        [_shown(today, g, whole_values, seen=is_whole_seen) for g in whole],
        withheld=bool(found and not is_seen) or bool(whole and not is_whole_seen),
        waits=(waits.retracted, waits.rows) if waits else None,
    )


def _values(workspace: Workspace, register: Register, purpose: str, face: Literal["quarantine", "held"]) -> Values:
    """(entry, rule, column) -> the value at fault, of the first places of each group."""
    relation = Relation(
        "SELECT entry, rule, column_name, raw FROM (SELECT entry, rule, column_name, raw, row_number() OVER "
        f"(PARTITION BY rule, column_name ORDER BY entry) AS n FROM refused) WHERE n <= {_PLACES} ORDER BY entry",
        {"refused": Input(register.name, face)},
        grain="one row per rule, column and one of their first refused rows",
    )
    answer = workspace.gate.read(local(), purpose, [relation], reason="quarantine by rule")[0]
    return {(int(e), str(rule), str(column or "")): _value(column, str(raw)) for e, rule, column, raw in answer.rows()}


def _value(column: str | None, raw: str) -> str:
    """What stood in the column; of a fault of the whole row, the row."""
    row = record_of(raw)
    if row is not None and column in row:
        return _cut("" if row[column] is None else str(row[column]))
    return _cut(raw)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SIGNS else text[: _MOST_SIGNS - 1] + "…"


def _shown(register: Register, group: RefusedRows, values: Values, *, seen: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "rule": group.rule,
        "column": group.column,
        "expected": expected(register, group.rule, group.column),
        "rows": group.rows,
        "places": [{"entry": p.entry, "file": p.file, "line": p.line} for p in group.places],
    }
    if seen:
        for place in shown["places"]:
            place["value"] = values.get((place["entry"], group.rule, group.column or ""))
    return shown


def expected(register: Register, rule: str, column: str | None) -> str:
    """What a column must say for a rule: its type and form, and the bound, pattern or list that was missed."""
    declared = next((c for c in register.columns if c.name == column), None)
    if declared is None:
        return ""
    arguments = [c.argument for c in declared.checks if c.kind == rule]
    listed = [
        ", ".join(map(str, a[:_MOST_VALUES])) + (" …" if len(a) > _MOST_VALUES else "")
        if isinstance(a, tuple)
        else str(a)
        for a in arguments
    ]
    return "; ".join([declared.expected, *listed])


def own_header(name: str, headers: Iterable[str]) -> str:
    """A header of ours beside those of a source, which may have one of the same name."""
    taken = set(headers)
    while name in taken:
        name = f"_{name}"
    return name


def export_quarantine(workspace: Workspace, register: Register, *, purpose: str = "open") -> bytes:
    """Refused rows as CSV, in the source's own columns with `altyn_entry` and the reasons in front, ready to be mended.

    The rows pass the gate: a purpose that may not see the whole register may not see these.
    """
    lines = Relation(
        "SELECT entry, file, line_no, list_sort(list(DISTINCT rule || ' ' || coalesce(column_name, ''))) AS rules, "
        "min(raw) AS raw FROM refused GROUP BY entry, file, line_no ORDER BY entry",
        {"refused": Input(register.name, "quarantine")},
        grain="one row per refused row",
    )
    answer = workspace.gate.read(local(), purpose, [lines], reason="quarantine export")[0]
    text = io.StringIO()
    headers = [c.source_header for c in register.source_columns]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [*(own_header(n, headers) for n in ("altyn_entry", "altyn_file", "altyn_line", "altyn_rules")), *headers]
    )
    for entry, file, line, rules, raw in answer.rows():
        values = record_of(raw) or {}
        cells = [values.get(c.name) for c in register.source_columns]
        writer.writerow([entry, file, line, "; ".join(r.strip() for r in rules), *cells])
    return text.getvalue().encode()
