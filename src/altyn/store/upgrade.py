"""Upgrade: a project of an older format becomes one of ours, step by step; a step that was interrupted is done again.

A mark is written before the first step and removed after the last. While it stands, the project opens for nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.store.durable import sync_folder, write_durably
from altyn.store.folders import FORMAT, UPGRADE_MARK


@dataclass(frozen=True, slots=True)
class Step:
    """From one format to the next.

    `carry_out(root)` changes `.altyn`; it may be ended at any moment and must then do its work when it is called again.
    `says` is what it does, in one sentence; `touches(root)` counts the files it would change.
    """

    says: Message
    carry_out: Callable[[Path], None]
    touches: Callable[[Path], int]


def format_of(root: Path) -> int:
    """The format of the project's data.

    Raises:
        AltynError: `project.format` where none can be read.
    """
    try:
        return int((root / "format").read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise AltynError(
            "project.format",
            what=say("The project does not say which format its data have."),
            where=".altyn/format",
            mend=say("Restore the file from a backup."),
        ) from None


def plan_upgrade(root: Path, steps: Mapping[int, Step], target: int = FORMAT) -> list[tuple[int, Step]]:
    """The steps from the project's format to ours, each with the format it begins from; none where nothing is to do.

    Raises:
        AltynError: `project.format` when the format is newer than ours, or so old that no step begins from it.
    """
    found = format_of(root)
    if found > target or any(number not in steps for number in range(found, target)):
        raise AltynError(
            "project.format",
            what=say(
                "The project's data have format {found}; this Altyn reads format {ours}.", found=found, ours=target
            ),
            where=".altyn/format",
            mend=say("Use the version of Altyn that wrote them.")
            if found > target
            else say("Upgrade with an older Altyn first, which still knows this format."),
        )
    return [(number, steps[number]) for number in range(found, target)]


def is_unfinished(root: Path) -> bool:
    """Whether an upgrade was begun and not ended."""
    return (root / UPGRADE_MARK).exists()


def upgrade(root: Path, steps: Sequence[tuple[int, Step]]) -> None:
    """Carry out planned steps, or those an interrupted upgrade left. The caller holds the lock.

    Args:
        root: the project's `.altyn`.
        steps: what `plan_upgrade` gave.
    """
    mark = root / UPGRADE_MARK
    if steps and not mark.exists():
        document = {"from": steps[0][0], "to": steps[-1][0] + 1}
        write_durably(mark, json.dumps(document).encode())
    for number, step in steps:
        step.carry_out(root)
        write_durably(root / "format", f"{number + 1}\n".encode())
    mark.unlink(missing_ok=True)
    sync_folder(root)
