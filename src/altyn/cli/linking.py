"""The verb link: bring rows of plain files together."""

from __future__ import annotations

from pathlib import Path

import click

from altyn.cli.words import here, json_option, number, print_json, print_table, visible
from altyn.serve.use_cases.linking import Report, link_files, propose_for, read_specification


@click.command("link")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--spec",
    "spec",
    type=click.Path(path_type=Path),
    help=here("What to compare, in TOML; proposed from the data without it."),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("clusters.parquet"),
    show_default=True,
    help=here("Where the clusters go."),
)
@click.option("--pairs", type=click.Path(path_type=Path), help=here("Where compared pairs go, with their weights."))
@click.option("--show-spec", is_flag=True, help=here("Only show the specification that would be used."))
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help=here("Of the samples taken; the same seed gives the same result."),
)
@json_option
def link_command(
    files: tuple[Path, ...], spec: Path | None, out: Path, pairs: Path | None, show_spec: bool, seed: int, as_json: bool
) -> None:
    """Find which rows of one file, or of several, are one and the same."""
    specification = read_specification(spec) if spec else None
    if show_spec:
        # TOML spells a sign as visible() does: the document means the same.
        click.echo(visible((specification or propose_for(files)).text()), nl=False)
        return
    report = link_files(files, out, specification=specification, pairs=pairs, seed=seed)
    if as_json:
        print_json(report.document())
        return
    _show(report, out, pairs)


def _show(report: Report, out: Path, pairs: Path | None) -> None:
    for name, rows in report.rows.items():
        click.echo(here("{name}: {rows} rows", name=name, rows=number(rows)))
    if report.was_proposed:
        click.echo(
            here("No specification was given; this one was proposed (altyn link --show-spec prints it to be kept):")
        )
    fields = [
        (f.name, f.kind + (f", {f.part}" if f.part else ""), ", ".join(report.specification.columns[f.name]))
        for f in report.specification.fields
    ]
    print_table([here("field"), here("kind"), here("columns")], fields)
    for header, why in report.specification.left_out.items():
        click.echo(here("  left out: {header} ({why})", header=header, why=here(why)))
    choice = report.linked.model.choice
    shown = [
        (rule.shown(report.specification.names), number(cost), f"{gain:.2%}")
        for rule, cost, gain in zip(choice.rules, choice.pairs, choice.gains, strict=True)
    ]
    print_table(
        [here("rows are compared where they agree on"), here("pairs, expected"), here("matches it adds, expected")],
        shown,
        right=(1, 2),
    )
    decision = report.linked.model.decision
    click.echo(
        here(
            "{pairs} pairs compared; a pair is accepted from {threshold} bits.",
            pairs=number(report.linked.compared),
            threshold=f"{decision.threshold:.1f}",
        )
    )
    click.echo(
        here(
            "The model expects, without truth and without an interval: precision {precision}, recall {recall}.",
            precision=f"{decision.precision:.2f}",
            recall=f"{decision.recall:.2f}",
        )
        if report.is_expectation_known
        else here("Precision and recall: not known from these rows.")
    )
    if report.unlinkable:
        click.echo(here("{rows} rows have nothing to compare; each stays alone.", rows=number(report.unlinkable)))
    click.echo(here("{clusters} clusters of more than one row: {path}", clusters=number(report.clusters), path=out))
    if pairs:
        click.echo(here("Compared pairs: {path}", path=pairs))
    click.echo(f"{report.cpu_seconds:.1f} CPU s.")
