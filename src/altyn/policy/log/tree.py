"""A Merkle tree over lines, as RFC 9162 defines it: one root stands for all lines and their order.

Only the frontier is kept, the roots of the whole subtrees from the largest to the smallest: log2(n) hashes. A line more needs
nothing else, so a log of years takes the next record as fast as an empty one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

_HASH_BYTES = hashlib.sha256().digest_size


def leaf_hash(line: bytes) -> bytes:
    """The hash of one line (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree over `size` lines; `frontier` has one hash for each bit that is set in `size`, the largest subtree first.

    >>> Tree().root.hex()[:16]
    'e3b0c44298fc1c14'
    >>> Tree().with_line(b"").root.hex()[:16]
    '6e340b9cffb37a98'
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if (
            self.size < 0
            or len(self.frontier) != self.size.bit_count()
            or any(len(h) != _HASH_BYTES for h in self.frontier)
        ):
            raise ValueError("a frontier that does not fit its size")

    @property
    def root(self) -> bytes:
        """The hash that stands for all lines; of no line, the hash of nothing."""
        if not self.frontier:
            return hashlib.sha256(b"").digest()
        *others, found = self.frontier
        for larger in reversed(others):
            found = node_hash(larger, found)
        return found

    def with_line(self, line: bytes) -> Tree:
        """The tree with one line more."""
        frontier, added, left = list(self.frontier), leaf_hash(line), self.size
        # Each subtree of equal size to the left is whole now with what came: they become one.
        while left & 1:
            added = node_hash(frontier.pop(), added)
            left >>= 1
        return replace(self, size=self.size + 1, frontier=(*frontier, added))

    def with_lines(self, lines: Iterable[bytes]) -> Tree:
        """The tree with more lines."""
        tree = self
        for line in lines:
            tree = tree.with_line(line)
        return tree
