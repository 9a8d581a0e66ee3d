"""Packed: gzip for texts, where the reader takes it."""

from __future__ import annotations

import gzip

import pytest
from starlette.responses import Response

from altyn.serve.portal.packed import pack, packed, takes_gzip

TEXT = b"a,b\n" * 1000


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True), ("GZIP", True), ("br, gzip ;q=0.1", True), ("deflate, *;q=0.5", True), ("x-gzip", False),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.000", False), ("gzip;q=0, *", False),
    ],
)  # fmt: skip
def test_who_takes_gzip(header: str, *, takes: bool) -> None:
    assert takes_gzip(header) is takes


def test_a_text_is_packed_for_who_takes_it() -> None:
    answer = pack(Response(TEXT, media_type="text/csv"), "gzip")

    assert gzip.decompress(bytes(answer.body)) == TEXT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(bytes(answer.body)))
    assert answer.headers["vary"] == "Accept-Encoding"
    assert packed(TEXT) == bytes(answer.body)


@pytest.mark.parametrize(
    ("body", "media_type", "accepts"),
    [(TEXT, "text/csv", "br"), (b"short", "text/csv", "gzip"), (TEXT, "application/vnd.apache.parquet", "gzip")],
)
def test_what_is_left_as_it_is(body: bytes, media_type: str, accepts: str) -> None:
    answer = pack(Response(body, media_type=media_type), accepts)

    assert answer.body == body
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(body))


def test_nothing_is_packed_twice() -> None:
    answer = pack(pack(Response(TEXT, media_type="text/csv"), "gzip"), "gzip")

    assert gzip.decompress(bytes(answer.body)) == TEXT
