"""Source specifications: where a register's rows come from, as altyn.toml says. Secrets are references, never text."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altyn import settings
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.sources import kinds

KEYS = ("path", "kind", "mode", "options", "dsn", "table", "query", "cursor", "max_mb")
MODES = ("whole", "append")
_MAX_MB = kinds.COUNT
# A user with a password in an address, or password=...: what a secret looks like whatever its key is called.
_ADDRESS = re.compile(r"://[^/\s:@]*:[^@\s]")
_SECRET_WORD = re.compile(r"\b(password|passwd|pwd|token|secret)\s*=\s*\S", re.IGNORECASE)
_SECRET_KEY = re.compile(r"password|passwd|pwd|token|secret", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source. `mode`: whole (a record that is missing is gone) or append. `max_mb` is of the decompressed text.

    `path` is a file or a glob, from the project folder. `dsn` is a reference: `env:NAME`, or `file:/path` of mode 0600.
    `allowed_folders` are those beside the project that files may lie in.
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


def spec_from_table(
    register: str, table: Mapping[str, object], project_folder: Path, allowed_folders: Iterable[str] = ()
) -> SourceSpec:
    """The specification in one `[sources."pack.register"]` table. Options may stand beside the other keys.

    Args:
        register: whose source it is, `pack.register`.
        table: the TOML table.
        project_folder: what relative paths start from.
        allowed_folders: other folders that files may lie in.

    Raises:
        AltynError: `project.invalid` for an unknown key or a value of the wrong form, `project.secret` for a literal
            secret, `source.encoding` for an encoding that does not exist.
    """
    where = f'altyn.toml, [sources."{register}"]'
    given, options = table.get("options", {}), kinds.options()
    if not isinstance(given, Mapping):
        raise _invalid(where, say("{key} must be a table.", key="options"), options)
    flat = {k: v for k, v in table.items() if k != "options"} | {str(k): v for k, v in given.items()}
    for key, value in flat.items():
        _refuse_secret(key, value, f"{where}, {key[:40]}")
        if (key not in options) if key in given else (key not in KEYS and key not in options):
            near = difflib.get_close_matches(key, [*KEYS, *options], n=2)
            place = f"{where}, {key[:40]}"
            raise _invalid(
                place,
                say("{key} is not a setting of a source.", key=key[:40]),
                near or [*KEYS, *options],
            )
        _require_form(key, value, f"{where}, {key}")
    mode = str(flat.get("mode", "whole"))
    if mode not in MODES:
        place = f"{where}, mode"
        raise _invalid(place, say("{mode} is not a mode of a source.", mode=mode[:40]), MODES)
    if ("path" in flat) == ("dsn" in flat):
        raise _invalid(where, say("A source is either a path or a dsn."), ["path", "dsn"])
    if "path" in flat and (misplaced := [k for k in ("table", "query", "cursor") if k in flat]):
        raise _invalid(where, say("{key} belongs to a database, not to a file.", key=misplaced[0]), ["path", *options])
    return SourceSpec(
        register=register,
        project_folder=project_folder,
        path=_text(flat, "path"),
        kind=_text(flat, "kind") or ("postgres" if "dsn" in flat else None),
        mode=mode,
        options={k: v for k, v in flat.items() if k in options},
        dsn=_text(flat, "dsn"),
        table=_text(flat, "table"),
        query=_text(flat, "query"),
        cursor=_text(flat, "cursor"),
        max_mb=int(str(flat.get("max_mb", 20_000))),
        # A folder written relative to the project stays so wherever Altyn is started from.
        allowed_folders=tuple(project_folder / f for f in allowed_folders),
    )


def resolve_secret(reference: str, where: str) -> str:
    """The secret behind `env:NAME` or `file:/path`; never shown.

    Raises:
        AltynError: `source.missing` when there is none; `project.secret` when others may read the file.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = settings.secret(name)
        if not value:
            raise AltynError(
                "source.missing",
                what=say("The environment has no variable {name}.", name=name[:80]),
                where=where,
                mend=say("Set it where Altyn runs, for example in the service's credentials."),
            )
        return value
    path = Path(name)
    if not path.is_absolute() or not path.is_file():
        raise AltynError(
            "source.missing",
            what=say("The file with the secret is not there."),
            where=where,
            mend=say("Write its whole path: file:/path/to/secret."),
        )
    if path.stat().st_mode & 0o077:
        raise AltynError(
            "project.secret",
            what=say("Others may read the file with the secret."),
            where=where,
            mend=say("Give it mode 0600: chmod 600 FILE."),
        )
    return path.read_text(encoding="utf-8").strip()


def _refuse_secret(key: str, value: object, where: str) -> None:
    if key == "dsn" and isinstance(value, str) and settings.is_ours(value.removeprefix("env:")):
        raise AltynError(
            "project.invalid",
            what=say("Variables whose names begin with ALTYN_ are Altyn's own settings."),
            where=where,
            mend=say("Give the secret's variable another name, such as PG_DSN."),
        )
    is_reference = isinstance(value, str) and value.startswith(("env:", "file:"))
    if (
        (key == "dsn" and not is_reference)
        or (key not in KEYS and key not in kinds.options() and _SECRET_KEY.search(key) and not is_reference)
        or (isinstance(value, str) and key != "query" and _holds_secret(value))
        or (isinstance(value, str) and key == "query" and "://" in value and _holds_secret(value))
    ):
        raise AltynError(
            "project.secret",
            what=say("A secret stands in altyn.toml."),
            where=where,
            mend=say(
                'Write a reference: dsn = "env:NAME", or "file:/path" of mode 0600. Change the secret: it was readable.'
            ),
        )


def _holds_secret(text: str) -> bool:
    # Word by word and up to each @: one pattern for the whole address would take quadratic time over a hostile text.
    before = (part for word in text.split() for part in word.split("@")[:-1])
    return bool(_SECRET_WORD.search(text)) or any(_ADDRESS.search(part) for part in before)


def _require_form(key: str, value: object, where: str) -> None:
    """Refuse a value no reader could use, before any file is opened."""
    form = _MAX_MB.form if key == "max_mb" else kinds.options().get(key, kinds.TEXT).form
    if form == "whole number":
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise _invalid(where, say("{key} must be a whole number from 1 on.", key=key), [f"{key} = 8"])
    elif form == "yes or no":
        if not isinstance(value, bool):
            raise _invalid(where, say("{key} must be true or false.", key=key), ["true", "false"])
    elif not isinstance(value, str):
        raise _invalid(where, say("{key} must be a text.", key=key), [f'{key} = "..."'])
    elif form == "sign" and (len(value.replace("\\t", "\t")) != 1 or value in '\r\n"'):
        raise _invalid(where, say("{key} must be one sign.", key=key), ['","', '";"', '"\\t"', '"|"'])
    elif form == "sign or none" and (len(value) > 1 or value in {"\r", "\n", " "}):
        raise _invalid(where, say("{key} must be one sign, or empty for none.", key=key), ["'\"'", '"\'"', '""'])
    elif form == "encoding":
        codec(value, where)


def codec(name: str, where: str) -> str:
    """Python's name of a text encoding.

    Raises:
        AltynError: `source.encoding` when there is none of that name.
    """
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    # Python also calls base64, zlib and the like codecs; they do not turn bytes into text.
    if (
        found is None
        or not getattr(found, "_is_text_encoding", True)
        or found.name in {"undefined", "idna", "punycode"}
    ):
        raise AltynError(
            "source.encoding",
            what=say("{name} is not an encoding.", name=name[:40]),
            where=where,
            mend=say("Use a name Python knows: utf-8, utf-16, cp1251, kz1048, koi8-r."),
        )
    return found.name


def _text(table: Mapping[str, object], key: str) -> str | None:
    return str(table[key]) if key in table else None


def _invalid(where: str, what: Message, known: Iterable[str]) -> AltynError:
    return AltynError(
        "project.invalid", what=what, where=where, mend=say("Known here: {names}.", names=", ".join(known))
    )
