"""Purposes: what a read is for. Three are built in; anything else is refused."""

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
    "the project is marked synthetic: nobody in its synthetic registers is real, and its real ones are open",
)
KEEPING = Purpose(
    "keeping",
    Label({"kk": "Тіркелімді жүргізу", "ru": "Ведение регистра", "en": "Keeping the register"}),
    "who asks owns the project's .altyn and sits at this machine's command line",
)
PURPOSES = {purpose.code: purpose for purpose in (OPEN, SYNTHETIC, KEEPING)}


def purpose_of(code: str, *, synthetic: bool, is_keeper: bool) -> Purpose:
    """The purpose called `code`.

    Args:
        code: the purpose's code.
        synthetic: whether the project says that nobody in it is real.
        is_keeper: whether who asks keeps the project; see `principals.is_keeper`.

    Raises:
        AltynError: `gate.purpose-unknown`; `gate.synthetic-only` where the project's people are not marked synthetic;
            `gate.not-keeper` where somebody else, or the portal, asks for the keeper's purpose.
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
    if purpose is KEEPING and not is_keeper:
        raise AltynError(
            "gate.not-keeper",
            what=say("The purpose keeping is for the user who owns .altyn, on the command line of this machine alone."),
            where=".altyn",
            mend=say("Ask for the purpose open, or let the project's keeper ask."),
        )
    return purpose
