"""The cache of pages: pages as they left, held until anything that they show may have changed. Bounded in bytes and in number.

It decides nothing and answers nobody: `repeated.py` asks the gate again and writes the record before a page leaves a second
time. Only an answer of 200 comes in, of an address whose every parameter its page reads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from altyn.policy.repeats import Given

MOST_BYTES = 64 << 20
MOST_PAGES = 4096
# One page takes at most this part of the bytes.
_LARGEST = 16
# Pages asked for once have this part of the bytes: whoever asks for a thousand addresses only drives out their like.
_ONCE = 4
# What an entry takes beside its two bodies: the objects, and what its looks say of columns, most of it shared.
_ENTRY_BYTES = 4096

Address = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class CachedPage:
    """One page: the template of its route, its tag, its bytes as they are and as gzip, and the looks it was made of."""

    route: str
    tag: str
    content_type: str
    plain: bytes
    packed: bytes
    given: tuple[Given, ...]

    @property
    def size(self) -> int:
        """Bytes it takes, nearly."""
        return len(self.plain) + len(self.packed) + _ENTRY_BYTES


class Pages:
    """Pages by address, all of one mark: whatever is made under another mark drives all of them out.

    Args:
        most_bytes: of all pages together.
        most_pages: how many.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_pages: int = MOST_PAGES) -> None:
        self._most_bytes, self._most_pages = most_bytes, most_pages
        self._mark: Hashable = None
        self._once: OrderedDict[Address, CachedPage] = OrderedDict()
        self._often: OrderedDict[Address, CachedPage] = OrderedDict()
        self._lock = threading.Lock()
        self._once_bytes = self._often_bytes = 0
        self.found = self.missed = 0

    @property
    def bytes(self) -> int:
        """Bytes of all pages held."""
        return self._once_bytes + self._often_bytes

    def __len__(self) -> int:
        return len(self._once) + len(self._often)

    def find(self, mark: Hashable, address: Address) -> CachedPage | None:
        """The page of an address, if it was made under this mark."""
        with self._lock:
            self._turn_to(mark)
            kept = self._often.get(address)
            if kept is not None:
                self._often.move_to_end(address)
            elif address in self._once:
                kept = self._once.pop(address)
                self._once_bytes -= kept.size
                self._often[address] = kept
                self._often_bytes += kept.size
                self._shrink()
            if kept is None:
                self.missed += 1
            else:
                self.found += 1
            return kept

    def keep(self, mark: Hashable, address: Address, kept: CachedPage) -> None:
        """Hold a page that was made under a mark; one of an older mark is not taken."""
        with self._lock:
            if mark != self._mark or kept.size > self._most_bytes // _LARGEST:
                return
            self._drop(address)
            self._once[address] = kept
            self._once_bytes += kept.size
            self._shrink()

    def drop(self, address: Address) -> None:
        """Forget one page."""
        with self._lock:
            self._drop(address)

    def _drop(self, address: Address) -> None:
        if address in self._once:
            self._once_bytes -= self._once.pop(address).size
        if address in self._often:
            self._often_bytes -= self._often.pop(address).size

    def _turn_to(self, mark: Hashable) -> None:
        if mark != self._mark:
            self._once.clear()
            self._often.clear()
            self._once_bytes = self._often_bytes = 0
            self._mark = mark

    def _shrink(self) -> None:
        """Drive out the longest unasked, those asked for once first among themselves."""
        while self._once and (
            self._once_bytes > self._most_bytes // _ONCE or len(self._once) > max(1, self._most_pages // _ONCE)
        ):
            self._once_bytes -= self._once.popitem(last=False)[1].size
        while self._often and (
            self._often_bytes > self._most_bytes - self._most_bytes // _ONCE
            or len(self._often) > self._most_pages - self._most_pages // _ONCE
        ):
            self._often_bytes -= self._often.popitem(last=False)[1].size
