"""Purposes: what a read is for. Those below are built in; anything else is refused.

What a purpose may see follows from what stands here of it: the gate, the copies a run makes and the words of refusals ask no
purpose for its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from altyn.errors import AltynError
from altyn.language import Label, say


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its code, its name, and the basis on which it may read.

    Args:
        code: as a reader names it, and a contract in `altyn.purposes`.
        label: its name.
        basis: why it may read, as the log keeps it.
        sees: `public`, the public columns of registers whose contracts call them open; `all`, every column of every register.
        only_synthetic: for projects whose people are all made up.
        only_keeper: for who owns the project, on this machine's command line.
        is_limited: whether a contract that names purposes must name it.
    """

    code: str
    label: Label
    basis: str
    sees: Literal["public", "all"] = "public"
    only_synthetic: bool = False
    only_keeper: bool = False
    is_limited: bool = True

    def __post_init__(self) -> None:
        assert self.sees == "public" or self.only_synthetic or self.only_keeper, "nobody's purpose sees everything"


OPEN = Purpose(
    "open",
    Label({"kk": "Ашық деректер", "ru": "Открытые данные", "en": "Open data"}),
    "the register's contract says it is open",
)
SYNTHETIC = Purpose(
    "synthetic",
    Label({"kk": "Синтетикалық деректер", "ru": "Синтетические данные", "en": "Synthetic data"}),
    "the project is marked synthetic: nobody in its synthetic registers is real, and its real ones are open",
    sees="all",
    only_synthetic=True,
)
KEEPING = Purpose(
    "keeping",
    Label({"kk": "Тіркелімді жүргізу", "ru": "Ведение регистра", "en": "Keeping the register"}),
    "who asks owns the project's .altyn and sits at this machine's command line",
    sees="all",
    only_keeper=True,
    # Who keeps a register reads it to mend it, whatever others may use it for.
    is_limited=False,
)
PURPOSES = {
    purpose.code: purpose
    for purpose in (
        OPEN,
        SYNTHETIC,
        KEEPING,
    )
}


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
    if purpose.only_synthetic and not synthetic:
        raise AltynError(
            "gate.synthetic-only",
            what=say(
                "The purpose {code} is for projects whose people are all made up; this one is not marked so.",
                code=purpose.code,
            ),
            where="altyn.toml, synthetic",
            mend=say("Ask for the purpose open, or work in a synthetic project."),
        )
    if purpose.only_keeper and not is_keeper:
        raise AltynError(
            "gate.not-keeper",
            what=say(
                "The purpose {code} is for the user who owns .altyn, on the command line of this machine alone.",
                code=purpose.code,
            ),
            where=".altyn",
            mend=say("Ask for the purpose open, or let the project's keeper ask."),
        )
    return purpose
