"""Search: registers, columns, indicators and names in open registers, in three languages.

Letters that keyboards mix up are folded on both sides, by the tables of the packs: қ finds к, and к finds қ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

from altyn.language import Label
from altyn.model.registers import SYSTEM_COLUMNS, Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.principals import PORTAL
from altyn.serve.portal.desk import OPEN, Desk, Page
from altyn.serve.portal.pages.registers import row_link

_HITS, _LONGEST = 30, 100
# All texts of a register are gone through where no column is known to be a name: only while that is quick.
_MOST_ROWS_WITHOUT_ROLES = 200_000


class Folding:
    """Folds letters, and turns Latin spellings into the letters the names are kept in."""

    def __init__(self, desk: Desk) -> None:
        letters: dict[str, str] = {}
        self._latin: list[tuple[str, str]] = []
        self.collation = ""
        for pack in desk.workspace.packs:
            for script in pack.scripts.values():
                self.collation = self.collation or str(script.get("collation", ""))
                letters |= {str(k): str(v) for k, v in script.get("fold", {}).items()}
                for table in script.get("latin", []):
                    self._latin += list(zip(table["from"], table["to"], strict=True))
        self.letters = {k: v for k, v in letters.items() if len(k) == len(v) == 1}

    def fold(self, text: str) -> str:
        """Small letters, look-alikes and neighbours folded into one."""
        return text.lower().translate(str.maketrans(self.letters))

    def spellings(self, text: str) -> list[str]:
        """The folded text, and what it would be if typed in Latin."""
        folded = self.fold(text)
        turned = text.lower()
        for source, target in self._latin:
            turned = turned.replace(source, target)
        turned = self.fold(turned)
        return list(dict.fromkeys(s for s in (folded, turned) if s))

    def sql(self, column: str) -> str:
        """SQL that folds a column the same way."""
        source, target = "".join(self.letters), "".join(self.letters.values())
        return f"translate(lower({column}), '{source}', '{target}')" if source else f"lower({column})"


def search(page: Page) -> Response:
    """What is found, in groups."""
    text = page.query.get("q", "").strip()[:_LONGEST]
    folding = Folding(page.desk)
    spellings = folding.spellings(text) if text else []
    groups: list[dict[str, Any]] = []
    if spellings:
        groups = [
            {"title": page.words.t("Registers"), "hits": list(_registers(page, folding, spellings))},
            {"title": page.words.t("Indicators"), "hits": list(_measures(page, folding, spellings))},
            {"title": page.words.t("Columns"), "hits": list(_columns(page, folding, spellings))},
            *_names(page, folding, spellings),
        ]
    return page.render("search.html", text=text, groups=[g for g in groups if g["hits"]], asked=bool(text))


def _matches(folding: Folding, spellings: list[str], texts: Iterable[str | Label]) -> bool:
    every = [folding.fold(t) for label in texts for t in (label.values() if isinstance(label, Label) else [label])]
    return any(s in t for s in spellings for t in every)


def _registers(page: Page, folding: Folding, spellings: list[str]) -> Iterable[dict[str, str]]:
    for register in page.registers.values():
        if _matches(folding, spellings, [register.label, register.summary, register.name]):
            yield {
                "href": page.words.link("registers", register.name),
                "text": page.words.label(register.label, register.table),
                "more": page.words.label(register.summary),
            }


def _measures(page: Page, folding: Folding, spellings: list[str]) -> Iterable[dict[str, str]]:
    for measure in page.desk.workspace.catalogue.measures.values():
        if not page.is_built(measure):
            continue
        synonyms = [s for some in measure.synonyms.values() for s in some]
        if _matches(folding, spellings, [measure.title, measure.definition, *synonyms]):
            yield {
                "href": page.words.link("measures", measure.name),
                "text": page.words.label(measure.title),
                "more": page.words.label(measure.definition),
            }


def _columns(page: Page, folding: Folding, spellings: list[str]) -> Iterable[dict[str, str]]:
    for register in page.registers.values():
        for column in register.columns:
            if _matches(folding, spellings, [column.label, column.name]):
                yield {
                    "href": page.words.link("registers", register.name) + "#columns",
                    "text": f"{page.words.label(column.label, column.name)} ({column.name})",
                    "more": page.words.label(register.label, register.table),
                }


def _names(page: Page, folding: Folding, spellings: list[str]) -> list[dict[str, Any]]:
    """Rows of open registers whose names hold the text, in the alphabet's order."""
    desk = page.desk
    snapshot = page.snapshot()
    held = snapshot.registers if snapshot else {}
    named: list[tuple[Register, list[str]]] = []
    for register in page.registers.values():
        allowed = desk.workspace.gate.may_read(PORTAL, OPEN, register).columns
        columns = [c.name for c in allowed if c.role == "name"]
        if not columns and not any(c.role for c in register.columns) and register.name in held:
            # Nobody has said yet what its columns are, as in a contract that was guessed.
            is_small = held[register.name].rows <= _MOST_ROWS_WITHOUT_ROLES
            columns = [c.name for c in allowed if c.type.kind == "text" and c.name not in SYSTEM_COLUMNS and is_small]
        if columns and register.name in held and all(k in {c.name for c in allowed} for k in register.key):
            named.append((register, columns))
    relations = [_named(folding, register, columns, spellings, page.language) for register, columns in named]
    answers = desk.read(relations, known_at=page.known_at, reason="search") if relations else []
    groups: list[dict[str, Any]] = []
    for (register, columns), answer in zip(named, answers, strict=True):
        rows = answer.rows()
        hits = [
            {
                "href": row_link(page, register, answer, row),
                **_texts(row, register),
            }
            for row in rows[:_HITS]
        ]
        more = page.words.t("The first {count} are shown.", count=_HITS) if len(rows) > _HITS else ""
        groups.append({"title": page.words.label(register.label, register.table), "hits": hits, "note": more})
        del columns
    return groups


def _texts(row: Sequence[object], register: Register) -> dict[str, str]:
    """What a hit is called, its first name or else its key, and what stands beside that."""
    size = len(register.key)
    is_named = any(c.role == "name" for c in register.columns)
    called, more = (row[size : size + 1], row[size + 1 :]) if is_named else (row[:size], row[size:])
    return {"text": ", ".join(map(str, called)), "more": " · ".join(str(v) for v in more if v)}


def _named(folding: Folding, register: Register, columns: list[str], spellings: list[str], language: str) -> Relation:
    wanted = f"name_{language}"
    ordered = sorted(columns, key=lambda c: (not c.endswith(f"_{language}"), c != wanted, c))
    tests = " OR ".join(
        f"contains({folding.sql(identifier(c))}, $s{i})" for c in columns for i in range(len(spellings))
    )
    shown = ", ".join(identifier(c) for c in [*register.key, *(c for c in ordered if c not in register.key)])
    first = identifier(ordered[0])
    begins = " OR ".join(f"starts_with({folding.sql(first)}, $s{i})" for i in range(len(spellings)))
    # The name of a collation cannot be a parameter, so nothing but letters is let through.
    collate = f" COLLATE {folding.collation}" if folding.collation.isalpha() else ""
    return Relation(
        f"SELECT {shown} FROM r WHERE {tests} ORDER BY CASE WHEN {begins} THEN 0 ELSE 1 END, length({first}), {first}{collate} LIMIT {_HITS + 1}",
        {"r": Input(register.name)},
        {f"s{i}": s for i, s in enumerate(spellings)},
    )
