"""Literal secrets are found; references and harmless words are not."""

from __future__ import annotations

import pytest

from altyn.packs.secrets import secret_places


@pytest.mark.parametrize(
    "data",
    [
        {"password": "x"},
        {"dbPassword": "x"},
        {"api_key": 12345},
        {"aws_secret_access_key": "x"},
        {"a": [{"b": {"token": "x"}}]},
        {"url": "https://me:x@h/"},
        {"dsn": "host=h;PWD=x"},
        {"dsn": "host=h password='a b'"},
        {"property": "password", "value": "x"},
    ],
)
def test_found(data: object) -> None:
    assert len(list(secret_places(data))) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"password": "env:PW"},
        {"password": "file:/run/secrets/pw"},
        {"password": "${PW}"},
        {"password": ""},
        {"password_file": "/run/pw"},
        {"token_url": "https://h/token"},
        {"passenger": True},
        {"url": "https://me@h:80/x"},
        {"dsn": "host=h password=env:PW"},
        {"dsn": "postgresql://me:${PW}@h/d"},
        {"note": "12:30 me@h"},
    ],
)
def test_not_found(data: object) -> None:
    assert list(secret_places(data)) == []
