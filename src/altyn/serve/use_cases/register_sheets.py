"""Register sheets: all that is known of one register without a row of it: columns, key, forms, counts, source, last batch."""

from __future__ import annotations

from typing import Any

from altyn.model.columns import TOLD
from altyn.model.registers import Register
from altyn.policy.principals import local
from altyn.serve.workspace import Workspace
from altyn.settings import language_of_environment


def register_sheet(workspace: Workspace, register: Register) -> dict[str, Any]:
    """What a register is and how full it is. What a register is may be known, also of a closed one; the look is recorded.

    Raises:
        AltynError: `gate.log` when the look cannot be recorded.
    """
    workspace.gate.told(local(), register, reason="register sheet")
    language = language_of_environment()
    snapshot = workspace.store.snapshots.latest()
    state = snapshot.registers.get(register.name) if snapshot else None
    batch = next(iter(workspace.batches(register.name)), None)
    parents = {
        own: f"{link.parent}.{other}"
        for link in register.relationships
        for own, other in zip(link.columns, link.parent_columns, strict=True)
    }
    source = workspace.project.sources.get(register.name, {})
    return {
        "register": register.name,
        "label": register.label.text(language, register.table),
        "version": register.version,
        "key": [] if register.is_keyless else list(register.key),
        "open": register.is_open,
        "data": register.data_kind,
        "rows": state.rows if state else None,
        "refused": state.quarantined_rows if state else None,
        "waiting": state.waiting_rows if state else None,
        "refused_whole": workspace.store.refused_rows(register.name),
        "source": {name: value for name, value in source.items() if name != "dsn"},
        "last_batch": {
            "batch": batch["batch"],
            "recorded_at": batch["recorded_at"].isoformat(),
            "mode": batch["mode"],
            "files": [str(f["display"]) for f in batch["files"]],
            "rows_read": batch["rows_read"],
            "rows_refused": batch["rows_refused"],
        }
        if batch
        else None,
        "columns": [
            {
                "name": c.name,
                "header": c.source_header if c.derivation is None else None,
                "type": c.type.name,
                "expected": c.expected,
                "form": c.form.describe() if c.form else "",
                "key": c.name in register.key,
                "required": c.required,
                "public": c.sensitivity == "public",
                **{name: getattr(c, name) for name in TOLD},
                "refers_to": parents.get(c.name),
                "label": c.label.text(language, ""),
            }
            for c in register.columns
        ],
    }
