"""Lives: children are called after their fathers, families live together, and what befalls people falls into the year."""

from __future__ import annotations

import numpy as np

from altyn.world.chunks import NONE, World


def together(worlds: list[World], *names: str) -> tuple[np.ndarray, ...]:
    return tuple(np.concatenate([w[n] for w in worlds]) for n in names)


def test_a_child_has_its_fathers_surname_and_is_called_after_him(worlds: list[World]) -> None:
    for world in worlds[:6]:
        child = np.flatnonzero(world["father"] != NONE)
        father = world["father"][child]
        assert len(child)
        assert (world["father_given"][child] == world["given"][father]).all()
        assert (world["maiden"][child] == world["maiden"][father]).all()


def test_a_wife_either_takes_the_name_keeps_hers_or_has_both(worlds: list[World]) -> None:
    for world in worlds[:6]:
        wives = np.flatnonzero((world["female"] == 1) & (world["spouse"] != NONE))
        his = world["maiden"][world["spouse"][wives]]
        takes = world["takes"][wives] == 1
        assert 0.6 < takes.mean() < 0.9
        assert (world["stem"][wives][takes] == his[takes]).all()
        assert (world["second"][wives][takes] == NONE).all(), "who took the name has no double one"
        assert (world["stem"][wives][~takes] == world["maiden"][wives][~takes]).all()
    assert (together(worlds, "second")[0] != NONE).any()


def test_nobody_but_women_changes_a_surname(worlds: list[World]) -> None:
    female, stem, maiden, after = together(worlds, "female", "stem", "maiden", "stem_after")

    assert (stem[female == 0] == maiden[female == 0]).all()
    assert (after[female == 0] == stem[female == 0]).all()


def test_what_is_for_good_is_everyones_own(worlds: list[World]) -> None:
    earns, account, phone = together(worlds, "earns", "account", "phone")

    assert (earns > 0).all()
    assert 900 < np.median(earns) < 1100, "thousandths of a middle wage"
    assert len(np.unique(account)) == len(account)
    assert (phone < 10**9).all()
