"""Kinds: one door for all, and what a kind's class says of itself is known everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model import Column
from altyn.sources import kinds
from altyn.sources.kinds import Option, options, reader, suffixes
from altyn.sources.read import Part, Reading, read
from altyn.sources.spec import SourceSpec, spec_from_table
from tests.unit.sources.reading import columns


class MadeUpReader:
    """A kind a state brought along."""

    kind = "made-up"
    suffixes = (".made", ".csv")
    options: ClassVar[Mapping[str, Option]] = {"depth": kinds.COUNT, "delimiter": kinds.FLAG}

    def read(self, session: Session, spec: SourceSpec, columns: Sequence[Column], after: str | None) -> Reading:
        """One row."""
        del session, spec, after
        cells = ", ".join(f"'x' AS {c.name}" for c in columns)
        query = f"SELECT 1::BIGINT AS line_no, NULL AS _problem, NULL AS _problem_column, NULL AS _raw, {cells}"
        return Reading(self.kind, (Part(0, "made up", 0, "", query),), "hash")


@pytest.fixture
def from_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind that is there, and one whose module is not."""
    brought = {"made-up": f"{__name__}:MadeUpReader", "broken": "there.is.no.such.module:Reader"}
    monkeypatch.setattr(kinds, "addresses", lambda: kinds.BUILT_IN | brought)
    for one in (kinds.suffixes, kinds.options):
        one.cache_clear()
    yield
    for one in (kinds.suffixes, kinds.options):
        one.cache_clear()


def test_every_built_in_kind_has_its_reader() -> None:
    for kind in kinds.BUILT_IN:
        assert getattr(reader(kind), "kind", None) == kind


@pytest.mark.usefixtures("from_outside")
def test_a_kind_from_outside_is_read(tmp_path: Path) -> None:
    source = SourceSpec("lab.things", tmp_path, kind="made-up", dsn="env:X")
    with Session() as session:
        assert read(session, source, columns("a"), tmp_path).kind == "made-up"


@pytest.mark.usefixtures("from_outside")
def test_its_suffix_and_options_come_with_it_and_take_nothing_from_others(tmp_path: Path) -> None:
    assert suffixes()[".made"] == "made-up"
    assert suffixes()[".csv"] == "csv"
    assert options()["depth"] == kinds.COUNT
    assert options()["delimiter"] == kinds.SIGN

    assert spec_from_table("lab.things", {"path": "a.made", "depth": 3}, tmp_path).options == {"depth": 3}
    with pytest.raises(AltynError, match="depth must be a whole number"):
        spec_from_table("lab.things", {"path": "a.made", "depth": "deep"}, tmp_path)


@pytest.mark.usefixtures("from_outside")
def test_one_that_cannot_be_loaded_is_told_where_it_is_asked_for_only() -> None:
    assert ".csv" in suffixes()
    with pytest.raises(ModuleNotFoundError):
        reader("broken")
    with pytest.raises(AltynError, match=r"source\.kind-unknown"):
        reader("nobody's")


def test_without_it_nobody_knows_its_options(tmp_path: Path) -> None:
    with pytest.raises(AltynError, match="depth is not a setting of a source"):
        spec_from_table("lab.things", {"path": "a.made", "depth": 3}, tmp_path)
