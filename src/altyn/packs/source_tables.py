"""The tables `[sources."pack.register"]` of altyn.toml, changed as text, so that a person's comments stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.packs.project import FILE, Project, load_project, toml_value


def put_source(project: Project, register: str, table: Mapping[str, Any], pack: str) -> Project:
    """Name a register's source and its pack: a new table at the end, or the settings that a table lacks or says otherwise.

    Raises:
        AltynError: `project.*` where altyn.toml would not be right afterwards; then it stays as it was.
    """
    before = project.sources.get(register)
    missing = {k: v for k, v in table.items() if before is None or before.get(k) != v}

    def edit(text: str) -> str:
        text = _with_pack(text, project, pack)
        if before is None:
            lines = [f'[sources."{register}"]', *(f"{key} = {toml_value(value)}" for key, value in table.items())]
            return text.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n"
        start, end = _place(text, register)
        lines = text[start:end].rstrip("\n").split("\n")
        for key, value in missing.items():
            written = f"{key} = {toml_value(value)}"
            at = next((n for n, line in enumerate(lines) if re.match(rf"\s*{re.escape(key)}\s*=", line)), None)
            if at is None:
                lines.append(written)
            else:
                lines[at] = written
        return text[:start] + "\n".join(lines) + "\n" + ("\n" if end < len(text) else "") + text[end:].lstrip("\n")

    return _changed(project, edit) if missing or pack not in project.packs else project


def drop_source(project: Project, register: str) -> Project:
    """Take a register's source out of altyn.toml; what stands before and after it stays as it is."""
    if register not in project.sources:
        return project

    def edit(text: str) -> str:
        start, end = _place(text, register)
        return text[:start].rstrip("\n") + "\n" + ("\n" + text[end:].lstrip("\n") if text[end:].strip() else "")

    return _changed(project, edit)


def _place(text: str, register: str) -> tuple[int, int]:
    """Where a source's table begins and ends; comments in front of the next table belong to that."""
    quoted = rf"""sources\s*\.\s*["']{re.escape(register)}["']"""
    found = re.search(rf"(?m)^[ \t]*\[\s*(?:{quoted})\s*\][^\n]*\n?", text)
    if found is None:
        raise AltynError(
            "project.invalid",
            what=say("The source of {name} is not a table of its own.", name=register),
            where=f"{FILE}, sources",
            mend=say('Write [sources."pack.register"].'),
        )
    # The table goes on to the next one; its options may be a table of their own.
    end = len(text)
    for following in re.finditer(r"(?m)^[ \t]*\[[^\n]*", text[found.end() :]):
        if not re.match(rf"[ \t]*\[\s*{quoted}\s*\.", following[0]):
            end = found.end() + following.start()
            break
    body = text[found.start() : end].rstrip("\n").split("\n")
    while len(body) > 1 and (not body[-1].strip() or body[-1].lstrip().startswith("#")):
        body.pop()
    return found.start(), found.start() + len("\n".join(body)) + 1


def _with_pack(text: str, project: Project, pack: str) -> str:
    if pack in project.packs:
        return text
    listed = json.dumps([*project.packs, pack])
    pattern = r"(?m)^packs\s*=\s*\[[^\]]*\]"
    if re.search(pattern, text):
        return re.sub(pattern, lambda _: f"packs = {listed}", text, count=1)
    return f"packs = {listed}\n{text}"


def _changed(project: Project, edit: Callable[[str], str]) -> Project:
    path = project.folder / FILE
    before = path.read_text(encoding="utf-8")
    temporary = path.with_name(f".{FILE}.new")
    temporary.write_text(edit(before), encoding="utf-8")
    temporary.replace(path)
    try:
        return load_project(project.folder)
    except AltynError:
        path.write_text(before, encoding="utf-8")
        raise
