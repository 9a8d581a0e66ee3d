"""Identifiers: columns whose values carry a check that a pack knows. A tenth of random numbers pass a check digit, so many must."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from altyn.language import say
from altyn.model import Kind
from altyn.packs.guessing.types import ColumnGuess
from altyn.packs.guessing.words import HeaderWords, tokens
from altyn.settings import language_of_environment
from altyn.sources.trial import Trial

_ENOUGH = 6
_TRIED = 2000


def with_kind(decision: ColumnGuess, trial: Trial, kinds: Iterable[Kind], words: HeaderWords) -> ColumnGuess:
    """The decision with the identifier kind that every value passes; with a note where the header says one and some fail."""
    if not decision.is_text or decision.role in {"name", "changed"}:
        return decision
    values = {v for v in decision.evidence.sample if v}
    said = {words.kinds[token] for token in tokens(decision.evidence.header) if token in words.kinds}
    likely = [k for k in kinds if k.name in said or (len(values) >= _ENOUGH and all(map(k.python, values)))]
    # Of kinds that all values pass, the narrowest says most.
    for kind in sorted(likely, key=lambda k: (k.name not in said, _breadth(k, decision.evidence.longest))):
        passed, count = trial.share(decision.name, kind.expression("{value}"))
        label = kind.label.text(language_of_environment(), kind.name)
        if count and passed == count:
            return replace(
                decision,
                role="code",
                profile={**decision.profile, "altyn.identifier": kind.name},
                reason=say("{kind}: every value passes its check", kind=label),
            )
        if kind.name in said and count:
            note = say(
                "{passed} of {count} different values pass the check of {kind}; none is proposed.",
                passed=passed,
                count=count,
                kind=label,
            )
            return replace(decision, role="code", notes=(*decision.notes, note))
    return decision


def _breadth(kind: Kind, width: int) -> int:
    """How many of the same random numbers of so many digits pass: the fewer, the narrower."""
    numbers = random.Random(0)  # noqa: S311  # no secret: a fixed row of numbers
    return sum(kind.python(f"{numbers.randrange(10**width):0{width}}") for _ in range(_TRIED))
