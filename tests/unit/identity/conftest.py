"""People of whom some stand twice, linked once for all tests that look at a result."""

from __future__ import annotations

import pytest

from altyn.identity.linking import Linked, SourceRows, link
from tests.unit.identity.people import Person, doubled, rows_of, specification


@pytest.fixture(scope="session")
def linked() -> tuple[Linked, SourceRows, list[Person], list[int]]:
    """A result, its rows, who they are, and which of them are one."""
    records, truth = doubled(2000, 0.5, seed=3)
    rows = rows_of(records)
    return link(specification(), rows), rows, records, truth
