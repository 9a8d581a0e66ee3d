"""The store: scenes by moment, batches newest first, and refused rows by place, never by value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from altyn.errors import AltynError
from tests.integration.conftest import Trial

AREAS = "local.areas"


def test_a_scene_is_of_the_moment_that_was_asked_for(lived: Trial) -> None:
    store = lived.open().store
    first, second, third = store.snapshots.all()

    assert store.scene().number == 3
    assert store.scene(first.published_at).number == 1
    assert store.scene(third.published_at - timedelta(microseconds=1)).number == 2
    with pytest.raises(AltynError) as caught:
        store.scene(first.published_at - timedelta(microseconds=1))
    assert caught.value.code == "snapshot.none"
    assert store.scene(second.published_at) is store.scene(second.published_at)


def test_the_newest_scene_follows_what_is_published(trial: Trial) -> None:
    trial.run()
    store = trial.open().store
    before = store.scene()
    trial.areas("1000,Алматы,21\n2000,Ақтөбе,10\n")
    trial.run()

    assert (before.number, store.scene().number) == (1, 2)


def test_batches_come_newest_first_with_their_snapshots(lived: Trial) -> None:
    store = lived.open().store
    found = store.batches(AREAS)

    assert [(b.register, snapshot) for b, snapshot, _ in found] == [(AREAS, 3), (AREAS, 2), (AREAS, 1)]
    assert [b.number for b, _, _ in found] == sorted((b.number for b, _, _ in found), reverse=True)
    assert [snapshot for _, snapshot, _ in store.batches(AREAS, up_to=2)] == [2, 1]
    assert store.batches("local.none") == []


def test_a_run_that_publishes_nothing_leaves_nothing(lived: Trial) -> None:
    store = lived.open().store
    with store.run("nobody") as run:
        scratch = run.scratch
        assert not run.changed()

    assert len(store.snapshots.numbers()) == 3
    assert not scratch.exists()
    with store.run("nobody", wait_s=0):
        pass


def test_refused_rows_are_told_by_their_places(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n2000,Құпия,x\n3000,Құпия,y\n20O0,Құпия,1\n")
    trial.run()
    store = trial.open().store

    places = store.refused_places(AREAS, 2)

    assert [(p["line"], p["column"], p["rule"]) for p in places] == [(3, "people", "type"), (4, "people", "type")]
    assert "Құпия" not in str(places)
    groups = store.refused_groups(AREAS, 1)
    assert [(g.rule, g.column, g.rows, len(g.places)) for g in groups] == [
        ("type", "people", 2, 1),
        ("pattern", "code", 1, 1),
    ]
    assert store.refused_places("local.none", 5) == []
    assert store.refused_groups("local.none", 5) == []


def test_a_batch_refused_whole_is_told_until_one_is_taken_in(trial: Trial) -> None:
    trial.areas("".join(f"{n}000,x,y\n" for n in range(1, 10)))
    assert trial.run().errors
    store = trial.open().store

    assert store.refused_rows(AREAS) == 9
    assert len(store.refused_whole(AREAS, 5)) == 5
    assert [g.rows for g in store.refused_groups(AREAS, 1, whole=True)] == [9]
    assert store.refused_groups(AREAS, 1) == []
    assert store.waits(AREAS) is None

    trial.areas("1000,Алматы,20\n")
    trial.run()
    assert store.refused_rows(AREAS) == 0
    assert store.refused_whole(AREAS, 5) == []
