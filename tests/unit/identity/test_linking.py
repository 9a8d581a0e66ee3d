"""Linking: invented people are found without truth; a day's rows give what a full run gives."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.identity import state
from altyn.identity.linking import Linked, SourceRows, link
from tests.unit.identity.people import Person, again, doubled, f1, people, rows_of, specification


@pytest.fixture(scope="module")
def linked() -> tuple[Linked, SourceRows, list[Person], list[int]]:
    records, truth = doubled(2000, 0.5, seed=3)
    rows = rows_of(records)
    return link(specification(), rows), rows, records, truth


def test_people_are_found_and_the_expectation_holds(linked: tuple[Linked, SourceRows, list[Person], list[int]]) -> None:
    found, _, _, truth = linked

    assert f1(found.labels, truth) > 0.97
    decision = found.model.decision
    same = np.asarray(truth)[found.pairs.left] == np.asarray(truth)[found.pairs.right]
    accepted = found.pairs.scores >= decision.threshold
    assert abs(decision.precision - same[accepted].mean()) <= 0.02
    assert abs(decision.recall - same[accepted].sum() / 1000) <= 0.02


def test_the_same_rows_give_the_same_result(linked: tuple[Linked, SourceRows, list[Person], list[int]]) -> None:
    found, rows, _, _ = linked

    again_ = link(specification(), rows)

    assert again_.labels.tolist() == found.labels.tolist()
    assert again_.pairs.scores.tolist() == found.pairs.scores.tolist()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), gone=st.integers(0, 300), come=st.integers(0, 200))
def test_a_day_gives_what_a_full_run_gives(
    linked: tuple[Linked, SourceRows, list[Person], list[int]], seed: int, gone: int, come: int
) -> None:
    """Rows go and come; under the same model the neighbourhood alone gives the same pairs, scores and clusters."""
    found, rows, records, _ = linked
    rng = random.Random(seed)  # noqa: S311
    keep = np.ones(rows.total, bool)
    keep[rng.sample(range(rows.total), gone)] = False
    fresh = [
        again(rng.choice(records), rng) if rng.random() < 0.7 else people(1, rng.randrange(10**6))[0]
        for _ in range(come)
    ]
    fresh = fresh or [("", "", "", "", "")]

    by_day, now = state.extended(found, rows, keep, rows_of(fresh, given=rows))
    kept = [record for record, stays in zip(records, keep, strict=True) if stays]
    whole = state.relinked(found.model, rows_of([*kept, *fresh], given=rows))

    assert now.total == len(kept) + len(fresh)
    assert by_day.pairs.left.tolist() == whole.pairs.left.tolist()
    assert by_day.pairs.right.tolist() == whole.pairs.right.tolist()
    assert by_day.pairs.scores.tolist() == whole.pairs.scores.tolist()
    assert by_day.labels.tolist() == whole.labels.tolist()


def test_a_state_comes_back_as_it_was(
    linked: tuple[Linked, SourceRows, list[Person], list[int]], tmp_path: Path
) -> None:
    found, rows, records, _ = linked
    keys = np.asarray([str(place) for place in range(rows.total)], object)
    state.save(state.LinkState(found, rows, keys, ("people",)), tmp_path / "state")

    back = state.load(tmp_path / "state")
    changed = again(records[0], random.Random(1))  # noqa: S311
    more = rows_of([changed], given=back.rows)
    day, _ = state.extended(back.linked, back.rows, np.ones(rows.total, bool), more)
    here, _ = state.extended(found, rows, np.ones(rows.total, bool), rows_of([changed], given=rows))

    assert back.keys.tolist() == keys.tolist()
    assert state.relinked(back.linked.model, back.rows).labels.tolist() == found.labels.tolist()
    assert day.labels.tolist() == here.labels.tolist()
    assert state.model_document(back.linked.model) == state.model_document(found.model)


def test_two_sources_link_across_only() -> None:
    first = people(300, 5)
    rng = random.Random(9)  # noqa: S311
    second = [again(person, rng) for person in first[:200]]
    rows = rows_of([*first, *second], [0] * 300 + [1] * 200)

    found = link(specification(), rows)

    assert (rows.sources[found.pairs.left] != rows.sources[found.pairs.right]).all()
    assert f1(found.labels, [*range(300), *range(200)]) > 0.95


@pytest.mark.parametrize("records", [[], [("", "", "", "", "")], [("", "", "", "", "")] * 50, [people(1, 1)[0]] * 40])
def test_few_or_empty_rows_end_well(records: list[Person]) -> None:
    found = link(specification(), rows_of(records))

    assert len(found.labels) == len(records)
