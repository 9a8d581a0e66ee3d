"""Unexpected: an exception nobody foresaw becomes an error with a number, and a line in a log that only the owner reads.

The line holds the exception's type and the places in the program it passed, never its message or what variables held: those quote
values of rows, and would outlive the erasure of the rows.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import traceback
from datetime import datetime
from pathlib import Path

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import say

FILE = "unexpected.log"
# Beyond this the older half is of no use to anybody.
_MOST_BYTES = 2 * 1024 * 1024


def as_error(error: BaseException, root: Path, now: datetime, *, where: str) -> AltynError:
    """The error that stands for an exception, written down under `root` (a project's `.altyn`) by its number.

    Args:
        error: what came.
        root: where the log lies; nothing is written where it cannot be.
        now: the time of the line.
        where: register, measure or verb at work.
    """
    number = secrets.token_hex(4)
    line = {
        "error": number,
        "at": now.isoformat(timespec="seconds"),
        "version": __version__,
        "where": where,
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": frames(error),
    }
    with contextlib.suppress(OSError):
        _append(root / FILE, json.dumps(line) + "\n")
    return AltynError(
        "internal.unexpected",
        what=say("Altyn met something it did not foresee (error {number}).", number=number),
        where=where,
        mend=say(
            "Nothing of it was kept. Send the line with this number in .altyn/{file} to those who look after Altyn; it holds no value.",
            file=FILE,
        ),
    )


def frames(error: BaseException) -> list[str]:
    """The places an exception passed, as `package/file.py:line name`, of its causes too; the innermost last."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        for frame in traceback.extract_tb(seen.__traceback__):
            parts = Path(frame.filename).parts
            found.append(f"{'/'.join(parts[-3:])}:{frame.lineno} {frame.name}")
        seen = seen.__cause__ or seen.__context__
    return found[-60:]


def _append(path: Path, line: str) -> None:
    if path.exists() and path.stat().st_size > _MOST_BYTES:
        kept = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(kept[len(kept) // 2 :]), encoding="utf-8")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(line)
