"""State: a day's rows give what a full run gives, and a result comes back from the disk as it was."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.identity import state
from altyn.identity.blocking import Hot, Rule
from altyn.identity.linking import Linked, SourceRows
from tests.unit.identity.people import Person, again, people, rows_of


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), gone=st.integers(0, 300), come=st.integers(0, 200))
def test_a_day_gives_what_a_full_run_gives(
    linked: tuple[Linked, SourceRows, list[Person], list[int]], seed: int, gone: int, come: int
) -> None:
    """SourceRows go and come; under the same model the neighbourhood alone gives the same pairs, scores and clusters."""
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


def test_a_model_is_plain_data_and_comes_back(linked: tuple[Linked, SourceRows, list[Person], list[int]]) -> None:
    model = linked[0].model

    document = json.loads(json.dumps(state.model_document(model)))

    assert state.model_document(state.model_of(document)) == document
    back = state.model_of(document)
    assert back.specification == model.specification
    assert back.rules == model.rules
    vectors = np.ones((1, len(model.weights.m)), np.int8)
    assert back.weights.scores(vectors).tolist() == model.weights.scores(vectors).tolist()


def test_a_rule_without_blocks_left_out_keeps_its_shape(
    linked: tuple[Linked, SourceRows, list[Person], list[int]],
) -> None:
    """No block and a block of no part look alike in a list."""
    document = state.model_document(linked[0].model)
    document |= {"rules": [[[0, "value"], [1, "skeleton"]], [[2, "value"]]], "hot": [[], [[3], [4]]]}

    back = state.model_of(document)

    assert back.rules == (Rule(((0, "value"), (1, "skeleton"))), Rule(((2, "value"),)))
    assert [hot.codes.shape for hot in back.hot] == [(0, 2), (2, 1)]
    assert isinstance(back.hot[0], Hot)


def test_an_older_state_had_bounds_beside_its_shares(
    linked: tuple[Linked, SourceRows, list[Person], list[int]],
) -> None:
    document = state.model_document(linked[0].model) | {"precision": [0.9, 0.8, 1.0], "recall": [0.7, 0.6, 0.8]}

    decision = state.model_of(document).decision

    assert (decision.precision, decision.recall) == (0.9, 0.7)


def test_rows_that_go_take_their_pairs_with_them(linked: tuple[Linked, SourceRows, list[Person], list[int]]) -> None:
    found, rows, _, _ = linked

    left, now = state.extended(found, rows, np.zeros(rows.total, bool), rows_of([("", "", "", "", "")], given=rows))

    assert now.total == 1
    assert len(left.pairs.left) == 0
    assert left.labels.tolist() == [0]
