"""The verb serve: a port that is taken is said before anything is opened."""

from __future__ import annotations

import socket

import pytest

from altyn.cli.serving import serve_pages
from altyn.errors import AltynError
from tests.integration.conftest import Trial


def test_a_port_that_is_taken_is_said(loaded: Trial) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AltynError, match=r"serve\.port") as caught:
            serve_pages(loaded.folder, taken.getsockname()[1])
    assert "--port" in caught.value.mend.text("en")


@pytest.mark.parametrize("port", [70_000, 1 << 40])
def test_a_port_that_is_none_is_said(loaded: Trial, port: int) -> None:
    with pytest.raises(AltynError, match=r"serve\.port"):
        serve_pages(loaded.folder, port)
