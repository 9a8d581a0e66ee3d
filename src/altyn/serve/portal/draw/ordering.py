"""Ordering: texts in the order a reader expects, by the alphabets that packs bring, and numbers in them by their size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
_PARTS = re.compile(r"(\d+)")
# Dashes that stand between the ends of a range are one mark to a reader.
_DASHES = str.maketrans("‐‑‒–—−", "------")
SortKey = tuple[tuple[int, Any, str], ...]


class Ordering:
    """Sorts texts: `5-9` before `10-14`, Ә after А; without an alphabet by the letters' numbers."""

    def __init__(self, alphabet: str = "") -> None:
        self._places: Mapping[str, int] = {letter: place for place, letter in enumerate(alphabet.lower())}

    def key(self, text: object) -> SortKey:
        """What to sort by; nothing comes first, then numbers, then words.

        >>> sorted(["10-14", "0-4", "5-9"], key=Ordering().key)
        ['0-4', '5-9', '10-14']
        """
        parts = _PARTS.split(str("" if text is None else text).translate(_DASHES).lower())
        return tuple(
            # `isdecimal` and not `isdigit`: a raised two is a digit that no integer can be read from.
            (0, int(part), part) if part.isdecimal() else (1, tuple(self._place(letter) for letter in part), part)
            for part in parts
            if part
        )

    def sorted(self, items: Iterable[T], by: Callable[[T], object]) -> list[T]:
        """The items in the order of what `by` says of them."""
        return sorted(items, key=lambda item: self.key(by(item)))

    def _place(self, letter: str) -> tuple[int, int]:
        """Marks and Latin letters stand before the alphabet's own, as in its dictionaries; letters it lacks come last."""
        if letter in self._places:
            return 1, self._places[letter]
        return (2 if ord(letter) > 0x2FF and letter.isalpha() else 0), ord(letter)  # noqa: PLR2004 - the last Latin letter


def is_a_range(text: str) -> bool:
    """Whether a label is a number or a range of numbers, which has a place among others: `0–4`, `85+`.

    >>> [is_a_range(t) for t in ("0-4", "85+", "2023", "Abay region")]
    [True, True, True, False]
    """
    # Two repeats of one kind side by side would cost the square of a long run of spaces.
    return bool(re.match(r"[<>≤≥]?\s*\d", text.lstrip()))
