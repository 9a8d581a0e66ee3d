"""Durable writes: what is written lasts, whole or not at all, whatever the machine does next."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from altyn.engines.duckdb import translated
from altyn.store import faults


def write_durably(path: Path, content: bytes, *, exclusive: bool = False) -> None:
    """Write a whole file or nothing, and make it last: temporary file, fsync, rename, fsync of the folder.

    Args:
        path: the file.
        content: its bytes.
        exclusive: refuse to replace an existing file (FileExistsError).
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with translated():
            with os.fdopen(descriptor, "wb") as file:
                faults.reach("write.begun")
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            faults.reach("write.synced")
            if exclusive:
                os.link(temporary, path)
            else:
                temporary.rename(path)
            faults.reach("write.named")
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def name_durably(temporary: Path, path: Path) -> None:
    """Give a file that was written whole its name, and make both last."""
    make_last(temporary)
    temporary.rename(path)
    sync_folder(path.parent)


def make_last(path: Path) -> None:
    """Make a file that was written whole last, readable by its owner alone."""
    path.chmod(0o600)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with translated():
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names in a folder last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
