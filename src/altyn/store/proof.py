"""Proof: what a snapshot says, as numbers that do not hang on files, engines or versions of libraries.

Two stores that give the same proof of a snapshot hold the same rows, versions, batches and quarantine. Restores, upgrades and
crash tests compare proofs; a proof holds no value of any row.
"""

from __future__ import annotations

from altyn.engines.duckdb import Session
from altyn.model.sql import literal
from altyn.store.folders import Folders
from altyn.store.journal import journal_at
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots

Proof = dict[str, dict[str, int]]
VERSIONS = ("batch", "op", "row_hash", "file_no", "line_no", "valid_from", "valid_to")
_REFUSED = ("entry", "batch", "file", "line_no", "column_name", "rule", "raw", "key_text")


def prove(session: Session, folders: Folders, snapshots: Snapshots, snapshot: Snapshot) -> Proof:
    """The proof of one snapshot: register -> numbers of versions, rows and refusals, with a digest of each.

    Args:
        session: where it is worked out.
        folders: the project's `.altyn`.
        snapshots: all published ones; they list the batches that exist.
        snapshot: the one to prove.
    """
    known = [b for n in snapshots.numbers() if n <= snapshot.number for b in snapshots.get(n).batches]
    return {
        name: _register(session, folders, state, [b.number for b in known if b.register == name])
        for name, state in sorted(snapshot.registers.items())
    }


def _register(session: Session, folders: Folders, state: RegisterState, batches: list[int]) -> dict[str, int]:
    files = journal_at(folders, state.path).files(state.version)
    versions, digest = 0, 0
    if files:
        listed = ", ".join(literal(str(f)) for f in files)
        rows = f"(SELECT * FROM read_parquet([{listed}], union_by_name = true) WHERE batch IN (SELECT unnest({batches}::BIGINT[])))"
        versions, digest = digest_of(session, rows, VERSIONS)
    refused, refused_digest = 0, 0
    if state.quarantine:
        refused, refused_digest = digest_of(
            session, f"read_parquet({literal(str(folders.local(state.quarantine)))})", _REFUSED
        )
    return {
        "rows": state.rows, "versions": versions, "digest": digest, "refused": refused, "refused_digest": refused_digest,
    }  # fmt: skip


def digest_of(session: Session, rows: str, columns: tuple[str, ...]) -> tuple[int, int]:
    """Count of rows, and the sum of 60 bits of md5 over each: the order of rows plays no part."""
    text = " || chr(31) || ".join(f"coalesce(CAST({c} AS VARCHAR), chr(0))" for c in columns)
    count, total = session.one(
        f"SELECT count(*), coalesce(sum(CAST('0x' || left(md5({text}), 15) AS BIGINT)), 0)::VARCHAR FROM {rows}"
    )
    return int(count), int(total)
