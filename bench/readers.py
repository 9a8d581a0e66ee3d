"""Readers: as many as asked for, each on a line of its own, who ask for the next page as soon as the last has come whole.

A process of its own, for what it costs is not the portal's: `python -m bench.readers PORT READERS SECONDS QUERY`. QUERY may hold
`{n}`, which is another number each time. Prints milliseconds to the whole page as JSON, and the seconds it all took.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

PAGES = ("/kk/", "/kk/registers", "/kk/registers/kazakhstan.kato", "/ru/tour", "/en/scoreboard", "/kk/measures")


class Reader:
    """One line to the portal."""

    def __init__(self, port: int, number: int, query: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port, self._number, self._query, self._asked = port, number, query, 0
        self._said, self._wanted, self._began = b"", -1, 0.0

    def fileno(self) -> int:
        """For the selector."""
        return self._socket.fileno()

    def ask(self) -> None:
        """Ask for the next page, as a browser does."""
        page = PAGES[(self._number + self._asked) % len(PAGES)]
        query = self._query.format(n=self._number * 1_000_000 + self._asked)
        self._asked += 1
        self._said, self._wanted, self._began = b"", -1, time.perf_counter()
        head = f"GET {page}{query} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept-Encoding: gzip\r\n\r\n"
        self._socket.sendall(head.encode())

    def hear(self) -> float | None:
        """Take what has come; milliseconds once the page is whole."""
        self._said += self._socket.recv(1 << 20)
        head, found, _ = self._said.partition(b"\r\n\r\n")
        if not found:
            return None
        if self._wanted < 0:
            assert head.startswith(b"HTTP/1.1 200"), head.split(b"\r\n")[0]
            size = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self._wanted = len(head) + 4 + int(size.split(b":")[1])
        return (time.perf_counter() - self._began) * 1000 if len(self._said) >= self._wanted else None


def main() -> None:
    """Read for some seconds."""
    port, readers, seconds, query = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        for number in range(readers):
            reader = Reader(port, number, query)
            selector.register(reader, selectors.EVENT_READ, reader)
            reader.ask()
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            for key, _ in selector.select(1):
                took = key.data.hear()
                if took is not None:
                    times.append(took)
                    key.data.ask()
        print(json.dumps({"times_ms": times, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
