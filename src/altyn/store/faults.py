"""Faults: the named moments around each durable step at which a test may end the process, as a power cut would.

Nothing happens unless ALTYN_FAULT names a moment: `journal.committed` ends the process when it is first reached, `journal.committed:3`
the third time. The process ends at once, without clean-up, with status 137 as after `kill -9`.
"""

from __future__ import annotations

import os

from altyn import settings

MOMENTS = (
    "write.begun",
    "write.synced",
    "write.named",
    "journal.written",
    "journal.synced",
    "journal.committed",
    "quarantine.written",
    "batch.done",
    "slice.written",
    "measure.written",
    "batches.written",
    "publish.before",
    "publish.after",
)
LOGGING = ("log.before", "log.part", "log.line", "log.head")
EVOLVING = ("generation.begun",)
ERASING = ("erase.written", "erase.repointed", "erase.quarantine", "erase.texts", "erase.removed")  # fmt: skip
_KNOWN = frozenset((*MOMENTS, *LOGGING, *EVOLVING, *ERASING))
_reached: dict[str, int] = {}


def reach(moment: str) -> None:
    """End the process here if a test asked for it."""
    # A moment that no list names is one that no test ends the process at.
    assert moment in _KNOWN, moment
    wanted = settings.fault()
    if not wanted:
        return
    name, _, number = wanted.partition(":")
    if name == moment:
        _reached[moment] = _reached.get(moment, 0) + 1
        if _reached[moment] == int(number or 1):
            os._exit(137)
