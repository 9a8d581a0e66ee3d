"""Records: what is empty is not written, and what is written is read back the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from altyn.policy.log import AccessRecord
from altyn.policy.principals import Principal

texts = st.text(max_size=5)
records = st.builds(
    AccessRecord,
    st.sampled_from(["begun", "answered", "refused"]),
    st.text(min_size=1, max_size=5),
    st.sampled_from(["person", "portal"]),
    uid=st.none() | st.integers(0, 9),
    purpose=texts,
    statement=st.lists(texts, max_size=3).map(tuple),
    snapshot=st.none() | st.integers(0, 3),
    rows=st.lists(st.integers(0, 9), max_size=3).map(tuple),
)


@given(records)
def test_what_is_written_is_read_back(record: AccessRecord) -> None:
    assert AccessRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_what_is_empty_is_not_written_and_nought_is() -> None:
    assert AccessRecord("answered", "w", "person").to_json() == {"outcome": "answered", "who": "w", "kind": "person"}
    assert AccessRecord("answered", "w", "person", uid=0, rows=(0,), snapshot=0).to_json() == {
        "outcome": "answered", "who": "w", "kind": "person", "uid": 0, "rows": [0], "snapshot": 0,
    }  # fmt: skip


def test_an_old_log_is_written_by_its_names() -> None:
    record = AccessRecord("begun-again", "w", "person", old_log=(("log", "ab"), ("size", 3)))

    assert record.to_json()["old_log"] == {"log": "ab", "size": 3}


def test_all_numbers_of_a_principal_stand_in_its_record() -> None:
    principal = Principal("local:w", "person", 1, 2, 3, 4)
    record = AccessRecord.of(principal, "ordered", order=7)

    assert (record.uid, record.login_uid, record.sudo_uid, record.outside, record.order) == (1, 2, 3, 4, 7)
