"""Linking files: rows of plain files brought together, outside any project. What is written holds no name and no value."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.identity import reading
from altyn.identity.deciding import chance
from altyn.identity.letters import Letters
from altyn.identity.linking import Linked, levels_of, link
from altyn.identity.proposing import propose, unnamed
from altyn.identity.reading import Gathered, Source, file_source, gather
from altyn.identity.specification import Specification, parse_specification
from altyn.language import say
from altyn.packs.manifest import builtin_folder, read_toml

_ENOUGH_COMPARED = 0.95


@dataclass(frozen=True)
class Report:
    """What linking found.

    Args:
        specification: what was compared, proposed or given.
        was_proposed: whether it was proposed.
        rows: rows of each source.
        linked: the result.
        clusters: number of clusters of more than one row.
        unlinkable: rows with nothing to compare.
        cpu_seconds: of this process.
    """

    specification: Specification
    was_proposed: bool
    rows: dict[str, int]
    linked: Linked
    clusters: int
    unlinkable: int
    cpu_seconds: float

    @property
    def is_expectation_known(self) -> bool:
        """Whether these rows say what precision and recall to expect.

        Not where much was never compared, nor where columns were left out: on rows it had not seen the model was then far off.
        """
        return self.linked.model.decision.blocking_recall >= _ENOUGH_COMPARED and not self.specification.left_out

    def document(self) -> dict[str, Any]:
        """The report as data."""
        model = self.linked.model
        decision = model.decision
        return {
            "entity": self.specification.entity,
            "rows": self.rows,
            "fields": [
                {"name": f.name, "kind": f.kind, "part": f.part, "columns": list(self.specification.columns[f.name])}
                for f in self.specification.fields
            ],
            "left_out": dict(self.specification.left_out),
            "within": model.within,
            "blocking": [
                {"rule": rule.shown(self.specification.names), "pairs": pairs, "adds": round(gain, 5)}
                for rule, pairs, gain in zip(model.choice.rules, model.choice.pairs, model.choice.gains, strict=True)
            ],
            "blocking_recall_expected": round(decision.blocking_recall, 4),
            "pairs_compared": self.linked.compared,
            "threshold_bits": round(decision.threshold, 3),
            "precision_expected": round(decision.precision, 4) if self.is_expectation_known else None,
            "recall_expected": round(decision.recall, 4) if self.is_expectation_known else None,
            "clusters": self.clusters,
            "unlinkable": self.unlinkable,
            "cpu_seconds": round(self.cpu_seconds, 2),
        }


def scripts() -> list[dict[str, Any]]:
    """The script tables of the packs that ship with Altyn."""
    return [
        read_toml(path, path.name)
        for pack in sorted(builtin_folder().iterdir())
        for path in sorted((pack / "scripts").glob("*.toml"))
    ]


def named(paths: Sequence[Path]) -> list[Source]:
    """Files as sources: by name, by path where two have one name."""
    names = [path.name for path in paths]
    return [file_source(path, path.name if names.count(path.name) == 1 else str(path)) for path in paths]


def read_specification(path: Path) -> Specification:
    """A specification file.

    Raises:
        AltynError: `identity.specification`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AltynError(
            "identity.specification",
            what=say("The specification cannot be read."),
            where=path.name,
            mend=say("Give a file in TOML, UTF-8: {reason}.", reason=type(error).__name__),
        ) from None
    return parse_specification(text, path.name)


def propose_for(paths: Sequence[Path]) -> Specification:
    """The specification that would be used for files."""
    with tempfile.TemporaryDirectory(prefix="altyn-") as scratch, reading.workbench(Path(scratch)) as bench:
        return propose([reading.sample(source, Path(scratch), bench) for source in named(paths)], scripts())


def link_files(
    paths: Sequence[Path],
    out: Path,
    *,
    specification: Specification | None = None,
    pairs: Path | None = None,
    seed: int = 1,
) -> Report:
    """Link files and write clusters, and if wanted the compared pairs, as Parquet.

    Args:
        paths: one file to find its doubles, several to link them.
        out: where source, row, id, cluster and probability of every row go.
        specification: what to compare; proposed from the data without one.
        pairs: where compared pairs go, with their weights.
        seed: of the samples taken; the same seed gives the same result.

    Raises:
        AltynError: the errors of reading, of the specification, and `identity.memory` before work that would not fit.
    """
    start = time.process_time()
    _writable(out, pairs)
    with tempfile.TemporaryDirectory(prefix="altyn-") as folder, reading.workbench(Path(folder)) as bench:
        sources = named(paths)
        scratch = Path(folder)
        samples = [reading.sample(source, scratch, bench) for source in sources]
        used = specification or propose(samples, scripts())
        left_out = {**(unnamed(used, samples) if specification else {}), **used.left_out}
        gathered = gather(bench, sources, used, Letters.of(scripts()), scratch)
        linked = link(used, gathered.rows, seed=seed)
        _write(gathered, [s.name for s in sources], linked, out, pairs)
    counts = linked.cluster_sizes()
    return Report(
        replace(used, left_out=left_out),
        specification is None,
        {source.name: int((gathered.rows.sources == number).sum()) for number, source in enumerate(sources)},
        linked,
        int((counts > 1).sum()),
        gathered.rows.unlinkable(),
        time.process_time() - start,
    )


def _write(gathered: Gathered, names: Sequence[str], linked: Linked, out: Path, pairs: Path | None) -> None:
    # Written beside and put in place whole: whoever reads the file never reads half of it.
    beside = out.with_name(f".{out.name}.part")
    reading.write_clusters(gathered, names, linked.labels, linked.probability, beside)
    beside.replace(out)
    if pairs is None:
        return
    found = linked.pairs
    levels = levels_of(linked.model.specification, found.vectors)
    columns = {
        "left_place": found.left.astype("int64"),
        "right_place": found.right.astype("int64"),
        "weight": found.scores,
        "probability": chance(found.scores),
        **{
            f"level_{f.name}": levels[:, place].astype("int32")
            for place, f in enumerate(linked.model.specification.fields)
        },
    }
    beside = pairs.with_name(f".{pairs.name}.part")
    reading.write_pairs(gathered, names, columns, beside)
    beside.replace(pairs)


def _writable(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.parent.is_dir():
            raise AltynError(
                "environment.permission",
                what=say("There is no folder for the result."),
                where=str(path.parent),
                mend=say("Make the folder, or name another."),
            )
