"""Secrets: found where they must not stand, in TOML and YAML, and never repeated.

A secret is written as a reference: `env:NAME`, `file:/path`, `systemd:NAME` or `${NAME}`. Anything else under a
password-like key, inside a connection string or before the @ of an address is a literal one and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from altyn.errors import AltynError
from altyn.language import say

_KEY = re.compile(
    r"(pass(word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key(?![_-]?id)|private[_-]?key|credential|account[_-]?key|sas)",
    re.IGNORECASE,
)
_NOT_A_SECRET = re.compile(r"(url|uri|file|path|name|type|env|id|lifetime|expiry|endpoint|policy)$", re.IGNORECASE)
_REFERENCE = re.compile(r"^(env:[A-Za-z_]\w*|file:/.+|systemd:[\w.@-]+|\$\{[A-Za-z_]\w*\})$")
_ADDRESS = re.compile(r"(?<=[\w+.-])://[^/\s:@?#]*:(?P<value>[^/\s@]+)@")
_DSN = re.compile(
    r"(?:^|[\s;?&])(?:password|passwd|pwd|sslpassword|token|secret)\s*=\s*(?P<value>'[^']*'|[^\s;&]+)", re.IGNORECASE
)


def is_reference(text: str) -> bool:
    """True for `env:NAME`, `file:/path`, `systemd:NAME` and `${NAME}`."""
    return bool(_REFERENCE.match(text.strip().strip("'")))


def _in_text(text: str) -> bool:
    return any(not is_reference(m["value"]) for pattern in (_ADDRESS, _DSN) for m in pattern.finditer(text))


def _under_key(key: str, value: object) -> bool:
    return (
        bool(_KEY.search(key))
        and not _NOT_A_SECRET.search(key)
        and isinstance(value, (str, int, float))
        and not isinstance(value, bool)
        and str(value).strip() != ""
        and not is_reference(str(value))
    )


def secret_places(data: object, path: str = "", *, keys: bool = True) -> Iterator[str]:
    """Paths of literal secrets in plain data; the secrets themselves are never given out.

    Args:
        data: mappings, sequences and scalars, as TOML and YAML give them.
        path: where `data` stands.
        keys: False looks only into texts (addresses, connection strings), for documents whose keys mean other things.

    >>> list(secret_places({"dsn": "postgresql://u:p@h/d", "password": "env:DB_PASSWORD"}))
    ['dsn']
    """
    if isinstance(data, Mapping):
        named = data.get("property")
        for key, value in data.items():
            place = f"{path}.{key}" if path else str(key)
            if keys and (
                _under_key(str(key), value) or (key == "value" and isinstance(named, str) and _under_key(named, value))
            ):
                yield place
            else:
                yield from secret_places(value, place, keys=keys)
    elif isinstance(data, str):
        if _in_text(data):
            yield path
    elif isinstance(data, Sequence):
        for number, value in enumerate(data):
            yield from secret_places(value, f"{path}[{number}]", keys=keys)


def secret_error(where: str) -> AltynError:
    """The refusal of a literal secret at `where`."""
    return AltynError(
        "project.secret",
        what=say("A secret is written out where only its reference may stand."),
        where=where,
        mend=say("Write env:NAME or file:/path there, and change the secret: it has been on disk in the open."),
    )
