"""What was open and is closed now does not become open by asking about then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.model.columns import TEXT, Column
from altyn.model.registers import DataKind, Register
from altyn.policy.governed import copied_by_runs, decide, stricter
from altyn.policy.principals import PORTAL, local
from altyn.policy.purposes import KEEPING, OPEN, SYNTHETIC

THEN = Register("local.areas", "0.1.0", (Column("code", TEXT), Column("name", TEXT)), ("code",), "1", is_open=True)


def seen(*later: Register) -> list[str] | None:
    found = decide(local(), OPEN, None, stricter(THEN, later), "current")
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


def test_a_purpose_that_the_contract_does_not_name_sees_nothing() -> None:
    named = replace(THEN, purposes=("synthetic",))
    assert not decide(local(), OPEN, None, named, "current").is_allowed
    assert decide(local(), SYNTHETIC, None, replace(named, data_kind="synthetic"), "current").is_allowed
    # Its keeper reads it to mend it.
    assert decide(local(), KEEPING, None, replace(THEN, purposes=()), "current").is_allowed


def test_the_portal_keeps_nothing_whoever_granted_it_the_purpose() -> None:
    assert not decide(PORTAL, KEEPING, None, THEN, "current").is_allowed


def test_purposes_named_then_and_now_are_those_named_both_times() -> None:
    then = replace(THEN, purposes=("open", "synthetic"))
    assert stricter(then, [replace(THEN, purposes=("open",))]).purposes == ("open",)
    assert stricter(then, [replace(THEN, purposes=("keeping",))]).purposes == ()
    assert stricter(THEN, [then]).purposes == ("open", "synthetic")


def test_the_hash_of_a_row_is_not_told_where_columns_are_hidden() -> None:
    """It is over all columns: a hidden one with few values is found by trying."""
    hidden = replace(THEN.columns[-1], name="hidden", sensitivity="internal")
    partly = replace(THEN, columns=(*THEN.columns, hidden))

    assert "row_hash" in decide(local(), OPEN, None, THEN, "history").names
    assert "row_hash" not in decide(local(), OPEN, None, partly, "history").names


MADE_UP = replace(THEN, is_open=False, data_kind="synthetic")


def test_the_purpose_synthetic_sees_made_up_people_and_what_is_open() -> None:
    hidden = with_name("restricted")
    whole = decide(local(), SYNTHETIC, None, replace(MADE_UP, columns=hidden.columns), "current")

    assert whole.is_whole
    # Of a real register what everybody sees, and in the copy that everybody reads.
    assert decide(local(), SYNTHETIC, None, hidden, "current") == decide(local(), OPEN, None, hidden, "current")
    assert not decide(local(), SYNTHETIC, None, hidden, "quarantine").is_allowed


@pytest.mark.parametrize("kind", ["real", "stated", "simulated"])
@pytest.mark.parametrize("purposes", [None, ("synthetic",), ("open", "synthetic")])
@pytest.mark.parametrize("face", ["current", "history", "quarantine", "held"])
def test_a_closed_register_of_real_people_stays_closed_beside_made_up_ones(
    kind: DataKind, purposes: tuple[str, ...] | None, face: str
) -> None:
    real = replace(THEN, is_open=False, data_kind=kind, purposes=purposes)

    for purpose in (SYNTHETIC, OPEN):
        assert not decide(PORTAL, purpose, None, real, face).is_allowed


def test_a_register_that_was_called_synthetic_by_mistake_is_closed_for_the_past_too() -> None:
    real = replace(MADE_UP, data_kind="real")

    for then, later in ((MADE_UP, real), (real, MADE_UP)):
        assert not decide(local(), SYNTHETIC, None, stricter(then, [later]), "current").is_allowed
    assert decide(local(), SYNTHETIC, None, stricter(MADE_UP, [MADE_UP]), "current").is_allowed


def test_a_run_copies_what_is_open_once_for_both_purposes() -> None:
    def purposes(register: Register) -> list[str]:
        return [g.purpose for g in copied_by_runs(synthetic=True)(register)]

    # Others may come; what is open is one copy, which the purpose synthetic reads too.
    assert (purposes(THEN).count("open"), purposes(THEN).count("synthetic")) == (1, 0)
    assert purposes(MADE_UP).count("synthetic") == 1
    assert not copied_by_runs(synthetic=False)(MADE_UP)
