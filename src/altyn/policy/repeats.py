"""Repeats: looks that were answered, kept without rows, so that the gate can decide on them again when their answer is given again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from altyn.model.governed import Governed
from altyn.model.relations import Input
from altyn.policy.log.record import AccessRecord
from altyn.policy.principals import Principal


@dataclass(frozen=True, slots=True)
class Given:
    """A look that was answered.

    Args:
        principal: who asked.
        record: what is written when the answer is given again; it names the first one under `repeats`.
        known_at: the moment asked about.
        scene: the snapshot it was answered from; None where no rows were read.
        faces: each input with what could be seen of it.
    """

    principal: Principal
    record: AccessRecord
    known_at: datetime | None = None
    scene: object = None
    faces: tuple[tuple[Input, Governed], ...] = ()


@dataclass(slots=True)
class RememberedLooks:
    """What one thread asked the gate, and what it was given."""

    asked: int = 0
    given: list[Given] = field(default_factory=list[Given])

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it was refused or failed."""
        return self.asked == len(self.given)
