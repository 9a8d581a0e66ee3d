"""Diagnosis: what `altyn doctor` looks at. Each line says what was looked at, what was found, and if that is good."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.policy.child import isolation
from altyn.serve.operation.health import examine_health
from altyn.serve.operation.last_run import described, problem_of
from altyn.serve.operation.machine import is_clock_kept, is_encrypted, version_fits, versions
from altyn.serve.use_cases.auditing import audit
from altyn.serve.workspace import Workspace
from altyn.store.orders import Orders
from altyn.store.snapshots import publication_time

_FREE_BYTES = 2 * 1024**3
_GB = 1024**3
_MB = 1024**2
# Younger ones may belong to somebody who is at work.
_LEFT_OVER_S = 3600


def examine(workspace: Workspace | None) -> list[dict[str, Any]]:
    """Findings about the machine, and about the project where there is one. `good` is True, False, or None for a note."""
    python, wanted = platform.python_version(), metadata.metadata("altyn")["Requires-Python"] or ""
    lines = [
        _line(say("Altyn"), __version__),
        _line(say("Python"), f"{python} ({wanted})", good=version_fits(python, wanted)),
        *(
            _line(Message(name), f"{found} ({wanted})", good=version_fits(found, wanted))
            for name, found, wanted in versions(("duckdb", "deltalake", "sqlglot"))
        ),
        *(
            _line(Message(f"query process: {name}"), say("yes") if good else say("no"), good=good or None)
            for name, good in isolation().items()
        ),
        _line(
            say("time service"),
            say("keeps the clock right") if is_clock_kept() else say("unknown"),
            good=is_clock_kept(),
        ),
    ]
    return lines + (_project(workspace) if workspace else [_line(say("project"), say("none here"))])


def _project(workspace: Workspace) -> list[dict[str, Any]]:
    root = workspace.project.folder / ".altyn"
    return [
        _line(say("project"), workspace.project.name),
        _line(say("synthetic people"), say("yes") if workspace.project.synthetic else say("no")),
        *_disk(root),
        *_time(workspace),
        *_log(workspace),
        _last_run(workspace),
        *_orders(workspace),
    ]


@dataclass
class _Files:
    """What lies in `.altyn`: bytes in all, how many are open to others or belong to others, bytes nobody needs any more."""

    size: int = 0
    wide: int = 0
    strange: int = 0
    left_over: dict[str, int] = field(default_factory=dict[str, int])


def _look_through(root: Path) -> _Files:
    found, now = _Files(), time.time()
    for path, status in _walk(root):
        is_folder = stat.S_ISDIR(status.st_mode)
        found.size += 0 if is_folder else status.st_size
        found.wide += bool(status.st_mode & 0o077) and not stat.S_ISLNK(status.st_mode)
        found.strange += status.st_uid != os.getuid()
        top = path.relative_to(root).parts[:1]
        is_unfinished = path.name.startswith(".") and not is_folder
        if (
            not is_folder
            and (top in {("scratch",), ("backup",)} or is_unfinished)
            and now - status.st_mtime > _LEFT_OVER_S
        ):
            place = top[0] if len(path.relative_to(root).parts) > 1 else path.name
            found.left_over[place] = found.left_over.get(place, 0) + status.st_size
    return found


def _walk(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything in a folder and the folder; what goes away meanwhile is left out."""
    for path in (root, *root.rglob("*")):
        try:
            yield path, path.lstat()
        except FileNotFoundError:
            continue


def _disk(root: Path) -> list[dict[str, Any]]:
    free, files, encrypted = shutil.disk_usage(root).free, _look_through(root), is_encrypted(root)
    left = ", ".join(f"{name} {size / _MB:.0f} MB" for name, size in sorted(files.left_over.items()))
    return [
        _line(
            say("free disk space"),
            say("{free} GB; the store takes {size} GB", free=f"{free / _GB:.1f}", size=f"{files.size / _GB:.1f}"),
            # An erasure or an upgrade writes what it changes anew before the old goes away.
            good=free >= max(_FREE_BYTES, files.size),
        ),
        _line(
            say("encrypted volume"),
            say("unknown") if encrypted is None else say("yes") if encrypted else say("no"),
            good=encrypted or None,
        ),
        _line(
            say("modes of .altyn"),
            say("private") if not files.wide else say("{count} open to others", count=files.wide),
            good=not files.wide,
        ),
        _line(
            say("owner of .altyn"),
            say("you") if not files.strange else say("{count} belong to others", count=files.strange),
            good=not files.strange,
        ),
        _line(say("left over from work that was broken off"), left or say("nothing"), good=None if left else True),
    ]


def _time(workspace: Workspace) -> list[dict[str, Any]]:
    try:
        latest = workspace.store.snapshots.latest()
        publication_time(workspace.clock(), latest)
    except AltynError as error:
        return [_line(say("clock") if error.code == "clock.behind" else say("last snapshot"), error.what, good=False)]
    return [
        _line(say("last snapshot"), _moment(latest.published_at) if latest else say("none")),
        _line(say("clock"), say("ahead of the last snapshot"), good=True),
    ]


def _log(workspace: Workspace) -> list[dict[str, Any]]:
    try:
        checked = audit(workspace).require_whole().records
    except AltynError as error:
        return [_line(say("access log"), error.what, good=False)]
    return [_line(say("access log"), say("{count} records, chain whole", count=checked), good=True)]


def _last_run(workspace: Workspace) -> dict[str, Any]:
    health = examine_health(workspace)
    if health.last is None:
        return _line(say("last run"), say("none"))
    problem = problem_of(health.last, health.at, workspace.project.late_after)
    if problem:
        return _line(say("last run"), problem.what, good=False)
    at = _moment(health.last.ended or health.last.started)
    return _line(say("last run"), say("{outcome}, {at}", outcome=described(health.run), at=at), good=True)


def _orders(workspace: Workspace) -> list[dict[str, Any]]:
    """Orders that wait for somebody, and those a crash broke off; the next run finishes the latter."""
    try:
        orders = Orders(workspace.store.folders).all()
        if orders and not workspace.store.folders.local("orders/key").exists():
            lost = say("order.broken: their key is lost; take .altyn/orders/key from a backup")
            return [_line(say("orders on records"), lost, good=False)]
    except AltynError as error:
        return [_line(say("orders on records"), error.what, good=False)]
    waiting = sum(o.status == "requested" for o in orders)
    broken_off = sum(o.status == "executing" for o in orders)
    lines = [
        _line(
            say("orders on records"),
            say("{count} wait for a second person: altyn orders", count=waiting) if waiting else say("none waits"),
            good=None if waiting else True,
        )
    ]
    if broken_off:
        found = say("{count} erasures were broken off: altyn run finishes them", count=broken_off)
        lines.append(_line(say("orders on records"), found, good=False))
    return lines


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _line(what: Message, found: object, *, good: bool | None = None) -> dict[str, Any]:
    return {"what": what, "found": found, "good": good}
