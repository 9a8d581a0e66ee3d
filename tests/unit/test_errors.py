"""Errors: told in each language, in one line, and with a status that a script can act on."""

from __future__ import annotations

import pytest

from altyn.errors import CODES, ENVIRONMENT, POLICY, AltynError
from altyn.language import say


def test_a_text_with_braces_is_said_as_it_stands() -> None:
    error = AltynError("usage", what="a {name} and }{", mend="{x}")

    assert str(error) == "usage: a {name} and }{ {x}"


def test_a_name_in_where_ends_no_line() -> None:
    error = AltynError("source.missing", what="x", where="a\nb\x1b[31m.csv")

    assert error.where == "a\\u000ab\\u001b[31m.csv"
    assert "\n" not in str(error)


def test_parts_are_in_the_readers_language_and_hold_all_there_is() -> None:
    error = AltynError(
        "environment.full", what=say("The disk is full."), mend=say("Free space, then run again."), retry=True
    )

    assert error.parts("en") == {
        "code": "environment.full", "what": "The disk is full.", "where": "", "mend": "Free space, then run again.", "retry": True,
    }  # fmt: skip
    assert len({str(error.parts(language)["what"]) for language in ("kk", "ru", "en")}) == 3


@pytest.mark.parametrize(("code", "status"), [("gate.log", ENVIRONMENT), ("gate.limit", POLICY)])
def test_the_status_is_the_codes(code: str, status: int) -> None:
    assert AltynError(code, what="x").exit_status == status


def test_a_code_outside_the_closed_list_cannot_be_raised() -> None:
    with pytest.raises(AssertionError, match="closed list"):
        AltynError("made.up", what="x")


def test_no_status_is_success() -> None:
    assert set(CODES.values()) == {1, 2, 3, 4}
