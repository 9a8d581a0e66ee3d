"""Search: registers, columns, indicators, and rows of open registers by their names and codes, in three languages.

A row is found when every word of the question stands in it. Letters that keyboards mix up are folded on both sides, by the tables
of the packs: қ finds к, and к finds қ. Where nothing is written so, what is written nearly so is shown, and said to be that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

from altyn.language import Label
from altyn.model.registers import SYSTEM_COLUMNS
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.serve.portal.desk import Page
from altyn.serve.portal.draw.folding import Folding
from altyn.serve.portal.draw.index import Searched, SearchIndex, Wanted
from altyn.serve.portal.pages.registers import row_link

_HITS, _LONGEST, _MOST_WORDS = 30, 100, 8
# All texts of a register are gone through where no column is known to be a name: only while that is quick.
_MOST_ROWS_WITHOUT_ROLES = 200_000
# Rows of a register of which names and codes are remembered, and how many registers, versions and languages are.
_MOST_REMEMBERED = 60_000
# A word of fewer letters is near to too many; and how near is near, of 100.
_SHORTEST_NEAR, _NEAR, _NEAREST = 4, 75, 3


def search(page: Page) -> Response:
    """What is found, in groups."""
    text = page.query.get("q", "").strip()[:_LONGEST]
    folding = page.desk.folding
    wanted = [folding.spellings(word) for word in text.split()[:_MOST_WORDS]]
    wanted = [spellings for spellings in wanted if spellings]
    groups: list[dict[str, Any]] = []
    instead = ""
    if wanted and page.snapshot() is not None:
        searched = _searched(page)
        groups = _found(page, folding, searched, wanted)
        if not groups:
            near = _nearly(page, folding, searched, wanted)
            groups = _found(page, folding, searched, near) if near else []
            instead = " ".join("/".join(words) for words in near) if groups else ""
    return page.render("search.html", text=text, groups=groups, instead=instead, asked=bool(text))


def _found(page: Page, folding: Folding, searched: Sequence[Searched], wanted: Wanted) -> list[dict[str, Any]]:
    groups = [
        {"title": page.words.t("Registers"), "hits": list(_registers(page, folding, wanted))},
        {"title": page.words.t("Indicators"), "hits": list(_measures(page, folding, wanted))},
        {"title": page.words.t("Columns"), "hits": list(_columns(page, folding, wanted))},
        *_rows(page, folding, searched, wanted),
    ]
    return [group for group in groups if group["hits"]]


def _holds(folding: Folding, wanted: Wanted, texts: Iterable[str | Label]) -> bool:
    whole = folding.fold(
        " ".join(t for label in texts for t in (label.values() if isinstance(label, Label) else [label]))
    )
    return all(any(spelling in whole for spelling in spellings) for spellings in wanted)


def _registers(page: Page, folding: Folding, wanted: Wanted) -> Iterable[dict[str, str]]:
    for register in page.registers.values():
        if _holds(folding, wanted, [register.label, register.summary, register.name]):
            yield {
                "href": page.words.link("registers", register.name),
                "text": page.words.label(register.label, register.table),
                "more": page.words.label(register.summary),
                "kind": register.data_kind,
            }


def _measures(page: Page, folding: Folding, wanted: Wanted) -> Iterable[dict[str, str]]:
    for measure in page.desk.workspace.catalogue.measures.values():
        if not page.is_built(measure):
            continue
        synonyms = [s for some in measure.synonyms.values() for s in some]
        if _holds(folding, wanted, [measure.title, measure.definition, measure.name, *synonyms]):
            yield {
                "href": page.words.link("measures", measure.name),
                "text": page.words.label(measure.title),
                "kind": "synthetic" if "synthetic" in page.kinds(measure) else "",
                "more": page.words.label(measure.definition),
            }


def _columns(page: Page, folding: Folding, wanted: Wanted) -> Iterable[dict[str, str]]:
    for register in page.registers.values():
        for column in register.columns:
            if _holds(folding, wanted, [column.label, column.name]):
                yield {
                    "href": page.words.link("registers", register.name) + "#columns",
                    "text": f"{page.words.label(column.label, column.name)} ({column.name})",
                    "more": page.words.label(register.label, register.table),
                    "kind": register.data_kind,
                }


def _searched(page: Page) -> list[Searched]:
    """The open registers that hold rows, and what of each may be searched."""
    snapshot = page.snapshot()
    held = snapshot.registers if snapshot else {}
    found: dict[str, Searched] = {}
    for register in page.registers.values():
        if register.name not in held:
            continue
        allowed = page.desk.may_read(register).columns
        names = {c.name for c in allowed}
        if not all(k in names for k in register.key):
            continue
        called = [c.name for c in allowed if c.role == "name"]
        codes = [
            c.name
            for c in allowed
            if c.name not in SYSTEM_COLUMNS
            and c.type.kind in {"text", "integer"}
            and (c.name in register.key or c.role == "code")
        ]
        if (
            not called
            and not any(c.role for c in register.columns)
            and held[register.name].rows <= _MOST_ROWS_WITHOUT_ROLES
        ):
            # Nobody has said yet what its columns are, as in a contract that was guessed.
            called = [c.name for c in allowed if c.type.kind == "text" and c.name not in SYSTEM_COLUMNS]
        if called or codes:
            wanted = f"name_{page.language}"
            ordered = sorted(called, key=lambda c: (not c.endswith(f"_{page.language}"), c != wanted, c))
            found[register.name] = Searched(register, tuple(ordered), tuple(codes))
    return [_with_parent(one, found) for one in found.values()]


def _with_parent(one: Searched, found: dict[str, Searched]) -> Searched:
    """Where the row that a row belongs to has its name: (own column, register, its column, its name)."""
    register = one.register
    ways = [(register.hierarchy.parent, register.name, register.hierarchy.code)] if register.hierarchy else []
    ways += [(r.columns[0], r.parent, r.parent_columns[0]) for r in register.relationships if len(r.columns) == 1]
    for own, parent, column in ways:
        if parent in found and found[parent].names and found[parent].register.key == (column,):
            return Searched(register, one.names, one.codes, (own, parent, column, found[parent].names[0]))
    return one


def _rows(page: Page, folding: Folding, searched: Sequence[Searched], wanted: Wanted) -> list[dict[str, Any]]:
    """Rows of open registers that hold every word, in the alphabet's order; one look, one record in the log."""
    indexes = _indexes(page, folding, searched)
    asked: list[tuple[Searched, Relation]] = []
    for one in searched:
        index = indexes.get(one.register.name)
        if index is None:
            asked += [(one, _looked_through(folding, one, wanted))] if one.names else []
            continue
        keys = index.keys(wanted, _HITS + 1)
        # What is remembered only says which rows to ask for: every row that is shown comes through the gate, and is logged.
        asked += [(one, _of_keys(one, keys))] if keys else []
    answers = page.desk.read([r for _, r in asked], known_at=page.known_at, reason="search") if asked else []
    groups: list[dict[str, Any]] = []
    order = page.desk.ordering.key
    for (one, _), answer in zip(asked, answers, strict=True):
        hits = [
            {
                "href": row_link(page, one.register, answer, row),
                "kind": one.register.data_kind,
                **_texts(one, answer, row),
            }
            for row in answer.rows()
        ]
        hits.sort(
            key=lambda hit: (
                not any(folding.fold(hit["text"]).startswith(s) for s in wanted[0]),
                len(hit["text"]),
                order(hit["text"]),
            )
        )
        more = page.words.t("The first {count} are shown.", count=_HITS) if len(hits) > _HITS else ""
        title = page.words.label(one.register.label, one.register.table)
        groups.append({"title": title, "hits": hits[:_HITS], "note": more})
    return groups


def _indexes(page: Page, folding: Folding, searched: Sequence[Searched]) -> dict[str, SearchIndex]:
    """What is remembered of the registers that are small enough, read through the gate once for each version of them."""
    desk, held = page.desk, page.desk.snapshot(page.known_at)
    marks = {
        one.register.name: (
            one.register.name,
            held.number,
            held.registers[one.register.name].version,
            one.names,
            one.codes,
        )
        for one in searched
        if held.registers[one.register.name].rows <= _MOST_REMEMBERED
    }
    missing = [one for one in searched if one.register.name in marks and marks[one.register.name] not in desk.kept]
    answers = (
        desk.read([_everything(one) for one in missing], known_at=page.known_at, reason="search") if missing else []
    )
    for one, answer in zip(missing, answers, strict=True):
        desk.keep(marks[one.register.name], SearchIndex.of(folding, one, answer.rows()))
    return {name: found for name, mark in marks.items() if (found := desk.kept.get(mark)) is not None}


def _texts(one: Searched, answer: Answer, row: Sequence[object]) -> dict[str, str]:
    """What a hit is called, what it belongs to, and its code and other names beside that."""
    values = {c.name: value for c, value in zip(answer.columns, row, strict=True)}
    key = ", ".join(str(values[k]) for k in one.register.key)
    is_named = any(c.role == "name" for c in one.register.columns)
    named = [str(values[n]) for n in one.names if values.get(n)]
    called, others = (named[0], [key, *named[1:]]) if is_named and named else (key, named)
    parent = values.get("_parent")
    return {
        "text": called,
        "parent": str(parent) if parent and parent != called else "",
        "more": " · ".join(dict.fromkeys(other for other in others if other != called)),
    }


def _joined(one: Searched) -> tuple[dict[str, Input], str, str]:
    """Inputs, join and expression that give a row the name of what it belongs to."""
    if one.parent is None:
        return {"r": Input(one.register.name)}, "", "NULL"
    own, other, column, name = one.parent
    inputs = {"r": Input(one.register.name), "p": Input(other)}
    return inputs, f" LEFT JOIN p ON p.{identifier(column)} = r.{identifier(own)}", f"p.{identifier(name)}"


def _everything(one: Searched) -> Relation:
    inputs, join, parent = _joined(one)
    columns = ", ".join(f"CAST(r.{identifier(n)} AS VARCHAR)" for n in (*one.register.key, *one.names, *one.codes))
    return Relation(f"SELECT {columns}, CAST({parent} AS VARCHAR) FROM r{join}", inputs)


def _of_keys(one: Searched, keys: Sequence[Sequence[str]]) -> Relation:
    """The rows of some keys. They are picked before anything is joined to them: a register may have a hundred thousand."""
    inputs, join, parent = _joined(one)
    shown = ", ".join(f"r.{identifier(n)}" for n in dict.fromkeys([*one.register.key, *one.names]))
    columns = [c for name in one.register.key for c in one.register.columns if c.name == name]
    # A key that is text is compared as it stands; a cast of the column would have to be made for every row.
    texts = [identifier(c.name) if c.type.kind == "text" else f"CAST({identifier(c.name)} AS VARCHAR)" for c in columns]
    parameters = {f"k{i}_{place}": value for i, key in enumerate(keys) for place, value in enumerate(key)}
    if len(texts) == 1:
        test = f"{texts[0]} IN ({', '.join(f'${name}' for name in parameters)})"
    else:
        test = " OR ".join(
            " AND ".join(f"{text} = $k{i}_{place}" for place, text in enumerate(texts)) for i in range(len(keys))
        )
    picked = f"(SELECT * FROM r WHERE {test}) AS r"
    return Relation(f"SELECT {shown}, {parent} AS _parent FROM {picked}{join}", inputs, parameters)


def _looked_through(folding: Folding, one: Searched, wanted: Wanted) -> Relation:
    """Of a register too large to be remembered: the first rows whose names hold every word."""
    inputs, join, parent = _joined(one)
    parameters = {f"s{i}_{k}": s for i, spellings in enumerate(wanted) for k, s in enumerate(spellings)}
    tests = [" OR ".join(f"contains(r.folded, $s{i}_{k})" for k in range(len(some))) for i, some in enumerate(wanted)]
    shown = ", ".join(f"r.{identifier(n)}" for n in dict.fromkeys([*one.register.key, *one.names]))
    first = f"r.{identifier(one.names[0])}"
    begins = " OR ".join(f"starts_with({folding.sql(first)}, $s0_{k})" for k in range(len(wanted[0])))
    inner = (
        f"SELECT r.* FROM (SELECT *, {folding.sql(_whole(one))} AS folded FROM r) AS r WHERE ({') AND ('.join(tests)})"
    )
    inner += f" ORDER BY CASE WHEN {begins} THEN 0 ELSE 1 END, length({first}), {first} LIMIT {_HITS + 1}"
    return Relation(f"SELECT {shown}, {parent} AS _parent FROM ({inner}) AS r{join}", inputs, parameters)


def _whole(one: Searched) -> str:
    """SQL of all names of a row in one text."""
    return f"concat_ws(' ', {', '.join(identifier(n) for n in one.names)})" if one.names else "''"


def _nearly(page: Page, folding: Folding, searched: Sequence[Searched], wanted: Wanted) -> Wanted:
    """Spellings that exist, near to the words that do not; empty where one of them is near to nothing."""
    from rapidfuzz import fuzz, process

    known = _known_words(page, folding, searched)
    near: Wanted = []
    for spellings in wanted:
        if any(c.isdigit() for c in spellings[0]) or any(spelling in word for spelling in spellings for word in known):
            near.append(spellings)
            continue
        close = [
            (score, word)
            for spelling in spellings
            if len(spelling) >= _SHORTEST_NEAR
            for word, score, _ in process.extract(
                spelling, known, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_NEAREST
            )
        ]
        if not close:
            return []
        best = max(close)[0]
        near.append(list(dict.fromkeys(word for score, word in sorted(close, reverse=True) if score == best)))
    return near if near != wanted else []


def _known_words(page: Page, folding: Folding, searched: Sequence[Searched]) -> list[str]:
    """Every word of a title or of a name that is remembered, folded; gathered once for what there is to search."""
    indexes = _indexes(page, folding, searched)
    held = page.desk.snapshot(page.known_at)
    mark = ("words", page.language, held.number, held.run, page.desk.contracts_mark)
    found = page.desk.kept.get(mark)
    if found is None:
        titles = [m.title for m in page.desk.workspace.catalogue.measures.values() if page.is_built(m)]
        titles += [label for r in page.registers.values() for label in (r.label, *(c.label for c in r.columns))]
        words = {folding.fold(word) for label in titles for text in label.values() for word in re.findall(r"\w+", text)}
        found = sorted(words.union(*(index.words for index in indexes.values())))
        page.desk.keep(mark, found)
    return found


ROUTES = {
    "/search": search,
}
