"""Observed: every request counted and timed by the template of its route. What was asked for is not kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from altyn.serve.operation.events import Tell, place_of

# Under this name a route leaves its template in the request's scope.
ROUTE = "altyn.route"
# Seconds; a page's goal is 0.05 (README).
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAULT = 500


@dataclass
class Traffic:
    """Counts since the portal started. `requests`: (route, method, status) -> how many; `times`: route -> its latencies."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    times: dict[str, Latencies] = field(default_factory=dict[str, "Latencies"])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self.requests[route, method, status] += 1
            self.times.setdefault(route, Latencies()).add(seconds)

    def copy(self) -> tuple[Mapping[tuple[str, str, int], int], Mapping[str, Latencies]]:
        """The counts as they are now, which no later request changes."""
        with self._lock:
            return dict(self.requests), {r: Latencies(list(t.counts), t.sum) for r, t in self.times.items()}


@dataclass
class Latencies:
    """A histogram: how many answers took at most each of `BOUNDS`, those above in the last place; and seconds in all."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one answer."""
        place = next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        self.counts[place] += 1
        self.sum += seconds


class Observed:
    """Counts what passes, and tells it as events."""

    def __init__(self, app: ASGIApp, traffic: Traffic, tell: Tell) -> None:
        self._app, self._traffic, self._tell = app, traffic, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), _FAULT
        failed: Exception | None = None

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            failed = error
            raise
        finally:
            seconds = time.perf_counter() - began
            # Anybody may invent a method or an address: only ours become labels.
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = str(scope.get(ROUTE) or ("/static/{path}" if scope["path"].startswith("/static/") else "other"))
            self._traffic.add(route, method, status, seconds)
            self._tell(
                "request",
                level="error" if status >= _FAULT else "info",
                route=route,
                method=method,
                status=status,
                seconds=seconds,
                kind=type(failed).__name__ if failed else None,
                place=place_of(failed) if failed else None,
            )
