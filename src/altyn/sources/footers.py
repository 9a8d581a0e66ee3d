"""Footers: lines that a source's `skip_footer` leaves out are looked at, for one day the totals are missing, or are one line more.

What tells a record from a total is the shape of its cells: where codes and numbers hold digits, `000005` is one of them and `Итого`
is none. A line that is on the wrong side is refused, so that it waits in quarantine and nothing is retracted meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from altyn.engines.duckdb import Session
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.staging import staged_columns

RULE = "row.footer"
# A line, and the texts of the contract's columns in it.
Skipped = tuple[int, Sequence[str | None]]


def hold_doubtful(
    session: Session, table: str, query: str, columns: Sequence[Column], skipped: Sequence[Skipped]
) -> str:
    """The query of a staged file, with the lines that are on the wrong side of its footer as problem rows.

    Args:
        session: holds `table`, whose rows stand in the order of the file.
        table: the staged rows.
        query: gives them in the shape of a staged part.
        columns: of the contract.
        skipped: what was left out at the end.
    """
    if not any(c.required for c in columns):
        return query
    last = session.one(f"SELECT coalesce(max(rowid), -1) FROM {table}")[0]
    shapes: dict[str, set[str]] = {}
    for column in columns:
        name = identifier(column.name)
        found = session.run(f"SELECT DISTINCT {_shape(name)} FROM {table} WHERE rowid < {last} LIMIT 1000")
        shapes[column.name] = {str(s or "") for (s,) in found}
    # Only where every record has a digit does a word in its place, or nothing, say something.
    told = [c for c in columns if shapes[c.name] and all("9" in s for s in shapes[c.name])]
    coded = [c for c in told if c.required]
    if not coded:
        return query
    words = " OR ".join(f"NOT regexp_matches({identifier(c.name)}, '[0-9]')" for c in coded)
    session.run(
        f"UPDATE {table} SET _problem = {literal(RULE)}, _problem_column = NULL WHERE rowid = {last} AND _problem IS NULL AND ({words})"
    )
    places = {c.name: place for place, c in enumerate(columns)}
    held = [row for row in skipped if all(_is_like(session, row[1][places[c.name]], shapes[c.name]) for c in told)]
    if not held:
        return query
    apart = f"{table}_footer"
    session.insert(apart, staged_columns(columns), [(line, RULE, None, None, *texts) for line, texts in held])
    names = ", ".join(identifier(n) for n, _ in staged_columns(columns))
    return f"{query} UNION ALL SELECT {names} FROM {apart}"


def _shape(text: str) -> str:
    return f"regexp_replace(regexp_replace(trim({text}), '[0-9]+', '9', 'g'), '\\p{{L}}+', 'a', 'g')"


def _is_like(session: Session, text: str | None, shapes: set[str]) -> bool:
    return bool(text) and session.one(f"SELECT {_shape('$text')}", {"text": text})[0] in shapes
