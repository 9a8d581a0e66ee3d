"""Spark settings: which cluster, and when a query goes there. Data alone, so that a project can be read without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say

# What makes the two engines agree; nobody may set these otherwise.
MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.legacy.charVarcharAsString": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
}


@dataclass(frozen=True)
class SparkSettings:
    """Which Spark, and when a query goes there.

    Args:
        master: a master's address: `local[*]`, `spark://host:7077`, `yarn`, `k8s://https://host`.
        shared: folder for results, at the same path on every machine; the project's own if None.
        from_mb: queries over less than this many MB of files stay on DuckDB, where they take milliseconds.
        wall_s: seconds after which a person's query is given up.
        options: any `spark.*` setting but those the meaning of SQL hangs on.
    """

    master: str
    shared: Path | None = None
    from_mb: int = 2000
    wall_s: int = 600
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for key in self.options:
            if not key.startswith("spark.") or key in MEANING or key == "spark.master":
                raise AltynError(
                    "project.invalid",
                    what=say("{key} cannot be set here.", key=key[:80]),
                    where="altyn.toml, spark.settings",
                    mend=say("Settings begin with spark.; those that SQL's meaning hangs on are fixed."),
                )
