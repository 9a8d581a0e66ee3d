"""Choosing: rules that find matches at a cost that is known before, and none that costs more than may be spent."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.identity.blocking import Rule
from altyn.identity.choosing import choose, coverage, forms_of
from altyn.identity.kinds import KINDS, Field
from tests.unit.identity.people import FIELDS, doubled, rows_of


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form_that_it_can_be_blocked_by(kind: str) -> None:
    forms = forms_of(Field("x", kind))

    assert forms
    assert set(forms) <= {*KINDS[kind].keys, "value", "words"}


def test_nothing_is_chosen_for_nobody() -> None:
    chosen = choose(FIELDS, rows_of([]).columns, np.array([], np.int16), 6.0)

    assert (chosen.rules, chosen.pairs, chosen.gains, chosen.recall) == ((), (), (), 0)


def test_chosen_rules_are_expected_to_find_most_matches_within_the_budget() -> None:
    records, _ = doubled(3000, 0.3, seed=11)
    rows = rows_of(records)

    chosen = choose(FIELDS, rows.columns, rows.sources, 6.0)

    assert chosen.recall > 0.95
    assert len(chosen.rules) == len(chosen.pairs) == len(chosen.gains) <= 14
    assert sum(chosen.pairs) <= 300_000 + 6 * rows.total
    assert all(gain > 0 for gain in chosen.gains)
    assert choose(FIELDS, rows.columns, rows.sources, 6.0) == chosen, "the same rows, the same rules"


def test_a_rule_that_joins_everybody_is_not_chosen() -> None:
    """All live in one town: half a million pairs of which few say anything."""
    rows = rows_of(
        [(f"{a}{b}", f"{b}{a}", "", "one town", "") for a in "абвгдежзик" for b in "лмнопрстуф" for _ in range(15)]
    )

    chosen = choose(FIELDS, rows.columns, rows.sources, 0.1)

    assert Rule(((3, "value"),)) not in chosen.rules
    assert chosen.rules


def test_a_field_that_nobody_has_finds_nothing() -> None:
    rows = rows_of([(f, g, "", "", "") for ((f, g, *_),) in zip(doubled(500, 0.2, seed=1)[0], strict=True)])

    used = {
        FIELDS[place].name for rule in choose(FIELDS, rows.columns, rows.sources, 6.0).rules for place, _ in rule.parts
    }

    assert used <= {"family", "given"}
    assert used


def test_what_is_learned_of_agreement_counts() -> None:
    records, _ = doubled(500, 0.3, seed=2)
    rows = rows_of(records)
    rule = [Rule(((2, "value"),))]

    sure = coverage(rule, FIELDS, rows.columns, rows.sources, {(2, "value"): 1.0})
    never = coverage(rule, FIELDS, rows.columns, rows.sources, {(2, "value"): 0.0})

    assert sure == 1.0
    assert never == 0.0
    assert coverage([], FIELDS, rows.columns, rows.sources, {}) == 0.0


def test_across_sources_a_field_that_one_lacks_is_never_there() -> None:
    """Phones stand in the first source only: of two sources' matches none has two."""
    records = [(f"а{n}", "б", "", "", f"70{n:08d}") for n in range(200)] + [
        (f"а{n}", "б", "", "", "") for n in range(200)
    ]
    rows = rows_of(records, [0] * 200 + [1] * 200)

    assert coverage([Rule(((4, "value"),))], FIELDS, rows.columns, rows.sources, {}) < 0.02


def test_a_word_that_stands_everywhere_finds_nothing() -> None:
    field = (Field("name", "organisation name"),)
    from altyn.identity.columns import distinct
    from altyn.identity.kinds import encode
    from tests.unit.identity.people import LETTERS

    codes, values = distinct(["Алма"] * 300)
    common = encode(field[0], values, codes, LETTERS)
    codes, values = distinct([f"Алма {n}зат" for n in range(300)])
    rare = encode(field[0], values, codes, LETTERS)
    sources = np.zeros(300, np.int16)

    assert coverage([Rule(((0, "word 10"),))], field, [common], sources, {}) == 0.0
    assert coverage([Rule(((0, "word 10"),))], field, [rare], sources, {}) > 0.5
