"""An S3 server for tests: moto's, on this machine, with one bucket a caller."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import urllib.request
from collections.abc import Callable, Generator, Iterable
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    """A handler that writes no line a request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug names it
        """Say nothing."""


def _serve(port: Connection) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    moto = DomainDispatcherApplication(create_backend_app)
    one_at_a_time = threading.Lock()

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        # S3 decides a conditional put at once; moto looks first and writes then, which two threads can tell apart.
        with one_at_a_time:
            return moto(environ, start)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    port.send(server.server_port)
    server.serve_forever()


@contextlib.contextmanager
def bucket(name: str = "backups") -> Generator[str]:
    """Run a server with one empty bucket, its address and credentials in the environment; yield `s3://bucket`.

    In a process of its own: delta-rs waits for an answer without letting another thread of ours give it.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    assert here.poll(60), "moto did not start"
    url = f"http://127.0.0.1:{here.recv()}"
    settings = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "invented",
        "AWS_REGION": "us-east-1",
    }
    try:
        for path in ("moto-api/reset", name):
            method = "POST" if path.startswith("moto") else "PUT"
            urllib.request.urlopen(urllib.request.Request(f"{url}/{path}", method=method)).close()  # noqa: S310 - our own server
        with mock.patch.dict(os.environ, settings):
            yield f"s3://{name}"
    finally:
        process.kill()
        process.join()
        here.close()
        there.close()
