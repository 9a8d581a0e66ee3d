"""Erased texts: words that were a record's own, looked for where no key leads to them: what snapshots say, and refused rows.

A snapshot's report or finding once quoted a header line that was lost, a file may be called by a name, a refused row may have lost
its key. A text counts as the record's own where it stands in no other record, in a column whose values mostly belong to one record
each: a name or a number is looked for, a colour that only this record had is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from altyn.engines.duckdb import Session
from altyn.model.registers import Register
from altyn.model.sql import identifier
from altyn.store.erased_records import KeptGeneration
from altyn.store.orders import Orders, listed
from altyn.store.snapshots import Snapshot

# Shorter ones stand by chance in any text.
SHORTEST = 4
# Of the values of a column, how many belong to one record each.
_OWN_SHARE = 0.5
_GONE = "[erased]"
# Fields of a report or finding in which somebody's words stand, or a file's.
_SAID = frozenset(("message", "what", "where", "mend", "columns", "headers", "file", "display"))
_WORD = re.compile(r"\w+")


def own_texts(session: Session, contract: Register, rows: str, meant: str) -> set[str]:
    """Texts that are the records' own.

    Args:
        session: where it is worked out.
        contract: of the rows.
        rows: SQL of all versions, after FROM.
        meant: SQL condition on a version of one of the records.
    """
    found = set[str]()
    keys = ", ".join(map(identifier, contract.key)) or "row_hash"
    for column in contract.columns:
        if column.type.kind != "text" and column.name not in contract.key:
            continue
        name = f"CAST({identifier(column.name)} AS VARCHAR)"
        values, records = session.one(
            f"SELECT approx_count_distinct({name}), approx_count_distinct(({keys})) FROM {rows}"
        )
        if values < records * _OWN_SHARE:
            continue
        taken = session.run(
            f"SELECT {name} FROM {rows} WHERE {name} IN "
            f"(SELECT {name} FROM {rows} WHERE ({meant}) AND length({name}) >= {SHORTEST}) GROUP BY 1 HAVING bool_and({meant})"
        )
        found |= {str(v) for (v,) in taken}
    return found


class ErasedWords:
    """Texts to be taken out of others, found by their first word: a retention may erase a hundred thousand records at once."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[int, str]]] = {}
        for text in texts:
            if first := _WORD.search(text):
                self._by_first.setdefault(first[0], []).append((first.start(), text))

    def cut(self, text: str) -> str:
        """A text without them. Whole words count: a piece of a hash is no text of a record.

        >>> ErasedWords(["Asan Uly", "77"]).cut("row 77 of Asan Uly, 770")
        'row [erased] of [erased], 770'
        """
        kept, at = "", 0
        for word in _WORD.finditer(text):
            for before, wanted in self._by_first.get(word[0], ()):
                start, end = word.start() - before, word.start() - before + len(wanted)
                is_whole = not _WORD.match(text, end) or not _WORD.match(wanted[-1])
                if start >= at and text.startswith(wanted, start) and is_whole:
                    kept, at = f"{kept}{text[at:start]}{_GONE}", end
        return kept + text[at:]


def without(snapshot: Snapshot, words: ErasedWords) -> tuple[Snapshot, int]:
    """A snapshot without these texts in its findings, its report and the names of its files; and how many places had one."""
    places = 0

    def cut(text: str) -> str:
        nonlocal places
        found = words.cut(text)
        places += found != text
        return found

    def clean(value: Any, *, is_said: bool = False) -> Any:
        # Names of registers, columns and rules are ours, whatever else is called so: a record may be called "register".
        if isinstance(value, str):
            return cut(value) if is_said else value
        if isinstance(value, Mapping):
            parts = cast("Mapping[str, Any]", value)
            return {k: clean(v, is_said=is_said or k in _SAID) for k, v in parts.items()}
        if isinstance(value, (list, tuple)):
            return [clean(v, is_said=is_said) for v in cast("Sequence[Any]", value)]
        return value

    batches = tuple(
        replace(b, files=tuple({**f, "display": cut(f["display"])} for f in b.files)) for b in snapshot.batches
    )
    findings, report = tuple(clean(snapshot.findings)), tuple(clean(snapshot.report))
    return replace(snapshot, batches=batches, findings=findings, report=report), places


def refused_meant(
    register: str, tokens: Sequence[str], session: Session, found: Sequence[KeptGeneration], orders: Orders
) -> str:
    """SQL that is true for a line of quarantine about one of the records: by its key, or by the key among its values."""
    by_key = f"coalesce({orders.token_of(register, 'key_text')} IN {listed(tokens)}, false)"
    values = "json_extract_string(raw, '$.*')" if any(len(k.contract.key) == 1 for k in found) else "[]::VARCHAR[]"
    token = orders.token_of(register, "v")
    # A short key stands by chance in any cell, of a count or a price: it is looked for in its own column only.
    is_long = f"length(v) >= {SHORTEST}"
    among = f"len(list_filter(CASE WHEN json_valid(raw) THEN {values} ELSE [raw] END, lambda v: {is_long} AND {token} IN {listed(tokens)})) > 0"
    # Where the key is still known, a line that could not be divided into cells is looked through for it; and each line
    # for texts that were the record's own, for it may have lost its key.
    keys = sorted(
        {
            str(k)
            for kept in found
            for (k,) in session.run(
                f"SELECT DISTINCT CAST({identifier(kept.contract.key[0])} AS VARCHAR) FROM {kept.rows} "
                f"WHERE {orders.token_sql(kept.contract)} IN {listed(tokens)}"
            )
        }
    )
    texts = texts_of(session, found, tokens, orders)
    # Of a retention they may be a hundred thousand: a table, not a text of the statement.
    session.insert(
        "_own_texts",
        [("own", "VARCHAR")],
        [(k,) for k in sorted({*(k for k in keys if len(k) >= SHORTEST), *texts})],
    )
    session.insert("_own_keys", [("own", "VARCHAR")], [(k,) for k in keys if 0 < len(k) < SHORTEST])
    # Whole words: in a line that says whose it is, another's number may hold this one's key. Such a line is left alone.
    lost = "(key_text IS NULL OR NOT json_valid(raw))"
    inside = f"EXISTS (SELECT 1 FROM _own_texts WHERE contains({_words('raw')}, {_words('own')}))"
    first = (
        f"NOT json_valid(raw) AND EXISTS (SELECT 1 FROM _own_keys WHERE starts_with({_words('raw')}, {_words('own')}))"
    )
    return f"({by_key} OR {among} OR ({lost} AND {inside}) OR ({first}))"


def texts_of(session: Session, found: Sequence[KeptGeneration], tokens: Sequence[str], orders: Orders) -> list[str]:
    """Texts that stand in these records and in no other."""
    texts = set[str]()
    for kept in found:
        meant = f"{orders.token_sql(kept.contract)} IN {listed(tokens)}"
        texts |= own_texts(session, kept.contract, kept.rows, meant)
    return sorted(texts)


def _words(text: str) -> str:
    """SQL of a text's words, parted and surrounded by one blank each."""
    return f"concat(' ', trim(regexp_replace({text}, '[^\\p{{L}}\\p{{N}}_]+', ' ', 'g')), ' ')"
