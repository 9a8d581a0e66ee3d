"""A refused row never retracts its record, whatever is wrong with it: only a record that is truly missing is gone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.strange import stranger

COLUMNS = {"code": ("code", "string"), "n": ("n", "integer"), "row_id": ("Row ID", "string")}
LIMITS = [{"property": name, "value": 1} for name in ("altyn.retractionLimit", "altyn.errorBudget")]
RECORDS = [f"k{n}" for n in range(6)]
# What becomes of a record's line on the second day.
FATES = {
    "kept": "{k},1,a",
    "changed": "{k},2,a",
    "gone": "",
    "no number": "{k},x,a",
    "too few cells": "{k},1",
    "too many cells": "{k},1,a,b",
    "a quote": '{k},1,"a"b',
    "no key": ",1,a",
    "twice": "{k},1,a\n{k},3,a",
    "another blank": "{k} ,1,a",
    "a header before": "code,n,Row ID\n{k},1,a",
    "a carriage return": "{k},1\r,a",
}
HIDING = {"too few cells", "too many cells", "a quote", "no key", "a carriage return"}


@settings(max_examples=30, deadline=None)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), min_size=len(RECORDS), max_size=len(RECORDS)))
def test_only_a_record_that_is_missing_is_gone(fates: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        brought = stranger(Path(name), COLUMNS, profile=LIMITS)
        brought.bring("code,n,Row ID\n" + "".join(f"{k},1,a\n" for k in RECORDS))
        brought.run()
        second = [FATES[fate].format(k=k) for k, fate in zip(RECORDS, fates, strict=True)]
        brought.bring("code,n,Row ID\n" + "".join(f"{line}\n" for line in second if line) + "last,1,a\n")
        brought.run()
        left = {str(k) for (k,) in brought.ask("select code from brought")}

    # A blank that was put behind a key makes another record of it, which a finding tells.
    gone = {k for k, fate in zip(RECORDS, fates, strict=True) if fate in {"gone", "another blank"}}
    lost = set(RECORDS) - left
    assert lost <= gone
    if not HIDING & set(fates):
        assert lost == gone
