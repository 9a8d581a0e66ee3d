"""Purposes: three are built in, each for whom it is for; anything else is refused without saying it back at length."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.policy.purposes import KEEPING, OPEN, PURPOSES, SYNTHETIC, Purpose, purpose_of


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize("is_keeper", [True, False])
def test_who_may_ask_for_what(*, synthetic: bool, is_keeper: bool) -> None:
    allowed = {"open": True, "synthetic": synthetic, "keeping": is_keeper}
    for code, is_allowed in allowed.items():
        if is_allowed:
            assert purpose_of(code, synthetic=synthetic, is_keeper=is_keeper).code == code
        else:
            with pytest.raises(AltynError) as caught:
                purpose_of(code, synthetic=synthetic, is_keeper=is_keeper)
            assert caught.value.code == {"synthetic": "gate.synthetic-only", "keeping": "gate.not-keeper"}[code]


@pytest.mark.parametrize("code", ["", "Open", "open ", "research", "9" * 500, "ашық"])
def test_no_other_word_is_a_purpose(code: str) -> None:
    with pytest.raises(AltynError) as caught:
        purpose_of(code, synthetic=True, is_keeper=True)

    assert caught.value.code == "gate.purpose-unknown"
    assert len(caught.value.what.text("en")) < 150, "a text of any length is cut"
    assert all(name in caught.value.mend.text("en") for name in PURPOSES)


def test_each_purpose_has_its_name_in_three_languages_and_a_basis() -> None:
    for purpose in (OPEN, SYNTHETIC, KEEPING):
        names = {purpose.label.text(language) for language in ("kk", "ru", "en")}
        assert len(names) == 3
        assert purpose.basis


def test_a_purpose_that_sees_everything_is_somebodys() -> None:
    with pytest.raises(AssertionError, match="nobody's purpose"):
        Purpose("all", Label("All"), "none", sees="all")

    assert Purpose("all", Label("All"), "the keeper's", sees="all", only_keeper=True).sees == "all"
