"""Formats: how a snapshot of an older format reads in ours, and the steps of an upgrade that write it so.

Format 2: derived tables of any kind stand under `tables`, where format 1 knew only `measures`; governed copies are keyed by
what they hold, where they were keyed by a purpose; and a run's report has codes and counts, no texts, for a text may quote the
first line of a file that lost its header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from altyn.language import say
from altyn.store.durable import write_durably
from altyn.store.upgrade import Step


def as_format_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a snapshot, of format 1 or of ours, in format 2. KeyError where it is neither."""
    if document["format"] != 1:
        return dict(document)
    rest = {key: value for key, value in document.items() if key != "measures"}
    tables = {name: {"kind": "measure", **state} for name, state in document["measures"].items()}
    registers = {name: {**state, "slices": {}, "slice_bases": {}} for name, state in document["registers"].items()}
    report = [without_texts(line) for line in document.get("report", ())]
    return {**rest, "format": 2, "tables": tables, "registers": registers, "report": report}


def without_texts(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a run's report with the code of its error in place of its words.

    >>> without_texts({"register": "local.areas", "error": {"code": "source.empty", "what": "..."}})
    {'register': 'local.areas', 'error': {'code': 'source.empty'}}
    """
    error = line.get("error")
    return {**line, "error": {"code": error.get("code", "")}} if isinstance(error, Mapping) else dict(line)


def _older(root: Path) -> list[tuple[Path, dict[str, Any]]]:
    read = [(path, json.loads(path.read_bytes())) for path in sorted((root / "snapshots").glob("[0-9]*.json"))]
    return [(path, document) for path, document in read if document.get("format") == 1]


def _write_snapshots(root: Path) -> None:
    for path, document in _older(root):
        content = json.dumps(as_format_2(document), ensure_ascii=False, indent=1, sort_keys=True)
        write_durably(path, content.encode())


TO_2 = Step(
    say("Derived tables of any kind, copies keyed by what they hold, reports without texts."),
    _write_snapshots,
    lambda root: len(_older(root)),
)
# format -> the step that leads from it to the next.
STEPS: Mapping[int, Step] = {1: TO_2}
