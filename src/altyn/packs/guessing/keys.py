"""Keys: which columns tell one record from another. A key has a meaning before it has uniqueness.

A code, an identifier or a number may be a key, alone or together with a period and a category; a name, a value, a date of change
and free text never are, for what is corrected tomorrow would be another record. All columns together are no key either: where
nothing is found the register is one of content (`altyn.key: none`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from altyn.language import Message, say
from altyn.packs.guessing.types import ColumnGuess, is_code_header
from altyn.packs.guessing.words import HeaderWords, means
from altyn.sources.trial import Trial

_MOST_COLUMNS = 4
_MOST_CANDIDATES, _MOST_TESTS = 9, 120
# Distinct values are counted about; a column this near may still be unique.
_NEAR, _ALMOST = 0.85, 0.95
# Of rows thrown at random into combinations, about rows^2 / 2 / combinations pairs meet in one.
_SPARSE, _LEAST_MEETINGS = 4, 3
_STRONG, _WEAK, _PERIOD, _CATEGORY, _DIMENSION, _LABEL, _FIRST_NUMBER, _CONTACT = range(8)


@dataclass(frozen=True)
class GuessedKey:
    """A key, empty where none was found; why; and others that would do."""

    columns: tuple[str, ...]
    reason: Message
    others: tuple[tuple[str, ...], ...] = ()


def find_key(
    decisions: Sequence[ColumnGuess], trial: Trial, words: HeaderWords, refused: frozenset[tuple[str, ...]]
) -> GuessedKey:
    """The key of a table.

    Args:
        decisions: what each column becomes, in the order of the file.
        trial: the rows, to be asked what is unique.
        words: what headers mean.
        refused: keys that turned out not to be.
    """
    label = _label(decisions)
    ranked = sorted(
        (
            (rank, place, d)
            for place, d in enumerate(decisions)
            if (rank := _LABEL if d is label else _rank(d, place, words)) is not None
        ),
        key=lambda item: item[:2],
    )
    single = [
        (rank, d)
        for rank, _, d in ranked
        if d.evidence.distinct >= d.evidence.rows * _NEAR and (d.name,) not in refused and trial.is_unique([d.name])
    ]
    # A contact is a better key than none, a worse one than several columns that mean the record.
    good = [(rank, d) for rank, d in single if rank < _LABEL]
    if good:
        rank, chosen = good[0]
        others = tuple((d.name,) for rank, d in good[1:4] if rank <= _WEAK)
        # A period or a place alone is the key of one slice: what is the same in all of it may differ in the next.
        whole = (chosen.name,) if rank < _PERIOD else _with_constants((chosen.name,), decisions, words)
        return GuessedKey(whole, _why(rank, chosen), others)
    together = _together([(rank, d) for rank, _, d in ranked if rank < _LABEL], trial, refused)
    if together:
        whole = _with_constants(together[0], decisions, words)
        return GuessedKey(whole, say("together they are different in every row"), tuple(together[1:3]))
    if single:
        rank, chosen = single[0]
        whole = _with_constants((chosen.name,), decisions, words) if rank == _LABEL else (chosen.name,)
        return GuessedKey(whole, _why(rank, chosen))
    nearly = _nearly(decisions, words)
    if nearly:
        return GuessedKey(
            (), say("{column} would be one, were it not missing or repeated in some rows", column=nearly.name)
        )
    return GuessedKey((), say("no column with the meaning of a code, an identifier or a number tells the rows apart"))


def _nearly(decisions: Sequence[ColumnGuess], words: HeaderWords) -> ColumnGuess | None:
    """A code that all but a few rows have to themselves: the key, if those rows are faults; only a person can say."""
    for decision in decisions:
        evidence = decision.evidence
        is_code = decision.role == "code" and is_code_header(evidence.header, words)
        if is_code and not means(evidence.header, words.contact) and evidence.distinct >= evidence.rows * _ALMOST:
            return decision
    return None


def _label(decisions: Sequence[ColumnGuess]) -> ColumnGuess | None:
    """The column that says what the rows of a table of values are about: its only text, where all else is numbers."""
    texts = [d for d in decisions if d.is_text]
    rest = [d for d in decisions if not d.is_text]
    if len(texts) != 1 or not rest or any(d.role not in {"value", "period", "dimension"} for d in rest):
        return None
    return texts[0] if texts[0].role == "text" and texts[0].evidence.is_complete else None


def _rank(decision: ColumnGuess, place: int, words: HeaderWords) -> int | None:  # noqa: C901, PLR0911 - one return a role
    """How good a part of a key a column is; None where it can be none."""
    evidence, header = decision.evidence, decision.evidence.header
    if not evidence.is_complete:
        return None
    match decision.role:
        case "code" | "number":
            if means(header, words.contact):
                return _CONTACT
            if decision.profile.get("altyn.identifier") or (decision.role == "code" and is_code_header(header, words)):
                return _STRONG
            # Of a code and a number the one that stands first names the record; the others name what it speaks of.
            if decision.role == "number":
                return _STRONG
            # As many digits in every row may also be what was counted.
            return _DIMENSION if _is_digits_alone(decision) else _WEAK
        case "period":
            return _PERIOD
        case "category":
            return _CATEGORY
        case "dimension":
            return _DIMENSION
        case "row-number":
            return _FIRST_NUMBER
        case "value" if place == 0 and decision.properties["logicalType"] == "integer":
            return None if means(header, words.measure) else _FIRST_NUMBER
        case _:
            return None


def _is_digits_alone(decision: ColumnGuess) -> bool:
    evidence = decision.evidence
    return evidence.held is None and not evidence.has_zeros and all(v is None or v.isdecimal() for v in evidence.sample)


def _why(rank: int, chosen: ColumnGuess) -> Message:
    if chosen.role == "row-number":
        return say("it numbers the rows; if rows are inserted it means others, so look for a better key")
    if rank == _PERIOD:
        return say("one row for each period")
    if rank in {_CATEGORY, _WEAK, _DIMENSION, _LABEL, _FIRST_NUMBER}:
        return say("different in every row")
    return say("a code that is different in every row")


def _together(  # noqa: C901 - one reason to leave a combination out after the other
    candidates: Sequence[tuple[int, ColumnGuess]], trial: Trial, refused: frozenset[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Combinations that tell every row apart, the fewest and best columns first."""
    varying = [(rank, d) for rank, d in candidates if d.evidence.distinct > 1][:_MOST_CANDIDATES]
    tests = 0

    def most(chosen: tuple[tuple[int, ColumnGuess], ...]) -> int:
        return math.prod(d.evidence.distinct for _, d in chosen)

    def order(chosen: tuple[tuple[int, ColumnGuess], ...]) -> float:
        # Columns of very many values tell any rows apart; those that mean the record have about as many combinations.
        return sum(rank for rank, _ in chosen) + math.log2(max(most(chosen) / trial.rows, 1)) / 2

    for size in range(2, _MOST_COLUMNS + 1):
        found: list[tuple[str, ...]] = []
        for chosen in sorted(combinations(varying, size), key=order):
            names = tuple(d.name for _, d in chosen)
            is_doubtful = any(rank == _DIMENSION for rank, _ in chosen)
            # A number is a dimension where every combination of a table stands in it.
            if is_doubtful and most(chosen) * _NEAR > trial.rows:
                continue
            if any(rank > _STRONG for rank, _ in chosen) and _is_luck(trial.rows, most(chosen)):
                continue
            if most(chosen) < trial.rows * _NEAR or names in refused or tests >= _MOST_TESTS:
                continue
            tests += 1
            if trial.is_unique(names):
                found.append(names)
                if len(found) > 2:  # noqa: PLR2004  # one to propose, two to offer
                    break
        if found:
            return found
    return []


def _is_luck(rows: int, combinations_: int) -> bool:
    """Whether so few rows among so many combinations would mostly differ by chance: that they do then says nothing."""
    return combinations_ > rows * _SPARSE and rows * rows < 2 * _LEAST_MEETINGS * combinations_


def _is_coded(decision: ColumnGuess) -> bool:
    """Whether the values are codes: those of a category may be, and a word such as a unit is none."""
    if decision.role == "code":
        return True
    values = [v for v in decision.evidence.sample if v]
    return decision.role == "category" and all(" " not in v and any(sign.isdigit() for sign in v) for v in values)


def _with_constants(key: tuple[str, ...], decisions: Sequence[ColumnGuess], words: HeaderWords) -> tuple[str, ...]:
    """The key with the period and the codes that are the same in all of this file: in the next they may not be."""
    has_day = any(d.name in key and d.properties["logicalType"] in {"date", "timestamp"} for d in decisions)
    constant = [
        d.name
        for d in decisions
        if d.evidence.is_complete and d.evidence.distinct == 1 and d.evidence.rows > 1
        and ((d.role == "period" and not has_day) or (_is_coded(d) and not means(d.evidence.header, words.contact)))
    ]  # fmt: skip
    return tuple(d.name for d in decisions if d.name in {*key, *constant})
