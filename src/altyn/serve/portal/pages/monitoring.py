"""Monitoring: /health and /metrics, for programs that watch the portal. They say what its pages say: numbers, never rows."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Mapping
from importlib import metadata

from starlette.responses import JSONResponse, Response

from altyn import __version__
from altyn.serve.operation.health import Health, examine_health
from altyn.serve.operation.last_run import COUNTS
from altyn.serve.operation.machine import resident_bytes
from altyn.serve.portal.cache import Pages
from altyn.serve.portal.observed import BOUNDS, Latencies, Traffic
from altyn.serve.workspace import Workspace

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = ("published", "unchanged", "failed", "running", "killed", "none")
_FRESH = {"Cache-Control": "no-store"}
MetricLabels = Mapping[str, str]
Samples = Iterable[tuple[MetricLabels, float]]


def health(workspace: Workspace) -> Response:
    """200 where nobody needs to be called, else 503 with the codes of what is wrong."""
    found = examine_health(workspace)
    age = found.snapshot_age_s
    content = {
        "status": "ok" if found.is_good else "unwell",
        "snapshot": found.snapshot.number if found.snapshot else None,
        "snapshot_age_s": round(age) if age is not None else None,
        "last_run": found.run,
        "problems": list(found.problems),
    }
    return JSONResponse(content, 200 if found.is_good else 503, headers=_FRESH)


def metrics(workspace: Workspace, traffic: Traffic, pages: Pages) -> Response:
    """Everything worth watching, in Prometheus' text format 0.0.4."""
    found = examine_health(workspace)
    parts = [*_of_build(found), *_of_store(workspace, found), *_of_run(found), *_of_traffic(traffic), *_of_pages(pages)]
    return Response("".join(parts), media_type=MEDIA_TYPE, headers=_FRESH)


def _of_build(found: Health) -> Iterable[str]:
    versions = {"version": __version__, "python": platform.python_version(), "duckdb": metadata.version("duckdb")}
    yield _family("altyn_build_info", "gauge", "Versions.", [(versions, 1)])
    yield _family("altyn_healthy", "gauge", "1 where /health answers 200.", [({}, found.is_good)])


def _of_store(workspace: Workspace, found: Health) -> Iterable[str]:
    snapshot, root = found.snapshot, workspace.store.folders.root
    if snapshot:
        states = snapshot.registers.items()
        at, age = snapshot.published_at.timestamp(), found.snapshot_age_s or 0.0
        yield _family("altyn_snapshot_number", "gauge", "The newest snapshot.", [({}, snapshot.number)])
        yield _family("altyn_snapshot_timestamp_seconds", "gauge", "When it was published.", [({}, at)])
        yield _family("altyn_snapshot_age_seconds", "gauge", "Time since then.", [({}, age)])
        for name, text, samples in (
            ("rows", "Current records.", [(n, s.rows) for n, s in states]),
            ("quarantined_rows", "Rows refused and not mended yet.", [(n, s.quarantined_rows) for n, s in states]),
            ("waiting_rows", "Rows that wait for a parent.", [(n, s.waiting_rows) for n, s in states]),
        ):
            yield _family(f"altyn_register_{name}", "gauge", text, [({"register": n}, v) for n, v in samples])
    disk = shutil.disk_usage(root)
    yield _family("altyn_disk_free_bytes", "gauge", "Free space where the store lies.", [({}, disk.free)])
    yield _family("altyn_disk_size_bytes", "gauge", "All space there.", [({}, disk.total)])
    log = sum(p.stat().st_size for p in (root / "log").glob("*.jsonl"))
    yield _family("altyn_access_log_bytes", "gauge", "Size of the access log.", [({}, log)])


def _of_run(found: Health) -> Iterable[str]:
    last, name = found.last, "altyn_last_run"
    outcomes = [({"outcome": outcome}, float(outcome == found.run)) for outcome in OUTCOMES]
    yield _family(f"{name}_outcome", "gauge", "1 for how the last run ended.", outcomes)
    if last is None:
        return
    if last.good_at:
        yield _family(
            "altyn_last_good_run_timestamp_seconds", "gauge", "When one ended well.", [({}, last.good_at.timestamp())]
        )
    yield _family(f"{name}_start_timestamp_seconds", "gauge", "When it began.", [({}, last.started.timestamp())])
    if last.ended:
        yield _family(f"{name}_duration_seconds", "gauge", "How long it took.", [({}, last.seconds)])
        yield _family(f"{name}_peak_memory_bytes", "gauge", "The most it held.", [({}, last.peak_memory_bytes)])
        rows = [
            ({"register": str(line["register"]), "what": count}, float(line[count]))
            for line in last.registers
            for count in COUNTS
            if count in line
        ]
        yield _family(
            f"{name}_rows", "gauge", "Rows of its batch: read, put, same, retracted, refused; rows: all.", rows
        )
        took = [({"register": str(line["register"])}, float(line.get("seconds", 0))) for line in last.registers]
        yield _family(f"{name}_register_duration_seconds", "gauge", "How long each register took.", took)


def _of_traffic(traffic: Traffic) -> Iterable[str]:
    requests, times = traffic.copy()
    counted = [
        ({"route": route, "method": method, "status": str(status)}, float(count))
        for (route, method, status), count in sorted(requests.items())
    ]
    yield _family("altyn_http_requests_total", "counter", "Answers since the portal started.", counted)
    name = "altyn_http_request_duration_seconds"
    lines = [line for route, latencies in sorted(times.items()) for line in _histogram(name, route, latencies)]
    yield _head(name, "histogram", "Time until an answer had left.") + "".join(lines)


def _of_pages(pages: Pages) -> Iterable[str]:
    name = "altyn_page_cache"
    yield _family(f"{name}_bytes", "gauge", "Memory that kept pages take.", [({}, pages.bytes)])
    yield _family(f"{name}_pages", "gauge", "Pages kept.", [({}, len(pages))])
    asked = [({"outcome": "kept"}, float(pages.found)), ({"outcome": "made"}, float(pages.missed))]
    yield _family(f"{name}_requests_total", "counter", "Addresses that were kept, and those that were not.", asked)
    resident = resident_bytes()
    if resident is not None:
        yield _family("altyn_resident_memory_bytes", "gauge", "Memory of the portal's process.", [({}, resident)])


def _histogram(name: str, route: str, latencies: Latencies) -> Iterable[str]:
    count = 0
    for bound, here in zip([*map(str, BOUNDS), "+Inf"], latencies.counts, strict=True):
        count += here
        yield _sample(f"{name}_bucket", {"route": route, "le": bound}, count)
    yield _sample(f"{name}_sum", {"route": route}, latencies.sum)
    yield _sample(f"{name}_count", {"route": route}, count)


def _family(name: str, kind: str, text: str, samples: Samples) -> str:
    return _head(name, kind, text) + "".join(_sample(name, labels, value) for labels, value in samples)


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def _sample(name: str, labels: MetricLabels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    shown = f"{{{inside}}}" if inside else ""
    return f"{name}{shown} {int(value) if float(value).is_integer() else repr(float(value))}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
