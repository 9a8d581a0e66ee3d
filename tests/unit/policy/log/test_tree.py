"""The Merkle tree: the published vectors of Certificate Transparency, and the definition of RFC 9162 itself."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.policy.log.tree import Tree, leaf_hash, node_hash

# The leaves and roots that the reference implementation of RFC 6962 is tested with (certificate-transparency, merkle tests).
LEAVES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def by_definition(lines: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word: split at the largest power of two that is smaller than the count."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return leaf_hash(lines[0])
    k = 1
    while k * 2 < len(lines):
        k *= 2
    return node_hash(by_definition(lines[:k]), by_definition(lines[k:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_vectors(size: int) -> None:
    assert Tree().with_lines(bytes.fromhex(leaf) for leaf in LEAVES[:size]).root.hex() == ROOTS[size - 1]


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_the_tree_is_what_the_definition_says(lines: list[bytes]) -> None:
    tree = Tree().with_lines(lines)

    assert tree.root == by_definition(lines)
    assert len(tree.frontier) == len(lines).bit_count()


def test_a_frontier_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="frontier"):
        Tree(3, (b"0" * 32,))
