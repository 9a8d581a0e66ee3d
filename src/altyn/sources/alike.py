"""Alike: what the eye takes for one and a computer for two. Told, never repaired: a value stays as its source wrote it."""

from __future__ import annotations

from altyn.engines.duckdb import Session
from altyn.language import say
from altyn.model import Register
from altyn.model.sql import identifier, literal
from altyn.sources.casts import is_kept_as_text
from altyn.sources.findings import Finding
from altyn.sources.rules import text_of
from altyn.sources.staging import TempTable

# Signs without a shape of their own (byte order mark, zero widths, soft hyphen), blanks that are no space, marks that
# stand apart from their letter.
_UNSEEN = r"[\p{Cf}\p{Zl}\p{Zp}\p{Mn}\x{00A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}\t\n\r]|^ | $"
_SHOWN = 6


def header_rows(register: Register, rows: TempTable) -> str | None:
    """SQL of the ids of rows (given with their texts) that repeat the header, as in pasted files; None for a register of one column."""
    if len(register.source_columns) < 2:  # noqa: PLR2004  # one value may well be called as its column
        return None
    same = " AND ".join(
        f"regexp_replace(trim({text_of(c)}), '[\\p{{Cf}}]', '', 'g') = {literal(c.source_header.strip())}"
        for c in register.source_columns
    )
    first = register.source_columns[0]
    # The header of a number or a date is none: where such a column is, only rows that fell already are asked.
    fell = "" if all(is_kept_as_text(c) for c in register.source_columns) else "NOT _ok AND "
    near = f"ends_with(trim({text_of(first)}), {literal(first.source_header.strip())})"
    return f"SELECT _row_id FROM {rows.having('_row_id')} WHERE {fell}_problem IS NULL AND {near} AND {same}"


def unseen_in_keys(session: Session, register: Register, rows: TempTable) -> list[Finding]:
    """What to say of keys with signs that cannot be seen: two such keys look like one record and are two."""
    findings: list[Finding] = []
    for name in register.key:
        if register.column(name).type.kind != "text":
            continue
        value = identifier(name)
        # Most keys are plain signs without a blank at their ends: they pay for nothing more.
        odd = (
            f"_ok AND (strlen({value}) <> length({value}) OR {value} <> trim({value}) OR contains({value}, chr(9)) OR contains({value}, chr(10))) "
            f"AND (regexp_matches({value}, {literal(_UNSEEN)}) OR nfc_normalize({value}) <> {value})"
        )
        count = int(session.one(f"SELECT count(*) FROM {rows} WHERE {odd}")[0])
        if not count:
            continue
        points = session.run(
            f"SELECT DISTINCT unnest(regexp_extract_all({value}, {literal(_UNSEEN)})) AS _sign FROM "
            f"(SELECT {value} FROM {rows} WHERE {odd} LIMIT 10000) ORDER BY 1 LIMIT {_SHOWN}"
        )
        shown = ", ".join(f"U+{ord(str(sign)):04X}" for (sign,) in points)
        message = say(
            "{rows} keys in column {column} hold signs that cannot be seen or letters in parts ({points}): "
            "to the eye they are one with keys that do not.",
            rows=count,
            column=name,
            points=shown or "-",
        )
        findings.append(Finding(register.name, "key.unseen", count, message, name))
    return findings
