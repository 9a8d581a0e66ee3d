"""What watchers read: health by its status, and metrics in Prometheus' format, without a value."""

from __future__ import annotations

import re

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


def test_health_answers_503_where_somebody_must_be_called(fresh: Trial) -> None:
    before = portal(fresh).get("/health")
    assert (before.status_code, before.headers["cache-control"]) == (503, "no-store")
    fresh.run()
    assert portal(fresh).get("/health").status_code == 200


def test_every_line_of_the_metrics_is_one_and_each_family_is_described_once(loaded: Trial) -> None:
    client = portal(loaded)
    client.get("/en/registers/local.areas/rows?title.has=Құпия")
    text = client.get("/metrics").text

    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)*\})? -?[0-9.e+-]+', line), (
            line
        )
    heads = re.findall(r"# TYPE (\w+)", text)
    assert len(heads) == len(set(heads))
    assert "Құпия" not in text
    assert 'altyn_register_rows{register="local.areas"} 3' in text
    assert 'altyn_register_quarantined_rows{register="local.areas"} 1' in text


def test_buckets_grow_and_end_with_all(loaded: Trial) -> None:
    client = portal(loaded)
    for _ in range(3):
        client.get("/en/about")
    found = re.findall(
        r'duration_seconds_bucket\{route="/\{language\}/about",le="([^"]+)"\} (\d+)', client.get("/metrics").text
    )
    counts = [int(count) for _, count in found]

    assert counts == sorted(counts)
    assert (found[-1], counts[-1]) == (("+Inf", "3"), 3)


def test_before_the_first_run_there_are_metrics_all_the_same(fresh: Trial) -> None:
    text = portal(fresh).get("/metrics").text

    assert "altyn_healthy 0" in text
    assert "altyn_snapshot_number" not in text
    assert 'altyn_last_run_outcome{outcome="none"} 1' in text
