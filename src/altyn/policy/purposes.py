"""Purposes: what a read is for. Two are built in; anything else is refused."""

from __future__ import annotations

from dataclasses import dataclass

from altyn.errors import AltynError
from altyn.language import Label, say


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its code, its name, and the basis on which it may read."""

    code: str
    label: Label
    basis: str


OPEN = Purpose(
    "open",
    Label({"kk": "Ашық деректер", "ru": "Открытые данные", "en": "Open data"}),
    "the register's contract says it is open",
)
SYNTHETIC = Purpose(
    "synthetic",
    Label({"kk": "Синтетикалық деректер", "ru": "Синтетические данные", "en": "Synthetic data"}),
    "the project is marked synthetic: nobody in it is real",
)
PURPOSES = {purpose.code: purpose for purpose in (OPEN, SYNTHETIC)}


def purpose_of(code: str, *, synthetic: bool) -> Purpose:
    """The purpose called `code`.

    Raises:
        AltynError: `gate.purpose-unknown`; `gate.synthetic-only` where the project's people are not marked synthetic.
    """
    purpose = PURPOSES.get(code)
    if purpose is None:
        raise AltynError(
            "gate.purpose-unknown",
            what=say("There is no purpose {code}; without a purpose there is no answer.", code=code[:40]),
            mend=say("Purposes: {codes}.", codes=", ".join(PURPOSES)),
        )
    if purpose is SYNTHETIC and not synthetic:
        raise AltynError(
            "gate.synthetic-only",
            what=say("The purpose synthetic is for projects whose people are all made up; this one is not marked so."),
            where="altyn.toml, synthetic",
            mend=say("Ask for the purpose open, or work in a synthetic project."),
        )
    return purpose
