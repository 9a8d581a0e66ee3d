"""Diagnosis: what `altyn doctor` looks at. Each line says what was looked at, what was found, and if that is good."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.policy.child import isolation
from altyn.serve.workspace import Workspace
from altyn.store.snapshots import publication_time

_FREE_BYTES = 2 * 1024**3
_OLDEST_PYTHON = (3, 11)


def examine(workspace: Workspace | None) -> list[dict[str, Any]]:
    """Findings about the machine, and about the project where there is one. `good` is True, False, or None for a note."""
    lines = [
        _line(say("Altyn"), __version__),
        _line(say("Python"), platform.python_version(), good=sys.version_info >= _OLDEST_PYTHON),
        *(_line(Message(name), metadata.version(name)) for name in ("duckdb", "deltalake", "sqlglot")),
        *(
            _line(Message(f"query process: {name}"), say("yes") if good else say("no"), good=good or None)
            for name, good in isolation().items()
        ),
    ]
    return lines + (_project(workspace) if workspace else [_line(say("project"), say("none here"))])


def _project(workspace: Workspace) -> list[dict[str, Any]]:
    root = workspace.project.folder / ".altyn"
    free = shutil.disk_usage(root).free
    wide = [p for p in _private_paths(root) if p.stat().st_mode & 0o077]
    strange = [p for p in _private_paths(root) if p.stat().st_uid != os.getuid()]
    lines = [
        _line(say("project"), workspace.project.name),
        _line(say("synthetic people"), say("yes") if workspace.project.synthetic else say("no")),
        _line(say("free disk space"), f"{free / 1024**3:.1f} GB", good=free >= _FREE_BYTES),
        _line(
            say("modes of .altyn"),
            say("private") if not wide else say("{count} open to others", count=len(wide)),
            good=not wide,
        ),
        _line(
            say("owner of .altyn"),
            say("you") if not strange else say("{count} belong to others", count=len(strange)),
            good=not strange,
        ),
    ]
    latest = workspace.store.snapshots.latest()
    lines.append(_line(say("last snapshot"), _moment(latest.published_at) if latest else say("none")))
    try:
        publication_time(workspace.clock(), latest)
        lines.append(_line(say("clock"), say("ahead of the last snapshot"), good=True))
    except AltynError as error:
        lines.append(_line(say("clock"), error.what, good=False))
    try:
        checked = workspace.gate.log.verify()
        lines.append(_line(say("access log"), say("{count} records, chain whole", count=checked), good=True))
    except AltynError as error:
        lines.append(_line(say("access log"), error.what, good=False))
    return lines


def _private_paths(root: Path) -> list[Path]:
    return [root, *(p for p in root.rglob("*") if p.is_dir() or p.suffix in {".json", ".jsonl", ".parquet"})]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _line(what: Message, found: object, *, good: bool | None = None) -> dict[str, Any]:
    return {"what": what, "found": found, "good": good}
