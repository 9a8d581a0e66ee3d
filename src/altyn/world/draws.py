"""Draws: random numbers that hang on a seed, a name and an id alone, so that no order of work changes a byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MANTISSA = 2.0**-53


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection of 64 bits without visible order."""
    z = numbers.copy()
    z ^= z >> np.uint64(30)
    z *= _FIRST
    z ^= z >> np.uint64(27)
    z *= _SECOND
    z ^= z >> np.uint64(31)
    return z


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws for ids under a seed. Two names give two unrelated draws of the same ids."""

    seed: int

    def bits(self, name: str, ids: Ints) -> NDArray[np.uint64]:
        """64 bits an id."""
        salt = int.from_bytes(hashlib.sha256(f"{self.seed} {name}".encode()).digest()[:8])
        with np.errstate(over="ignore"):
            return mixed((ids.astype(np.uint64) + np.uint64(1)) * _GOLDEN ^ np.uint64(salt))

    def unit(self, name: str, ids: Ints) -> Floats:
        """Uniform numbers in [0, 1)."""
        return (self.bits(name, ids) >> np.uint64(11)).astype(np.float64) * _MANTISSA

    def below(self, name: str, ids: Ints, limit: int) -> Ints:
        """Whole numbers in [0, limit)."""
        return (self.unit(name, ids) * limit).astype(np.int64)

    def chance(self, name: str, ids: Ints, share: float | Floats) -> Bools:
        """True for about a share of the ids."""
        return self.unit(name, ids) < share

    def pick(self, name: str, ids: Ints, weights: Floats) -> Ints:
        """Places in `weights`, each as often as its weight says."""
        edges = np.cumsum(weights)
        return np.searchsorted(edges, self.unit(name, ids) * edges[-1], side="right").clip(0, len(weights) - 1)


def spread(total: int, weights: Floats) -> Ints:
    """`total` shared out in proportion to weights by largest remainder; the first of equal remainders wins."""
    exact = weights / weights.sum() * total
    shares = np.floor(exact).astype(np.int64)
    rest = np.argsort(shares - exact, kind="stable")[: total - int(shares.sum())]
    shares[rest] += 1
    return shares


def record_numbers(draws: Draws, register: str, ids: Ints) -> Ints:
    """Different record numbers for different ids, without an order that would give the ids away. Below 2 to the 40th."""
    mask = np.uint64((1 << 40) - 1)
    odd = np.uint64(int.from_bytes(hashlib.sha256(f"{draws.seed} {register}".encode()).digest()[:8]) | 1)
    z = ids.astype(np.uint64) & mask
    with np.errstate(over="ignore"):
        for _ in range(3):
            z = (z * odd + np.uint64(0x2545F491)) & mask
            z ^= z >> np.uint64(20)
    return z.astype(np.int64)
