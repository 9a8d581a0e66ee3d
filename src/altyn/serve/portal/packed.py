"""Packed: bodies as gzip where the reader takes it. Called in the thread that made the answer, for packing is work."""

from __future__ import annotations

import gzip

from starlette.responses import Response

_LEVEL = 6
# Below this the headers weigh more than what is saved; above it packing takes longer than this machine's own network.
_LEAST_BYTES, _MOST_BYTES = 512, 16 << 20
_TEXTS = ("text/", "application/json", "application/problem+json", "application/geo+json", "image/svg+xml")


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header lets gzip through.

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("gzip;q=0, *"), takes_gzip("*"), takes_gzip("")
    (True, False, True, False)
    """
    said: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        name, _, rest = part.strip().partition(";")
        weight = rest.strip().removeprefix("q=").strip()
        said[name.strip()] = not (weight and not weight.strip("0."))
    return said.get("gzip", said.get("*", False))


def packed(content: bytes) -> bytes:
    """The bytes as gzip; the same bytes always give the same."""
    return gzip.compress(content, _LEVEL, mtime=0)


def pack(response: Response, accept_encoding: str) -> Response:
    """Pack an answer of text in place, where the reader takes it and it is worth it."""
    body = bytes(getattr(response, "body", b""))
    content_type = response.headers.get("content-type", "")
    if not content_type.startswith(_TEXTS) or "content-encoding" in response.headers:
        return response
    response.headers.add_vary_header("Accept-Encoding")
    if takes_gzip(accept_encoding) and _LEAST_BYTES <= len(body) <= _MOST_BYTES:
        response.body = packed(body)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
