"""Portal: pages under twenty readers who read, and under fifty who never pause: pages made anew, and pages given again."""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.measure import Row, altyn
from bench.readers import PAGES

READERS, LOOKS = 20, 15
MANY_READERS, MANY_S, GOAL_A_SECOND = 50, 6, 500
GOAL_MS = 50
SEARCH_GOAL_MS = 60
# Names, codes, Russian and Latin keyboards, several words, a slip.
QUESTIONS = (
    "қарағанды",
    "атбасар ақмола",
    "113820100",
    "1138",
    "qaraghandy",
    "абай ауданы",
    "население",
    "карагнды",
    "ауыл",
    "а",
)


def rows() -> Iterator[Row]:
    """p50 and p95 of the time to the whole page, with 20 readers who each wait for their answer before the next look."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        altyn("demo", str(project), "--no-serve")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(Path(sys.executable).parent / "altyn"), "serve", "--project", str(project), "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await_port(port)
            for page in PAGES:
                look(port, page)
            for page in PAGES:
                alone = [look(port, page) for _ in range(10)]
                yield Row(f"page {page}, one reader, median", statistics.median(alone), "ms")
            asked = [f"/{lang}/search?q={quote(q)}" for q in QUESTIONS for lang in ("kk", "ru")]
            for page in asked:
                look(port, page)
            # A parameter that no page reads, so that each is searched anew.
            found = [look(port, f"{page}&n={n}") for n in range(5) for page in asked]
            yield Row("search, one reader, p50", statistics.median(found), "ms")
            yield Row("search, one reader, p95", statistics.quantiles(found, n=20)[18], "ms", SEARCH_GOAL_MS)
            times = _readers(port)
            yield Row(f"pages, {READERS} readers, p50", statistics.median(times), "ms")
            yield Row(f"pages, {READERS} readers, p95", statistics.quantiles(times, n=20)[18], "ms", GOAL_MS)
            ticks = os.sysconf("SC_CLK_TCK")
            spent = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
            looks = READERS * LOOKS + len(PAGES) * 11 + len(QUESTIONS) * 12
            yield Row("CPU of the server a page", (int(spent[11]) + int(spent[12])) / ticks / looks * 1000, "ms")
            # A parameter that no page reads: such an address is made anew each time.
            for what, query in (("made anew", "?n={n}"), ("given again", "")):
                times, seconds = _many_readers(port, query)
                goal = None if query else GOAL_MS
                yield Row(f"pages {what}, {MANY_READERS} readers without a pause, p50", statistics.median(times), "ms")
                p95 = statistics.quantiles(times, n=20)[18]
                yield Row(f"pages {what}, {MANY_READERS} readers without a pause, p95", p95, "ms", goal)
                goal = None if query else GOAL_A_SECOND
                yield Row(f"pages {what}", len(times) / seconds, "a second", goal, is_least=True)
        finally:
            server.terminate()
            server.wait(10)


def await_port(port: int) -> None:
    """Wait until the portal answers."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the portal did not start")


def look(port: int, page: str) -> float:
    """Milliseconds to the whole page."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", page, headers={"Host": f"127.0.0.1:{port}"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == http.client.OK, f"{page}: {answer.status}"
    connection.close()
    return (time.perf_counter() - began) * 1000


def _many_readers(port: int, query: str) -> tuple[list[float], float]:
    command = [sys.executable, "-m", "bench.readers", str(port), str(MANY_READERS), str(MANY_S), query]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found["times_ms"], found["seconds"]


def _readers(port: int) -> list[float]:
    times: list[float] = []

    def reader(first: int) -> None:
        for turn in range(LOOKS):
            times.append(look(port, PAGES[(first + turn) % len(PAGES)]))
            # A person reads before the next click; without a pause this would measure the queue, not the page.
            time.sleep(1)

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(READERS)]
    for number, thread in enumerate(threads):
        thread.start()
        time.sleep(number % 7 / 50)
    for thread in threads:
        thread.join()
    return times
