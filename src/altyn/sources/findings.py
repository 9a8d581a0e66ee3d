"""Findings: what a reader of a load must know: how many rows broke which rule, and what was let through with a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from altyn.language import LANGUAGES, Label, Message, say
from altyn.model import Register


@dataclass(frozen=True)
class Finding:
    """One remark on a load. Never a value of a row.

    `severity`: `refused` for rows that went to quarantine, `finding` for rows (or whole extracts) that were kept.
    """

    register: str
    rule: str
    rows: int
    message: Label | Message
    column: str | None = None
    severity: Literal["refused", "finding"] = "finding"

    def document(self) -> dict[str, Any]:
        """The finding as plain data, its message in each language: what a snapshot keeps."""
        texts = {language: self.message.text(language) for language in LANGUAGES}
        found = {
            "register": self.register,
            "rule": self.rule,
            "rows": self.rows,
            "severity": self.severity,
            "message": texts,
        }
        return {**found, "column": self.column} if self.column else found


def refusal(
    register: Register, rule: str, *, column: str | None, rows: int, lines: list[int], look_alikes: int
) -> Finding:
    """The finding that tells of refused rows.

    Args:
        register: whose rows they are.
        rule: the rule they broke.
        column: the column it is about.
        rows: how many.
        lines: first line at fault; for a key or a unique value, the first two that share it.
        look_alikes: how many of the rows mix digits with letters that look like digits.
    """
    own = next((r.message for r in register.row_rules if f"row:{r.name}" == rule and r.message), None)
    if own is not None:
        return Finding(register.name, rule, rows, own, column, "refused")
    first = lines[0] if lines else 0
    named = column or "-"
    if rule in {"key", "unique"} and len(lines) > 1:
        message = say(
            "{rows} rows share their {column} with another row, first in lines {first} and {second}.",
            rows=rows, column=named, first=first, second=lines[1],
        )  # fmt: skip
    elif look_alikes:
        message = say(
            "{rows} rows break the rule {rule} in column {column}, first in line {first}. "
            "{mixed} of them mix digits with letters: a letter such as О may stand where a 0 was meant.",
            rows=rows, rule=rule, column=named, first=first, mixed=look_alikes,
        )  # fmt: skip
    elif rule == "type" and column:
        message = say(
            "{rows} rows break the rule {rule} in column {column}, first in line {first}; expected: {expected}.",
            rows=rows, rule=rule, column=named, first=first, expected=register.column(column).expected,
        )  # fmt: skip
    else:
        message = say(
            "{rows} rows break the rule {rule} in column {column}, first in line {first}.",
            rows=rows, rule=rule, column=named, first=first,
        )  # fmt: skip
    return Finding(register.name, rule, rows, message, column, "refused")
