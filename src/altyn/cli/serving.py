"""Verb serve: the portal on this machine only."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import click

from altyn import __version__
from altyn.cli.operating import log_option, teller
from altyn.cli.words import here, project_option
from altyn.errors import AltynError
from altyn.language import say
from altyn.serve.operation.events import JsonLines, hear_libraries
from altyn.serve.workspace import Workspace

PORT = 8321


@click.command("serve")
@project_option
@click.option("--port", type=int, default=PORT, show_default=True)
@log_option
def serve_command(folder: Path, as_json: bool, port: int, log_format: str) -> None:
    """Show the project as pages."""
    del as_json
    serve_pages(folder, port, log_format)


def serve_pages(folder: Path, port: int, log_format: str = "text") -> None:
    """Serve the portal on loopback until stopped.

    Raises:
        AltynError: `serve.port` when the port is taken.
    """
    import uvicorn

    from altyn.serve.portal.app import create_app

    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise AltynError(
                "serve.port",
                what=say("Port {port} is taken or not allowed.", port=port),
                mend=say("Choose another one: --port 8400."),
            ) from None
    tell, as_log = teller(log_format), log_format == "json"
    app = create_app(Workspace.open(folder), tell)
    if not as_log:
        click.echo(here("Pages at http://127.0.0.1:{port}/ (this machine only). Stop with Ctrl+C.", port=port))
        # The server would log a fault with its traceback, and an engine's words quote values: class and place are told alone.
        hear_libraries(JsonLines())
    tell("serve.started", port=port, version=__version__)
    # Until login exists the portal answers to this machine alone, so the address is not an option.
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_config=None, log_level="warning", access_log=False, server_header=False
    )
