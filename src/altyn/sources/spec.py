"""Source specifications: where a register's rows come from, as altyn.toml says. Secrets are references, never text."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say

KEYS = ("path", "kind", "mode", "options", "dsn", "table", "query", "cursor", "max_mb")
OPTIONS = ("delimiter", "quote", "encoding", "header_line", "sheet", "records", "member", "allow_empty", "max_line_mb")
MODES = ("whole", "append")
_SECRET = re.compile(r"(password|passwd|pwd|secret|token|://[^/\s:@]+:[^@\s]+@)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source. `mode`: whole (a record that is missing is gone) or append. `max_mb` is of the decompressed text.

    `dsn` is a reference: `env:NAME`, or `file:/path` of mode 0600.
    """

    register: str
    project_folder: Path
    path: str | None = None
    kind: str | None = None
    mode: str = "whole"
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    dsn: str | None = None
    table: str | None = None
    query: str | None = None
    cursor: str | None = None
    max_mb: int = 20_000
    allowed_folders: tuple[Path, ...] = ()

    @property
    def where(self) -> str:
        """The source as messages name it."""
        return f'altyn.toml, [sources."{self.register}"]'

    def option(self, name: str, default: str = "") -> str:
        """One option as text."""
        return str(self.options.get(name, default))


def spec_from_table(
    register: str, table: Mapping[str, object], project_folder: Path, allowed_folders: Iterable[str] = ()
) -> SourceSpec:
    """The specification in one `[sources."pack.register"]` table. Options may stand beside the other keys.

    Raises:
        AltynError: `project.invalid` for an unknown key or mode, `project.secret` for a literal secret.
    """
    where = f'altyn.toml, [sources."{register}"]'
    for key, value in table.items():
        if key not in KEYS and key not in OPTIONS:
            near = difflib.get_close_matches(key, [*KEYS, *OPTIONS], n=2)
            raise _invalid(where, say("{key} is not a setting of a source.", key=key[:40]), near or list(KEYS))
        if (
            isinstance(value, str)
            and key != "query"
            and _SECRET.search(f"{key} {value}")
            and not value.startswith("env:")
        ):
            raise _secret(where)
    dsn = table.get("dsn")
    if dsn is not None and not str(dsn).startswith(("env:", "file:")):
        raise _secret(where)
    mode = str(table.get("mode", "whole"))
    if mode not in MODES:
        raise _invalid(where, say("{mode} is not a mode of a source.", mode=mode[:40]), list(MODES))
    given = table.get("options", {})
    options: dict[str, object] = {k: v for k, v in table.items() if k in OPTIONS}
    if isinstance(given, Mapping):
        options |= {str(k): v for k, v in given.items()}
    unknown = [k for k in options if k not in OPTIONS]
    if unknown:
        raise _invalid(where, say("{key} is not a setting of a source.", key=unknown[0][:40]), list(OPTIONS))
    if ("path" in table) == ("dsn" in table):
        raise _invalid(where, say("A source is either a path or a dsn."), ["path", "dsn"])
    return SourceSpec(
        register=register,
        project_folder=project_folder,
        path=_text(table, "path"),
        kind=_text(table, "kind") or ("postgres" if dsn is not None else None),
        mode=mode,
        options=options,
        dsn=_text(table, "dsn"),
        table=_text(table, "table"),
        query=_text(table, "query"),
        cursor=_text(table, "cursor"),
        max_mb=int(str(table.get("max_mb", 20_000))),
        allowed_folders=tuple(Path(f) for f in allowed_folders),
    )


def resolve_secret(reference: str, where: str) -> str:
    """The secret behind `env:NAME` or `file:/path`; never shown.

    Raises:
        AltynError: `source.missing` when there is none; `project.secret` when others may read the file.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name)
        if not value:
            raise AltynError(
                "source.missing",
                what=say("The environment has no variable {name}.", name=name[:80]),
                where=where,
                mend=say("Set it where Altyn runs, for example in the service's credentials."),
            )
        return value
    path = Path(name)
    if not path.is_file():
        raise AltynError(
            "source.missing",
            what=say("The file with the secret is not there."),
            where=where,
            mend=say("Correct its path."),
        )
    if path.stat().st_mode & 0o077:
        raise AltynError(
            "project.secret",
            what=say("Others may read the file with the secret."),
            where=where,
            mend=say("Give it mode 0600: chmod 600 FILE."),
        )
    return path.read_text(encoding="utf-8").strip()


def _text(table: Mapping[str, object], key: str) -> str | None:
    return str(table[key]) if key in table else None


def _secret(where: str) -> AltynError:
    return AltynError(
        "project.secret",
        what=say("A secret stands in altyn.toml."),
        where=where,
        mend=say(
            'Write a reference: dsn = "env:NAME", or "file:/path" of mode 0600. Change the secret: it was readable.'
        ),
    )


def _invalid(where: str, what: object, known: list[str]) -> AltynError:
    return AltynError(
        "project.invalid", what=what, where=where, mend=say("Known here: {names}.", names=", ".join(known))
    )  # pyright: ignore[reportArgumentType]
