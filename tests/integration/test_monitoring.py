"""/health and /metrics as a monitoring system sees them, and logs that hold no value. Judge: Prometheus' own parser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from altyn.serve.operation.events import FIELDS, EventValue
from altyn.serve.portal.app import create_app
from altyn.serve.portal.pages import registers
from tests.integration.conftest import Trial

SECRET = "Жасырын-7391"


def portal(trial: Trial, *, raises: bool = True) -> TestClient:
    return TestClient(create_app(trial.open()), base_url="http://localhost", raise_server_exceptions=raises)


def health(trial: Trial) -> tuple[int, dict[str, object]]:
    answer = portal(trial).get("/health")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def limited(trial: Trial, late_after: str) -> None:
    path = trial.folder / "altyn.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[operate]\nlate_after = "{late_after}"\n', encoding="utf-8")


def parsed(text: str) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Sample name -> labels -> value."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type in {"gauge", "counter", "histogram"}, family.name
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def key(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_health_is_good_after_a_good_run(trial: Trial) -> None:
    trial.run()

    assert health(trial) == (
        200, {"status": "ok", "snapshot": 1, "snapshot_age_s": 0, "last_run": "published", "problems": []},
    )  # fmt: skip


def test_health_says_what_is_wrong_and_nothing_else(trial: Trial) -> None:
    assert health(trial)[1]["problems"] == ["snapshot.none"]
    trial.run()
    trial.now += timedelta(days=40)
    assert health(trial)[0] == 200, "nobody said from when a run is late"
    limited(trial, "26h")
    assert health(trial) == (503, health(trial)[1] | {"status": "unwell", "problems": ["run.late"]})
    trial.run()
    assert health(trial)[0] == 200
    (trial.folder / "data" / "areas.csv").unlink()
    trial.run(days=0)
    assert (health(trial)[0], health(trial)[1]["problems"]) == (503, ["run.failed"])


def test_a_restored_project_is_judged_by_its_snapshot(trial: Trial) -> None:
    trial.run()
    (trial.folder / ".altyn" / "status.json").unlink()
    limited(trial, "2d")

    assert (health(trial)[0], health(trial)[1]["last_run"]) == (200, "none")
    trial.now += timedelta(days=3)
    assert health(trial)[1]["problems"] == ["run.late"]


def test_a_store_that_cannot_be_read_is_unwell(trial: Trial) -> None:
    trial.run()
    # The application is there already: the store goes away under it.
    client = portal(trial)
    shutil.rmtree(trial.folder / ".altyn" / "store" / "local" / "areas")
    assert client.get("/health").json()["problems"] == ["journal.broken"]
    (trial.folder / ".altyn" / "snapshots" / "000001.json").write_text("{", encoding="utf-8")
    answer = client.get("/health")

    assert (answer.status_code, answer.json()["problems"]) == (503, ["snapshot.broken"])
    assert parsed(client.get("/metrics").text)["altyn_healthy"] == {key(): 0}


def test_metrics_are_what_prometheus_reads(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,x\n")
    trial.run()
    client = portal(trial)
    for address in ("/en/", "/en/registers/local.areas", "/en/registers/local.areas/row/1000", "/kk/nothing", "/x", "/static/altyn.css"):  # fmt: skip
        client.get(address)
    client.post("/en/")
    answer = client.get("/metrics")
    found = parsed(answer.text)

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert found["altyn_snapshot_number"] == {key(): 1}
    assert found["altyn_snapshot_age_seconds"] == {key(): 0}
    assert found["altyn_register_rows"] == {key(register="local.areas"): 1, key(register="local.places"): 1}
    assert found["altyn_register_quarantined_rows"][key(register="local.areas")] == 1
    assert found["altyn_register_waiting_rows"][key(register="local.places")] == 1
    assert found["altyn_last_run_outcome"][key(outcome="published")] == 1
    assert sum(found["altyn_last_run_outcome"].values()) == 1
    assert found["altyn_last_run_rows"][key(register="local.areas", what="refused")] == 1
    assert found["altyn_last_run_duration_seconds"][key()] > 0
    assert found["altyn_disk_free_bytes"][key()] > 0
    assert found["altyn_access_log_bytes"][key()] > 0
    assert found["altyn_last_good_run_timestamp_seconds"][key()] == trial.now.timestamp()
    page = "/{language}/registers/{register}"
    requests = found["altyn_http_requests_total"]
    assert requests[key(route=page, method="GET", status="200")] == 1
    assert requests[key(route=page + "/row/{key}", method="GET", status="200")] == 1
    assert requests[key(route="/{language}/{rest}", method="GET", status="404")] == 1
    assert requests[key(route="/static/{path}", method="GET", status="200")] == 1
    assert requests[key(route="other", method="GET", status="404")] == 1
    buckets = {k: v for k, v in found["altyn_http_request_duration_seconds_bucket"].items() if ("route", page) in k}
    assert len(buckets) == 13
    assert (
        buckets[key(route=page, le="+Inf")] == found["altyn_http_request_duration_seconds_count"][key(route=page)] == 1
    )


def test_a_label_is_never_what_a_stranger_typed(trial: Trial) -> None:
    trial.run()
    client = portal(trial)
    for method, address in (
        ("GET", f"/en/registers/{SECRET}"),
        ("GET", f"/en/search?q={SECRET}"),
        ("GET", f"/{SECRET}"),
        ("GET", f"/static/{SECRET}"),
        ("ZZZZ", "/en/"),
    ):
        client.request(
            method, address, headers={"user-agent": "hunter-7391", "referer": "http://localhost/hunter-7391"}
        )
    text = client.get("/metrics").text

    assert "7391" not in text
    assert "ZZZZ" not in text
    assert parsed(text)["altyn_http_requests_total"][key(route="/{language}/search", method="GET", status="200")] == 1


def test_metrics_say_no_more_of_a_closed_register_than_its_page(trial: Trial) -> None:
    trial.contract(is_open=False)
    trial.areas(f"1000,{SECRET},20\n2000,{SECRET},x\n")
    trial.run()
    client = portal(trial)

    page = client.get("/en/registers").text
    assert "local.areas" in page
    assert "1 in quarantine" in page
    assert "7391" not in client.get("/metrics").text + client.get("/health").text


@pytest.mark.parametrize("address", ["/health", "/metrics"])
def test_only_this_machine_may_look_and_only_look(trial: Trial, address: str) -> None:
    trial.run()

    assert portal(trial).post(address).status_code == 405
    assert portal(trial).get(address, headers={"host": "elsewhere.example"}).status_code == 421


def test_no_event_of_a_request_holds_what_was_asked(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, object]] = []

    def tell(event: str, /, *, level: str = "info", **fields: EventValue) -> None:
        assert fields.keys() <= FIELDS.keys()
        said.append({"event": event, "level": level, **fields})

    def broken(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    trial.run()
    monkeypatch.setattr(registers, "freshness", broken)
    client = TestClient(create_app(trial.open(), tell), base_url="http://localhost", raise_server_exceptions=False)
    client.get(f"/en/search?q={SECRET}", headers={"user-agent": "hunter-7391"})
    client.get("/en/registers")

    assert "7391" not in json.dumps(said, ensure_ascii=False)
    searched, failed = said
    assert _but_seconds(searched) == {
        "event": "request", "level": "info", "route": "/{language}/search", "method": "GET", "status": 200,
        "kind": None, "place": None,
    }  # fmt: skip
    assert (failed["level"], failed["status"], failed["kind"]) == ("error", 500, "ZeroDivisionError")
    assert str(failed["place"]).startswith("test_monitoring.py:")


def _but_seconds(event: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in event.items() if name != "seconds"}
