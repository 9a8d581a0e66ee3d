"""Collecting: our errors join the list, and nothing else is kept from whoever should hear of it."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.packs.collecting import Collecting


def test_one_fault_after_another_is_kept_in_order() -> None:
    faults: list[AltynError] = []
    for code in ("usage", "pack.invalid"):
        with Collecting(faults):
            raise AltynError(code, what=code)
    with Collecting(faults):
        pass

    assert [f.code for f in faults] == ["usage", "pack.invalid"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_is_no_fault_of_a_pack_goes_through(error: type[BaseException]) -> None:
    faults: list[AltynError] = []
    with pytest.raises(error), Collecting(faults):
        raise error

    assert faults == []
