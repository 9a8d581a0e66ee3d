"""The guess: from a source's rows to a contract that all of them pass, or as many as can pass any contract.

What was decided from the evidence is tried by the validation that a run uses. What refuses rows is loosened: more values are
looked at, a column becomes text, a key is given up. What no contract can mend (a row with too few cells) is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from altyn.language import Message, say
from altyn.model import Kind, Register
from altyn.packs.contracts import contract_of
from altyn.packs.guessing.document import contract_document
from altyn.packs.guessing.forms import Said
from altyn.packs.guessing.identifiers import with_kind
from altyn.packs.guessing.keys import GuessedKey, find_key
from altyn.packs.guessing.types import ColumnGuess, as_text, decide
from altyn.packs.guessing.words import HeaderWords
from altyn.sources.context import Context
from altyn.sources.trial import Fault, Trial, TrialOutcome

_MOST_TRIALS = 8
# What is wrong with a row as it stands in the file, whatever its columns are declared to be.
_OF_THE_ROW = ("row.ragged", "row.quote", "row.damaged", "row.not-object")
# Cells the reader refuses, however their column is declared: they say nothing of what the others are.
_OF_THE_CELL = ("row.error-cell", "row.formula")
_OF_THE_KEY = ("key", "unique", "required")


@dataclass(frozen=True)
class Guess:
    """What was found: the contract as data, what each column became, the key, and how the file fared."""

    document: Mapping[str, Any]
    register: Register
    decisions: tuple[ColumnGuess, ...]
    key: GuessedKey
    outcome: TrialOutcome


def guess(
    trial: Trial,
    name: str,
    words: HeaderWords,
    kinds: Mapping[str, Kind],
    *,
    timezone: str,
    synthetic: bool,
    said: Said = Said(),  # noqa: B008 - frozen
) -> Guess:
    """Guess the contract of a source.

    Args:
        trial: its rows.
        name: the register, `pack.table`.
        words: what headers mean.
        kinds: identifier kinds of the project's packs.
        timezone: the project's.
        synthetic: whether the project's people are invented.
        said: what a person said of the forms.
    """
    context = Context(kinds=dict(kinds), synthetic=synthetic)
    decisions = [with_kind(decide(e, words, timezone, said), trial, kinds.values(), words) for e in trial.evidence()]
    refused: frozenset[tuple[str, ...]] = frozenset()
    key = find_key(decisions, trial, words, refused)
    tried = 0
    while True:
        document = contract_document(name, decisions, key)
        register = contract_of(document, name).register
        outcome = trial.check(register, context)
        tried += 1
        by_name = {d.name: d for d in decisions}
        faults = [
            f
            for f in outcome.faults
            if f.column and f.rule not in (*_OF_THE_ROW, *_OF_THE_CELL) and not _is_said(by_name.get(f.column), f, said)
        ]
        if not faults or tried == _MOST_TRIALS:
            return Guess(document, register, tuple(decisions), key, outcome)
        # From the third time on nothing is tried but text: a guess must end.
        is_late = tried > 2  # noqa: PLR2004
        places = {d.name: place for place, d in enumerate(decisions)}
        for fault in faults:
            place = places.get(str(fault.column))
            if place is not None and fault.rule not in _OF_THE_KEY:
                decisions[place] = _loosened(decisions[place], fault, words, (timezone, said), is_late=is_late)
        if any(fault.rule in _OF_THE_KEY for fault in faults):
            refused |= {key.columns}
        again = find_key(decisions, trial, words, refused)
        if not key.columns and all(fault.rule in _OF_THE_KEY for fault in faults):
            return Guess(document, register, tuple(decisions), key, outcome)
        key = again


def _is_said(decision: ColumnGuess | None, fault: Fault, said: Said) -> bool:
    """Whether a person said how the column is written: then it is the row that is wrong, as long as most are not."""
    if decision is None or fault.rule != "type" or not said.date_format:
        return False
    options = decision.properties.get("logicalTypeOptions") or {}
    return options.get("format") == said.date_format and fault.rows * 2 < decision.evidence.filled


def _loosened(
    decision: ColumnGuess, fault: Fault, words: HeaderWords, how: tuple[str, Said], *, is_late: bool
) -> ColumnGuess:
    """A decision that the refused values pass."""
    if fault.rule == "row.text-expected":
        return replace(decision, profile={**decision.profile, "altyn.textFromAny": True})
    if fault.rule == "identifier":
        kept = {k: v for k, v in decision.profile.items() if k != "altyn.identifier"}
        note = say("{count} rows fail the check of the identifier; none is proposed.", count=fault.rows)
        return replace(decision, profile=kept, reason=say("a code"), notes=(*decision.notes, note))
    again = decide(decision.evidence.with_values(fault.values), words, *how)
    if is_late or again.properties == decision.properties or not fault.values:
        reason = say("text: {count} rows have another form than the rest", count=fault.rows)
        return as_text(replace(again, notes=()), reason)
    return again


def odd_rows(outcome: TrialOutcome) -> list[Message]:
    """What is still refused, with the lines to look at."""
    return [
        say(
            "{count} rows are refused ({rule}): lines {lines}.",
            count=fault.rows,
            rule=fault.rule + (f", {fault.column}" if fault.column else ""),
            lines=", ".join(map(str, fault.lines)),
        )
        for fault in outcome.faults
    ]


def things_to_look_at(decisions: Sequence[ColumnGuess]) -> list[Message]:
    """Notes of the columns, each with its column."""
    return [say("{column}: {note}", column=d.name, note=note) for d in decisions for note in d.notes]
