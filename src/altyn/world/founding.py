"""Founding: since when an organisation is there, which its number alone tells, so that nobody works where nothing is yet."""

from __future__ import annotations

import numpy as np

from altyn.world.draws import Ints

FIRST_YEAR = 2004
# Months from January of the first year through the year of --day; more organisations than months share them.
MONTHS = 276


def founded_on(numbers: Ints) -> Ints:
    """The day each organisation was registered: its number modulo the months tells the month."""
    month = np.datetime64(f"{FIRST_YEAR}-01", "M") + numbers % MONTHS
    return month.astype("datetime64[D]").astype(np.int64) + numbers // MONTHS % 28


def founded_before(numbers: Ints, day: Ints) -> Ints:
    """The same organisations where they are there on the day, else smaller numbers that are."""
    since = (day.astype("datetime64[D]").astype("datetime64[M]") - np.datetime64(f"{FIRST_YEAR}-01", "M")).astype(
        np.int64
    )
    # Within the month itself one is not there yet.
    room = np.maximum(since, 1)
    month = numbers % MONTHS
    return np.where(month < room, numbers, numbers - month + month % room)
