"""Folders: where everything durable of a project lies, and the one lock that lets a single writer in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from altyn.errors import AltynError
from altyn.language import say
from altyn.store.durable import write_durably

if TYPE_CHECKING:
    from altyn.store.places import ObjectStore

FORMAT = 2
# Stands while an upgrade is under way: what lies there is of neither format.
UPGRADE_MARK = "upgrade.json"


@dataclass(frozen=True, slots=True)
class Folders:
    """The parts of `.altyn`; each is made, mode 0700, the first time it is asked for.

    Where `place` is given, what is true lies there (journals, quarantine, contracts, snapshots), and `root` keeps copies of
    it, which never change, and what is derived from it.
    """

    root: Path
    place: ObjectStore | None = None

    def local(self, name: str) -> Path:
        """A file of the store on this machine, fetched from the project's place where it is not here yet."""
        path = self.root / name
        if self.place and not path.exists():
            with contextlib.suppress(FileNotFoundError):
                self.place.fetch(name, path)
        return path

    def keep(self, name: str) -> None:
        """Put a file that was just written into the project's place, if it has one."""
        if self.place:
            self.place.put(self.root / name, name)

    def _made(self, name: str) -> Path:
        path = self.root / name
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except PermissionError:
            raise AltynError(
                "environment.permission",
                what=say("The project's folder may not be written."),
                where=str(path.name),
                mend=say("Run as the project's owner; `altyn doctor` lists folders with wrong modes."),
            ) from None
        return path

    @property
    def store(self) -> Path:
        """Journals."""
        return self._made("store")

    @property
    def derived(self) -> Path:
        """What can be built again: governed slices, measures, the list of batches."""
        return self._made("derived")

    @property
    def quarantine(self) -> Path:
        """Refused rows, as secret as their register."""
        return self._made("quarantine")

    @property
    def snapshots(self) -> Path:
        """Published snapshots, one file each."""
        return self._made("snapshots")

    @property
    def log(self) -> Path:
        """The access log."""
        return self._made("log")

    @property
    def scratch(self) -> Path:
        """Temporary files of a run; emptied when the next run starts."""
        return self._made("scratch")

    def prepare(self) -> None:
        """Make the root and its format mark; refuse a format this version does not know.

        Raises:
            AltynError: `project.format`, `project.upgrade-unfinished`.
        """
        self._made(".")
        if (self.root / UPGRADE_MARK).exists():
            raise AltynError(
                "project.upgrade-unfinished",
                what=say("An upgrade of the project was begun and not ended."),
                where=f".altyn/{UPGRADE_MARK}",
                mend=say("Run altyn upgrade again: it goes on where it stopped."),
            )
        mark = self.root / "format"
        if not mark.exists():
            write_durably(mark, f"{FORMAT}\n".encode())
        found = mark.read_text().strip()
        if found != str(FORMAT):
            raise AltynError(
                "project.format",
                what=say(
                    "The project's data have format {found}; this Altyn reads format {ours}.",
                    found=found[:20],
                    ours=FORMAT,
                ),
                where=".altyn/format",
                mend=say("Run altyn upgrade: it brings the data to this format.")
                if found.isdecimal() and int(found) < FORMAT
                else say("Use the version of Altyn that wrote them."),
            )


@contextlib.contextmanager
def writing(folders: Folders, wait_s: float = 10.0) -> Generator[None]:
    """Hold the project's lock; wait up to `wait_s` seconds for another run to end.

    Raises:
        AltynError: `project.locked` when the other run is still at work; `project.format`.
    """
    folders.prepare()
    with locked(folders, wait_s):
        yield


@contextlib.contextmanager
def locked(folders: Folders, wait_s: float = 10.0) -> Generator[None]:
    """Hold the project's lock whatever its format is: for upgrades, and for `writing`.

    Raises:
        AltynError: `project.locked` when the other run is still at work.
    """
    descriptor = os.open(folders.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait_s
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise AltynError(
                        "project.locked",
                        what=say("Another run is at work in this project."),
                        where=".altyn/lock",
                        mend=say("Wait until it has ended, or let this one wait longer with --wait SECONDS."),
                        retry=True,
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)
