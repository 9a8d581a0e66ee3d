"""Portal: pages under twenty readers at once."""

from __future__ import annotations

import http.client
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

from bench.measure import Row, altyn

READERS, LOOKS = 20, 15
PAGES = ("/kk/", "/kk/registers", "/kk/registers/kazakhstan.kato", "/ru/tour", "/en/scoreboard", "/kk/measures")
GOAL_MS = 50


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
            times = _readers(port)
            yield Row(f"pages, {READERS} readers, p50", statistics.median(times), "ms")
            yield Row(f"pages, {READERS} readers, p95", statistics.quantiles(times, n=20)[18], "ms", GOAL_MS)
            ticks = os.sysconf("SC_CLK_TCK")
            spent = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
            looks = READERS * LOOKS + len(PAGES) * 11
            yield Row("CPU of the server a page", (int(spent[11]) + int(spent[12])) / ticks / looks * 1000, "ms")
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
