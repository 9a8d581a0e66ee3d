"""Compaction: many small files of a journal written as one, so that ten thousand batches read as fast as one.

Every row keeps its batch, file and line; nothing is lost and nothing is learned later. The old files stay where they are, for a
version of the journal is a list of files; only what is read changes. It is no part of a snapshot: a reader of an older version
takes the newest list of files if that is shorter, for batches tell which rows it may see.
"""

from __future__ import annotations

import json
import secrets
import time

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.sql import identifier
from altyn.store import faults
from altyn.store.journal import COMPACTED, Journal
from altyn.store.proof import digest_of

# Files below this are small; a run leaves no more of them than this many.
_SMALL_BYTES = 16 * 1024 * 1024
MOST_SMALL = 16


def compact(journal: Journal, session: Session) -> int:
    """Write a journal's small files as one if there are too many; return how many that were.

    The commit is Delta's own kind for this: files removed and added with `dataChange` false, and no row changed.

    Raises:
        AltynError: `journal.unproven` when the new file does not hold exactly the rows of the old ones; `journal.raced` when
            another machine wrote at the same time. The journal is as it was then.
    """
    version = journal.version()
    small = [name for name, size in journal.sizes(version).items() if size < _SMALL_BYTES]
    if len(small) <= MOST_SMALL:
        return 0
    name = f"{COMPACTED}{version + 1:08d}-{secrets.token_hex(4)}.parquet"
    old, new = journal.sql_of(small), journal.path / name
    rows = session.write_parquet(f"SELECT * FROM {old} ORDER BY batch, file_no, line_no", new)
    faults.reach("journal.written")
    columns = tuple(identifier(c.name) for c in journal.stored_columns())
    if digest_of(session, journal.sql_of([name]), columns) != digest_of(session, old, columns):
        new.unlink()
        raise AltynError(
            "journal.unproven",
            what=say("The compacted journal does not hold the same rows; nothing was changed."),
            where=f"{journal.path.parent.name}.{journal.path.name}",
            mend=say("Run `altyn doctor`: a disk or memory may be failing."),
        )
    now = int(time.time() * 1000)
    removed = [
        {"remove": {"path": p, "deletionTimestamp": now, "dataChange": False, "partitionValues": {}}} for p in small
    ]
    added = {
        "path": name, "partitionValues": {}, "size": new.stat().st_size, "modificationTime": now, "dataChange": False,
        "stats": json.dumps({"numRecords": rows}),
    }  # fmt: skip
    info = {"commitInfo": {"timestamp": now, "operation": "OPTIMIZE", "operationParameters": {}}}
    journal.commit_files(version + 1, name, [info, *removed, {"add": added}])
    return len(small)
