"""Linking: invented people are found without truth; a day's rows give what a full run gives."""

from __future__ import annotations

import random

import numpy as np
import pytest

from altyn.identity.linking import Linked, SourceRows, link
from tests.unit.identity.people import Person, again, f1, people, rows_of, specification


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
