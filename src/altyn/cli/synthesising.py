"""The verb synth: write a synthetic country."""

from __future__ import annotations

from pathlib import Path

import click

from altyn.cli.words import here, json_option, number, print_json, print_table
from altyn.serve.use_cases.synthesising import synthesise


@click.command("synth")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--persons", type=int, default=100_000, show_default=True, help=here("How many people live there."))
@click.option("--seed", type=int, default=1, show_default=True, help=here("Another number, another country."))
@click.option(
    "--day",
    type=int,
    default=0,
    show_default=True,
    help=here("Days after the base day: births, deaths, moves, weddings."),
)
@click.option("--pack", help=here("Only the registers of this pack; of all packs unless said."))
@click.option("--processes", type=int, help=here("How many at once; the files are the same for any number."))
@json_option
def synth_command(  # one parameter an option
    folder: Path, persons: int, seed: int, day: int, pack: str | None, processes: int | None, as_json: bool
) -> None:
    """Write the registers of a synthetic country, each as its keeper would, and the truth about them."""
    found = synthesise(folder, persons, seed, day, processes, pack)
    if as_json:
        print_json(found.document())
        return
    click.echo(here("A synthetic country: nobody in it is real."))
    print_table(
        [here("register"), here("rows")], [(name, number(rows)) for name, rows in found.rows.items()], right=(1,)
    )
    click.echo(
        here(
            "Files in {registers}, who is who in {truth}, figures beside their sources in {world}. {seconds} CPU s.",
            registers=folder / "registers",
            truth=folder / "truth",
            world=folder / "world.json",
            seconds=f"{found.cpu_seconds:.1f}",
        )
    )
