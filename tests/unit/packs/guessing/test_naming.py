"""Any header becomes a name, each once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altyn.model.columns import NAME
from altyn.model.registers import RESERVED
from altyn.packs.guessing.naming import column_names, register_name


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_header_becomes_a_name(headers: list[str]) -> None:
    names = column_names(headers)

    assert all(NAME.match(name) and name not in RESERVED for name in names)
    assert len(set(names)) == len(headers)


@given(st.text())
def test_a_name_is_the_same_every_time(text: str) -> None:
    assert register_name(text) == register_name(text)
