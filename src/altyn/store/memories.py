"""Memories: which lines of a register's last whole extract became rows, so that the next one is read by its differences.

A memory is a shortcut in the project's cache: deleting it costs one slower load. It is used only where a row's verdict hangs on
its own line and nothing else has changed: contract, code lists, parents, versions of Altyn and DuckDB, erasure orders.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

import altyn
from altyn.model.columns import Column
from altyn.model.registers import Register
from altyn.sources.carried import LineMemory
from altyn.sources.validate import Context
from altyn.store.run import Run

# Below this a whole extract is read in a blink, and a memory is only one more file.
_FROM_BYTES = 8 * 1024 * 1024
# Of the files: another one makes older memories strangers.
_FORM = "2"
# What a rule may not ask if yesterday's answer is to hold today.
_MOMENT = re.compile(r"\bover\b|current_|\b(now|today|age|random|localtime\w*)\b", re.IGNORECASE)


def may_carry(register: Register) -> bool:
    """Whether a row's verdict hangs on nothing but its own line, the key's uniqueness, and its parents."""
    rules = register.row_rules
    return (
        bool(register.key)
        and not register.table_checks
        and register.hierarchy is None
        and not any(c.derivation and c.derivation.kind != "constant" for c in register.columns)
        and not any(c.unique and (c.name,) != register.key for c in register.columns)
        and not any(r.parent == register.name for r in register.relationships)
        and all(r.severity == "refuse" and not _MOMENT.search(r.sql) for r in rules)
    )


def mark(run: Run, register: Register, context: Context, contract: str, options: Sequence[str]) -> str | None:
    """What a row's verdict hangs on besides its line, as one hash; None where no memory may be kept or used.

    Args:
        run: its state of the register and of its parents counts.
        register: the register.
        context: code lists and kinds.
        contract: sha256 of the contract.
        options: how the source is read, as text.
    """
    state = run.states.get(register.name)
    if state is None or not may_carry(register) or run.orders.erased(register.name):
        return None
    parents = [f"{p}={run.states[p].at if p in run.states else ''}" for p in sorted(register.parents())]
    basis = [
        _FORM,
        altyn.__version__,
        duckdb.__version__,
        contract,
        state.at,
        *parents,
        *sorted(options),
        repr(sorted((name, sorted(c.codes), sorted(c.aliases.items())) for name, c in context.code_lists.items())),
        repr(sorted((name, kind.sql, kind.reserved_sql) for name, kind in context.kinds.items())),
        str(context.synthetic),
        context.time_zone,
    ]
    return hashlib.sha256("\n".join(basis).encode()).hexdigest()


def path_of(run: Run, register: Register, marked: str) -> Path:
    """The file of a memory."""
    return _folder(run, register) / f"{marked[:32]}.parquet"


def remembered(run: Run, register: Register, marked: str | None) -> LineMemory | None:
    """The memory that may be used, if there is one."""
    if marked is None:
        return None
    path = path_of(run, register, marked)
    return LineMemory(path, key_columns(register)) if path.exists() else None


def key_columns(register: Register) -> tuple[Column, ...]:
    """The key's columns, in the key's order."""
    named = {c.name: c for c in register.columns}
    return tuple(named[k] for k in register.key)


def is_worth(size_bytes: int) -> bool:
    """Whether an extract of this size deserves a memory."""
    return size_bytes >= _FROM_BYTES


def keep_only(run: Run, register: Register, path: Path | None) -> None:
    """Remove a register's other memories: one is of use, and each holds keys."""
    for other in _folder(run, register).glob("*"):
        if other != path:
            other.unlink(missing_ok=True)


def _folder(run: Run, register: Register) -> Path:
    return run.folders.root / "cache" / "lines" / register.name
