"""The command `altyn`: finds the verb, loads only what it needs, and turns errors into words and exit statuses.

Exit statuses: 0 done; 1 input refused (data, contract, source); 2 wrong call; 3 refused by policy; 4 environment (lock, disk, rights).
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import click

from altyn import __version__, settings
from altyn.cli.words import here, read, visible
from altyn.errors import ENVIRONMENT, USAGE, AltynError
from altyn.language import say

# verb -> (module, short help). The modules import DuckDB and the rest; `altyn --help` must not pay for that.
VERBS = {
    "demo": (
        "altyn.cli.project",
        here("Make a project of open registers and a synthetic country, load it and show it."),
    ),
    "init": ("altyn.cli.project", here("Make an empty project in a folder.")),
    "add": ("altyn.cli.adding", here("Declare a register from a file: guess its contract, show it, keep it.")),
    "remove": ("altyn.cli.adding", here("Forget a register that was added and not published.")),
    "check": ("altyn.cli.project", here("Check contracts, packs and altyn.toml.")),
    "doctor": ("altyn.cli.project", here("Look at the machine and the project, and say what is wrong.")),
    "plan": ("altyn.cli.running", here("Say what a run would do, and why.")),
    "run": ("altyn.cli.running", here("Load what is new, build what follows from it, publish a snapshot.")),
    "link": ("altyn.cli.linking", here("Find which rows of files are one person, organisation or thing.")),
    "synth": ("altyn.cli.synthesising", here("Write a synthetic country: registers of people who do not exist.")),
    "status": ("altyn.cli.operating", here("Say how the last run ended; not 0 where somebody must be called.")),
    "query": ("altyn.cli.data", here("Ask in SQL, for a purpose, as of a day, as known at a time.")),
    "history": ("altyn.cli.data", here("Show every version of a record and where it came from.")),
    "quarantine": (
        "altyn.cli.refused",
        here("Show refused rows: where, which rule; take them out and send them again."),
    ),
    "registers": ("altyn.cli.data", here("List the registers, or say all that is known of one.")),
    "snapshots": ("altyn.cli.data", here("List the snapshots.")),
    "backup": ("altyn.cli.keeping", here("Copy what is true to a folder or an S3 bucket, and read it back.")),
    "restore": ("altyn.cli.keeping", here("Make a project out of a backup, and prove that it says the same.")),
    "upgrade": ("altyn.cli.keeping", here("Bring the data to the format of this version.")),
    "audit": ("altyn.cli.auditing", here("Say whether the access log is whole; begin a new one where it is not.")),
    "erase": ("altyn.cli.erasing", here("Ask for records to be erased, by law or by order of a court.")),
    "hold": ("altyn.cli.erasing", here("Keep records from being erased while a law or a court needs them.")),
    "retain": ("altyn.cli.erasing", here("Ask for the erasure of records kept longer than their contract says.")),
    "orders": ("altyn.cli.erasing", here("List orders on records; a second person approves them.")),
    "serve": ("altyn.cli.serving", here("Show the project as pages, on this machine only.")),
}


class Verbs(click.Group):
    """The verbs, loaded when called. A pack's verbs come here later as `altyn PACK VERB`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order a newcomer needs them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(VERBS[cmd_name][0]), f"{cmd_name}_command")
        command.short_help = command.help = VERBS[cmd_name][1]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        del ctx
        with formatter.section(here("Commands")):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which verbs there are where the name is wrong."""
        name = args[0] if args else ""
        if name not in VERBS:
            raise AltynError(
                "usage",
                what=say("There is no command {name}.", name=name[:40]),
                mend=say("Commands: {names}.", names=", ".join(VERBS)),
            )
        return super().resolve_command(ctx, args)


@click.command(
    cls=Verbs,
    help=here("Altyn: registers of a state, accumulated, checked, kept with their history, and looked at."),
    epilog=here("An independent project, not affiliated with any government."),
)
@click.version_option(__version__, prog_name="altyn")
def cli() -> None:
    """The root command."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with the documented status."""
    # Registers are private: what any library of ours writes is for the owner alone.
    os.umask(0o077)
    if arguments is None:
        _keep_to_ourselves()
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    as_log = _wants_log(words)
    try:
        settings.require_all()
        status = cli.main(args=words, prog_name="altyn", standalone_mode=False, obj=tuple(words))
    except AltynError as error:
        _show_error(error, as_json=as_json, as_log=as_log)
        status = error.exit_status
    except click.ClickException as error:
        _show_error(
            AltynError("usage", what=error.format_message(), mend=say("altyn --help lists the commands.")),
            as_json=as_json,
            as_log=as_log,
        )
        status = USAGE
    except (click.Abort, KeyboardInterrupt) as error:
        # click turns Ctrl+C inside a verb into its own Abort; one of a question that nobody answered has no cause.
        was_asked = isinstance(error, click.Abort) and not isinstance(error.__cause__, KeyboardInterrupt)
        if not as_log:
            click.echo(here("Stopped.") if was_asked else here("Stopped; nothing was published."), err=True)
        status = USAGE if was_asked else 130
    except BrokenPipeError:
        status = 0
    except PermissionError as error:
        name = str(getattr(error, "filename", "") or "").rsplit("/", 1)[-1]
        _show_error(
            AltynError(
                "environment.permission",
                what=say("A file may not be read or written."),
                where=name,
                mend=say("Run as the owner of the project and its files."),
            ),
            as_json=as_json,
            as_log=as_log,
        )
        status = ENVIRONMENT
    except Exception as error:  # noqa: BLE001  # a traceback quotes what went wrong, which may be a value of a row
        if as_log:
            from altyn.serve.operation.events import JsonLines, place_of

            JsonLines()("failed", level="error", kind=type(error).__name__, place=place_of(error))
        else:
            _show_error(_unforeseen(error, words), as_json=as_json, as_log=False)
        status = ENVIRONMENT
    sys.exit(status if isinstance(status, int) else 0)


def _keep_to_ourselves() -> None:
    """Let nothing reach the terminal that we did not write: what libraries log or warn of, and what threads and destructors meet.

    Python would print all of it with the exception's words, and those quote values of rows.
    """
    logging.lastResort = None
    logging.raiseExceptions = False
    warnings.simplefilter("ignore")
    threading.excepthook = lambda _: None
    sys.unraisablehook = lambda _: None


def _unforeseen(error: Exception, words: list[str]) -> AltynError:
    """The error that stands for an exception nobody foresaw, noted in the project it happened in, if it happened in one."""
    from altyn.model.instants import system_clock
    from altyn.packs.project import find_project
    from altyn.serve.operation.unexpected import as_error

    given = [after for word, after in zip(words, [*words[1:], ""], strict=True) if word == "--project"]
    given += [word.partition("=")[2] for word in words if word.startswith("--project=")]
    try:
        root = find_project(Path((given or ["."])[-1])) / ".altyn"
    except (AltynError, OSError):
        root = Path("/nonexistent")
    return as_error(error, root, system_clock(), where=f"altyn {words[0]}" if words else "altyn")


def _wants_log(words: list[str]) -> bool:
    """Whether the verb logs in JSON, known before its options are read, for they may be what is wrong."""
    if not {"run", "serve"} & set(words[:1]):
        return False
    given = [after for word, after in zip(words, [*words[1:], ""], strict=True) if word == "--log-format"]
    given += [word.partition("=")[2] for word in words if word.startswith("--log-format=")]
    return given[-1] == "json" if given else settings.is_log_json()


def _show_error(error: AltynError, *, as_json: bool, as_log: bool) -> None:
    from altyn.settings import language_of_environment

    if as_log:
        from altyn.serve.operation.events import JsonLines

        JsonLines()("refused", level="error", code=error.code)
        if not as_json:
            return

    parts: dict[str, Any] = error.parts(language_of_environment())
    if as_json:
        click.echo(visible(json.dumps({"error": parts}, ensure_ascii=False)))
        return
    click.echo(click.style(here("Refused") + ": ", fg="red", bold=True) + read(parts["what"]), err=True)
    if parts["where"]:
        click.echo(f"  {here('where')}: {read(parts['where'])}", err=True)
    if parts["mend"]:
        click.echo(f"  {here('what to do')}: {read(parts['mend'])}", err=True)
    click.echo(click.style(f"  {here('code')}: {read(parts['code'])}", dim=True), err=True)
