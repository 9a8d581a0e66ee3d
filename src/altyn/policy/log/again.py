"""Beginning again: a broken log is set aside as evidence, and the first record of the new one says so, by whom and why.

It is never silent: the new log has another identity, which every later snapshot carries, its first record names the old head,
and `altyn audit verify` repeats it for as long as the log lives. A log that is whole cannot be begun again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.log.chain import NAME, AccessLog
from altyn.policy.log.head import HEAD, Head, read_head, write_head
from altyn.policy.log.record import AccessRecord
from altyn.policy.log.verify import Checked, SnapshotHead
from altyn.store.durable import sync_folder, write_durably


def begin_again(log: AccessLog, checked: Checked, record: AccessRecord, snapshots: Sequence[SnapshotHead]) -> Path:
    """Set a broken log aside and begin a new one; the folder of the old one.

    Args:
        log: the project's.
        checked: what `verify` found.
        record: who does it and why.
        snapshots: what the published snapshots say of the log; the newest speaks for a head that is gone.

    Raises:
        AltynError: `audit.whole` where nothing is wrong; `gate.log`.
    """
    if not checked.faults:
        raise AltynError(
            "audit.whole",
            what=say("The access log is whole: there is no reason to begin again."),
            where=f".altyn/log/{NAME}",
            mend=say("`altyn audit verify` says what it found."),
        )
    folder = log.folder
    folder.mkdir(mode=0o700, exist_ok=True)
    with log.locked():
        try:
            head = read_head(folder)
        except ValueError:
            head = None
        said = [s.said for s in snapshots if s.said]
        old: dict[str, str | int] = dict(head.summary()) if head else dict(said[-1]) if said else {}
        known: list[str] = [*dict.fromkeys([*(str(s["log"]) for s in said), *([head.log] if head else [])])]
        old |= {"found": checked.faults[0].code, "before": " ".join(known)}
        aside = folder / f"broken-{secrets.token_hex(4)}"
        aside.mkdir(mode=0o700)
        for name in (NAME, HEAD):
            if (folder / name).exists():
                (folder / name).rename(aside / name)
        sync_folder(aside)
        sync_folder(folder)
        # The new log has an identity before it has a record: the snapshots know another.
        write_head(folder, Head(), None)
    old["aside"] = aside.name
    log.write(replace(record, outcome="begun-again", old_log=tuple(old.items())))
    for path in sorted(folder.glob("later-*.json")):
        log.write(AccessRecord.from_json(json.loads(path.read_bytes())))
        path.unlink()
    return aside


def keep_for_later(log: AccessLog, record: AccessRecord) -> None:
    """Keep a record that a broken log does not take: it comes into the log that is begun after it."""
    log.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(log.folder / f"later-{secrets.token_hex(4)}.json", json.dumps(record.to_json()).encode())
