"""Cases of the specification: a small register, what its source says day by day, and what is then known.

They are TOML files beside this one. Each is run through a whole project, and printed as a page of docs/reference: what the page
shows is what was compared with what happened, so it cannot say what is not so.
"""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from altyn.errors import AltynError
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.refusals import refusals
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = ("checked", "compared", "asked", "retracted")
_ZONE = "Asia/Almaty"
_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: local.{register}
name: {register}
version: 1.0.0
status: active
description: {{purpose: A register of nowhere}}
schema:
  - name: {register}
    physicalType: table
    customProperties:
      - {{property: altyn.label, value: {{kk: Тізілім, ru: Регистр, en: Register}}}}
      - {{property: altyn.disclosure, value: {{open: true, kind: simulated}}}}
{profile}    properties:
{columns}"""
_PROJECT = """\
name = "spec"
state = "Nowhere"
languages = ["en"]
timezone = "Asia/Almaty"
synthetic = false
engine = "duckdb"
packs = ["local"]
"""
_SOURCE = """
[sources."local.{name}"]
path = "data/{name}.csv"
"""
_PACK = """\
pack = "local"
version = "1.0.0"
altyn = ">=0.1,<1"
title = {en = "Nowhere"}
owners = ["nobody"]
legal_basis = "none"
depends = []
quality = "bronze"
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: registers by name, then days of sources, refusals and questions, in order."""

    title: str
    says: str
    registers: Mapping[str, Mapping[str, str]]
    days: Sequence[Mapping[str, Any]]
    file: str


def cases(file: str) -> list[Case]:
    """The cases of one file."""
    found = tomllib.loads((HERE / f"{file}.toml").read_text(encoding="utf-8"))
    return [Case(c["title"], c["says"].strip(), c["register"], c["day"], file) for c in found["case"]]


# --- what happens ------------------------------------------------------------------------------------------------------------


def happened(case: Case, folder: Path) -> Iterator[tuple[str, str, str]]:
    """(what is looked at, what the case says, what a project does), day by day."""
    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (folder / "data").mkdir()
    sources = "".join(_SOURCE.format(name=name) for name in case.registers)
    (folder / "altyn.toml").write_text(_PROJECT + sources, encoding="utf-8")
    (registers.parent / "pack.toml").write_text(_PACK, encoding="utf-8")
    for name, parts in case.registers.items():
        text = _CONTRACT.format(
            register=name,
            profile=textwrap.indent(parts.get("profile", ""), " " * 6),
            columns=textwrap.indent(_classified(parts["columns"]), " " * 6),
        )
        (registers / f"{name}.odcs.yaml").write_text(text, encoding="utf-8")
    for day in case.days:
        yield from _one_day(folder, day)


def _classified(columns: str) -> str:
    """Every column public: who may see what is another page's matter."""
    return columns.replace("- {name:", "- {classification: public, name:")


def _one_day(folder: Path, day: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    now = datetime.combine(day["date"], time(6), tzinfo=ZoneInfo(_ZONE)).astimezone(UTC)
    workspace = Workspace.open(folder, clock=lambda: now)
    for name, text in day.get("source", {}).items():
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    if "source" in day:
        report = run_project(workspace, wait_s=0, accept=day.get("accept", ()))
        yield f"{day['date']} run", _told(day.get("run", {})), _told(_ended(report, day.get("run", {})))
        workspace = Workspace.open(folder, clock=lambda: now)
    for name, table in day.get("refused", {}).items():
        yield f"{day['date']} refused of {name}", _plain(table), _refused(workspace, name)
    for asked in day.get("ask", ()):
        yield f"{day['date']} {command(asked)}", _plain(asked["answer"]), _answer(workspace, asked)


def _ended(report: RunReport, said: Mapping[str, str]) -> dict[str, str]:
    """Register -> how its part of the run ended, of those the case speaks of; of a refusal its code."""
    found: dict[str, str] = {}
    for line in report.lines:
        error = line.get("error")
        found[str(line["register"]).partition(".")[2]] = error.code if isinstance(error, AltynError) else line["status"]
    return {name: found[name] for name in said}


def _told(ended: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {how}" for name, how in ended.items())


def _refused(workspace: Workspace, name: str) -> str:
    register = workspace.register(f"local.{name}")
    shown = refusals(workspace, register, purpose="open")
    rows = [
        (str(place["line"]), found["rule"], found["column"] or "", place.get("value") or "")
        for found in shown.groups
        for place in found["places"]
    ]
    return _table(["line", "rule", "column", "value"], sorted(rows))


def _answer(workspace: Workspace, asked: Mapping[str, Any]) -> str:
    how = {name: str(asked[name]) for name in ("as_of", "known_at") if name in asked}
    if "history" in asked:
        register = workspace.register(f"local.{asked['of']}")
        versions = questions.history(workspace, register, asked["history"], **how)
        columns = [c.name for c in register.columns if c.name not in register.key]
        rows = [
            (v.op, f"{v.recorded_at.astimezone(ZoneInfo(_ZONE)):%Y-%m-%d}", *(v.values.get(c) for c in columns), v.line)
            for v in versions
        ]
        return _table(["what", "recorded", *columns, "line"], rows)
    answer = questions.query(workspace, asked["sql"], **how)
    return _table([c.name for c in answer.columns], answer.rows())


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(" | ".join("—" if v is None else str(v) for v in row).strip() for row in [head, *rows])


def _plain(table: str) -> str:
    """A table as the case writes it, whatever spaces stand around its bars."""
    return "\n".join(" | ".join(c.strip() for c in line.split("|")).strip() for line in table.strip().splitlines())


# --- what is printed -----------------------------------------------------------------------------------------------------------


def command(asked: Mapping[str, Any]) -> str:
    """The question as a person types it."""
    more = "".join(f" --{name.replace('_', '-')} {asked[name]}" for name in ("as_of", "known_at") if name in asked)
    if "history" in asked:
        return f"altyn history {asked['of']} {asked['history']}{more}"
    return f"altyn query '{asked['sql']}'{more}"


def page(file: str) -> str:
    """The page of docs/reference that a file of cases prints."""
    found = tomllib.loads((HERE / f"{file}.toml").read_text(encoding="utf-8"))
    origin = (
        f"This page prints itself from `tests/spec/{file}.toml`: every table was compared with what a project does."
    )
    parts = [f"# {found['title']}\n\n{found['says'].strip()}\n\n{origin} Its registers are invented.\n"]
    for case in cases(file):
        parts.append(f"\n## {case.title}\n{case.says}\n")
        for name, register in case.registers.items():
            named = {"customProperties": register.get("profile", ""), "properties": register["columns"]}
            text = "".join(f"{part}:\n{textwrap.indent(said, '  ')}" for part, said in named.items() if said)
            parts.append(f"\nThe contract of `{name}` says:\n\n```yaml\n{text}```\n")
        for day in case.days:
            parts += _printed(day)
    return "".join(parts)


def _printed(day: Mapping[str, Any]) -> Iterator[str]:
    for name, text in day.get("source", {}).items():
        yield f"\n{day['date']}, `{name}.csv` says:\n\n```\n{text}```\n"
    ended = [f"`{name}` is {_words(how)}" for name, how in day.get("run", {}).items()]
    if ended:
        yield f"\n{'; '.join(ended)}.\n"
    for name, table in day.get("refused", {}).items():
        yield f"\nIn quarantine of `{name}`:\n\n{_markdown(table)}"
    for asked in day.get("ask", ()):
        then = "" if "source" in day else f"{day['date']}, "
        yield f"\n{then}`{command(asked)}`\n\n{_markdown(asked['answer'])}"


def _words(how: str) -> str:
    return f"refused with `{how}`" if "." in how else how


def _markdown(table: str) -> str:
    head, *rows = _plain(table).splitlines()
    line = "|".join("---" for _ in head.split(" | "))
    return "".join(f"| {r} |\n" for r in [head]) + f"|{line}|\n" + "".join(f"| {r} |\n" for r in rows)
