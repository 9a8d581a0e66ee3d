"""What was open and is closed now does not become open by asking about then."""

from __future__ import annotations

from dataclasses import replace

from altyn.model.columns import TEXT, Column
from altyn.model.registers import Register
from altyn.policy.governed import decide, stricter
from altyn.policy.purposes import OPEN

THEN = Register("local.areas", "0.1.0", (Column("code", TEXT), Column("name", TEXT)), ("code",), "1", is_open=True)


def seen(*later: Register) -> list[str] | None:
    found = decide(OPEN, stricter(THEN, later), "current")
    return [c.name for c in found.columns if c.name in {"code", "name"}] if found.is_allowed else None


def with_name(sensitivity: str, name: str = "name", renamed_from: str | None = None) -> Register:
    column = Column(name, TEXT, sensitivity=sensitivity, renamed_from=renamed_from)  # type: ignore[arg-type]
    return replace(THEN, columns=(THEN.columns[0], column))


def test_a_column_that_was_closed_since_is_closed_then() -> None:
    assert seen(THEN) == ["code", "name"]
    assert seen(with_name("restricted")) == ["code"]


def test_a_column_that_was_closed_under_a_new_name_is_closed_under_the_old_one() -> None:
    assert seen(with_name("internal", "title", "name")) == ["code"]


def test_the_last_word_on_a_column_that_is_gone_stays() -> None:
    without = replace(THEN, columns=THEN.columns[:1])
    assert seen(with_name("restricted"), without) == ["code"]
    assert seen(without) == ["code", "name"]


def test_what_was_opened_again_is_open() -> None:
    assert seen(with_name("restricted"), with_name("public")) == ["code", "name"]


def test_a_register_that_was_closed_since_is_closed_then_and_one_that_was_closed_then_stays_so() -> None:
    assert seen(replace(THEN, is_open=False)) is None
    assert not stricter(replace(THEN, is_open=False), [THEN]).is_open
