"""Of the engine's words only a kind and a name leave the child."""

from __future__ import annotations

import duckdb
import pytest

from altyn.policy.reasons import failed, near, reason_of

VALUE = "Жасырын-7391"


@pytest.mark.parametrize(
    "sql",
    [
        f"select cast('{VALUE}' as integer)",
        f"select date '{VALUE}'",
        f"select date_trunc('{VALUE}', today())",
        f"select columns('{VALUE}') from (select 1 as a)",
        f"select strptime('{VALUE}', '%Y')",
        f"select '{VALUE}'::enum('a', 'b')",
        f"select error('Referenced column \"{VALUE}\" not found in FROM clause!')",
    ],
)
def test_a_value_does_not_leave(sql: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        duckdb.connect().execute(sql).fetchall()

    assert VALUE not in str(reason_of(caught.value))


def test_a_name_near_to_nothing_is_not_said_again() -> None:
    error = failed({"kind": "column", "name": VALUE, "candidates": ["code"]}, f'select "{VALUE}"', ["code"], ["t"])

    assert VALUE not in str(error)
    assert error.where == "line 1, sign 9"


def test_near_names_are_nearest_first_and_few() -> None:
    assert near("cod", ["code", "codes", "title", "coda"])[0] in {"code", "coda"}
    assert near("zzz", ["code"]) == []
