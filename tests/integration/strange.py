"""A project around one file that a stranger brought: declared by hand, so that these tests do not hang on the guess."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.serve.use_cases import questions
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace
from tests.integration.conftest import PACK

FILES = Path(__file__).parent / "strangers"


@dataclass
class Stranger:
    """One open register `local.brought` over `data/brought.<suffix>`."""

    folder: Path

    def bring(self, path: Path | str | bytes, suffix: str = "") -> None:
        """Put a file, or a text, where the register's source lies."""
        if isinstance(path, Path):
            target = self.folder / "data" / f"brought{suffix or path.suffix}"
            shutil.copyfile(path, target)
        else:
            target = self.folder / "data" / f"brought{suffix or '.csv'}"
            target.write_bytes(path if isinstance(path, bytes) else path.encode())

    def run(self, *accept: str) -> RunReport:
        """A run of the project."""
        return run_project(Workspace.open(self.folder), accept=accept)

    def ask(self, sql: str, **how: str) -> list[tuple[Any, ...]]:
        """Rows of an answer, through the gate."""
        return [tuple(row) for row in questions.query(Workspace.open(self.folder), sql, **how).rows()]

    def rules(self, report: RunReport) -> dict[str, int]:
        """Rule -> rows of a run's findings."""
        return {str(f["rule"]): int(f["rows"]) for f in report.findings}

    def refused(self) -> list[tuple[Any, ...]]:
        """(line, column, rule) of what lies in quarantine."""
        places = Workspace.open(self.folder).store.refused_places("local.brought", limit=50)
        return [(p["line"], p["column"], p["rule"]) for p in places]


def stranger(
    folder: Path,
    columns: Mapping[str, tuple[str, str]],
    *,
    key: Sequence[str] = (),
    suffix: str = "csv",
    source: str = "",
    profile: Sequence[Mapping[str, Any]] = (),
) -> Stranger:
    """A project whose register has columns name -> (header, logical type); the first is the key unless others are named."""
    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "altyn.toml").write_text(
        f'name = "brought"\npacks = ["local"]\ntimezone = "Asia/Almaty"\n[sources."local.brought"]\npath = "data/brought.{suffix}"\n{source}\n',
        encoding="utf-8",
    )
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    keys = list(key or list(columns)[:1])
    properties = [
        {"name": n, "physicalName": header, "logicalType": kind, "classification": "public"}
        | ({"primaryKey": True, "primaryKeyPosition": keys.index(n) + 1, "required": True} if n in keys else {})
        for n, (header, kind) in columns.items()
    ]
    custom = [{"property": "altyn.disclosure", "value": {"open": True, "kind": "simulated"}}, *profile]
    document = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "local.brought", "name": "brought", "version": "1.0.0", "status": "active",
        "schema": [{"name": "brought", "logicalType": "object", "customProperties": custom, "properties": properties}],
    }  # fmt: skip
    (registers / "brought.odcs.yaml").write_text(json.dumps(document), encoding="utf-8")
    return Stranger(folder)


def texts(*names: str) -> dict[str, tuple[str, str]]:
    """Text columns whose headers are their names."""
    return {n: (n, "string") for n in names}
