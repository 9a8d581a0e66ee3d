"""Accounts: a second person of the operating system, for tests of what two persons must do.

Only root may take on another user number, so such tests run as root, as CI does; elsewhere they are skipped, loudly.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from altyn.serve.use_cases import erasing
from altyn.store.approvals import FOLDER
from tests.judges import require

# Two accounts that every Debian has: daemon and bin.
BOLAT, DANA = 1, 2


@contextmanager
def acting(uid: int, folder: Path) -> Generator[Path]:
    """Be another account, standing in a folder, which is then `.`: the folders above it may be closed to that account.

    The effective numbers are those that the kernel judges by, and that it writes on new files.
    """
    require("accounts")
    before, groups = Path.cwd(), os.getgroups()
    os.chdir(folder)
    os.setgroups([uid])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield Path()
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        os.chdir(before)


def let_in(folder: Path, uid: int) -> None:
    """What operate.md lets root do once: the second account may pass through the folder, its group write into `approvals/`."""
    require("accounts")
    folder.chmod(0o711)
    os.chown(folder / FOLDER, -1, uid)
    (folder / FOLDER).chmod(0o3770)


def approve(folder: Path, number: int, uid: int = BOLAT) -> None:
    """Approve an order of a project as another account."""
    let_in(folder, uid)
    with acting(uid, folder) as here:
        erasing.approve(here, number, str(erasing.shown(here, number)["hash"]))


# `altyn` as another account, where that account may not read this Python: all is imported before root becomes it.
LAUNCHER = """\
import contextlib, io, os, sys
import altyn.cli.main, altyn.cli.erasing, altyn.cli.words
with contextlib.redirect_stdout(io.StringIO()):
    altyn.cli.words.print_table(["a"], [("b",)])
second = int(sys.argv.pop(1))
os.setgroups([second])
os.setgid(second)
os.setuid(second)
altyn.cli.main.main()
"""
