"""Letters: names of several scripts brought to one Latin form, by tables that packs give.

Everything works on many words at once, as one text: a country has some million spellings, and a call for each would cost more
than comparing them. The forms are for comparing and blocking; nobody is ever shown one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyascii import anyascii

_BREAK = "\n"
_MIN_STEM = 3
_ASCII = 128
_LATIN, _CYRILLIC = "a-zà-ÿā-ſ", "Ѐ-ӿ"
_MIXED = re.compile(f"[^\\W\\d_]*(?:[{_LATIN}][{_CYRILLIC}]|[{_CYRILLIC}][{_LATIN}])[^\\W\\d_]*")
# A mark inside a word belongs to it (O'Brien, Нұр-ай keeps its two words); anything else parts words.
_INSIDE = re.compile("['’ʼ`ʹ´]+")
_BETWEEN = re.compile(r"[^\w\n]+|_+")
_SPACES = re.compile(r"[ \t]+")
_DOUBLED = re.compile(r"([^\W\d])\1+")


def plain(texts: Sequence[str]) -> list[str]:
    """Texts in one case and width, with single spaces between words and no other signs; letters of any script stay.

    >>> plain(["  Нұрлан  ", "O’Brien-Smith"])
    ['нұрлан', 'obrien smith']
    """
    whole = unicodedata.normalize("NFKC", _joined(texts)).casefold()
    whole = _BETWEEN.sub(" ", _INSIDE.sub("", whole))
    return _split(whole, len(texts))


def _joined(texts: Iterable[str]) -> str:
    return _BREAK.join(text.replace("\n", " ").replace("\r", " ") for text in texts)


def _split(whole: str, count: int) -> list[str]:
    # No text at all and one empty text look alike once they are joined.
    return [text.strip() for text in _SPACES.sub(" ", whole).split(_BREAK)] if count else []


@dataclass(frozen=True, slots=True)
class Replacements:
    """Replacements applied one after the other to a text of many words."""

    steps: tuple[tuple[re.Pattern[str], str], ...]

    @classmethod
    def of(cls, pairs: Iterable[Sequence[str]]) -> Replacements:
        """Rules of (pattern, replacement) pairs as a script's table writes them."""
        return cls(tuple((re.compile(pattern), to) for pattern, to in pairs))

    def apply(self, text: str) -> str:
        """The text after all replacements."""
        for pattern, to in self.steps:
            text = pattern.sub(to, text)
        return text


def _endings(patterns: Sequence[str]) -> Replacements:
    if not patterns:
        return Replacements(())
    return Replacements.of([(rf"(?<=[^\W_]{{{_MIN_STEM}}})(?:{'|'.join(patterns)})\b", "")])


@dataclass(frozen=True)
class Letters:
    """What the tables `[name]` and `[organisation]` of the packs' scripts say, ready for use."""

    table: dict[int, str] = field(default_factory=dict[int, str])
    look_alike: Mapping[str, str] = field(default_factory=dict[str, str])
    spelling: Replacements = field(default_factory=lambda: Replacements(()))
    endings: Mapping[str, Replacements] = field(default_factory=dict[str, Replacements])
    sounds: Replacements = field(default_factory=lambda: Replacements(()))
    forms: Replacements = field(default_factory=lambda: Replacements(()))
    missing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, scripts: Iterable[Mapping[str, Any]]) -> Letters:
        """Letters of the packs' scripts; tables of several packs are joined, the first one wins.

        Args:
            scripts: the packs' `scripts/*.toml`, parsed.
        """
        letters: dict[int, str] = {}
        alike: dict[str, str] = {}
        lists: dict[str, list[Any]] = {}
        for script in scripts:
            name, organisation = script.get("name", {}), script.get("organisation", {})
            for sign, latin in name.get("letters", {}).items():
                letters.setdefault(ord(sign), latin)
            for latin, other in name.get("look_alike", {}).items():
                alike.setdefault(latin, other)
            for key in ("spelling", "family_endings", "patronymic_endings", "skeleton", "missing"):
                lists.setdefault(key, []).extend(name.get(key, []))
            for key in ("forms", "same"):
                lists.setdefault(key, []).extend(organisation.get(key, []))
        same = {word: words[0] for words in lists.get("same", []) for word in words}
        forms = [(rf"\b{re.escape(long)}\b", short) for long, short in lists.get("forms", [])]
        forms += [(rf"\b{re.escape(word)}\b", to) for word, to in same.items() if word != to]
        return cls(
            letters,
            alike,
            Replacements.of(lists.get("spelling", [])),
            {part: _endings(lists.get(f"{part}_endings", [])) for part in ("family", "patronymic")},
            Replacements.of(lists.get("skeleton", [])),
            Replacements.of(forms),
            frozenset(str(word).lower() for word in lists.get("missing", [])),
        )

    def fold(self, plains: Sequence[str]) -> list[str]:
        """Texts of `plain` in Latin letters, one spelling for what scripts write differently; digits stay.

        >>> Letters().fold(["нұрлан", "josé"])
        ['nurlan', 'jose']
        """
        whole = _MIXED.sub(self._one_script, _BREAK.join(plains))
        # Marks come apart from their letters only where no table names the letter with its mark.
        table = _Table(self.table)
        whole = whole.translate(table)
        return _split(_DOUBLED.sub(r"\1", self.spelling.apply(whole)), len(plains))

    def stem(self, folded: Sequence[str], part: str) -> list[str]:
        """Folded names without the endings that another register leaves out.

        Args:
            folded: as `fold` gives them.
            part: `family` or `patronymic`; another part has no endings.
        """
        rules = self.endings.get(part)
        if not rules or not rules.steps:
            return list(folded)
        return _split(rules.apply(_BREAK.join(folded)), len(folded))

    def skeleton(self, stems: Sequence[str]) -> list[str]:
        """The consonants of stems, sounds that are mistaken for one another as one letter; for blocking and as a fuzzy level.

        >>> Letters().skeleton(["nurlan", "aset"])
        ['nrln', 'ast']
        """
        whole = self.sounds.apply(_BREAK.join(stems))
        whole = re.sub(r"\b[aeiouy]+", "A", whole)
        whole = re.sub(r"[aeiouy]+", "", whole)
        return _split(_DOUBLED.sub(r"\1", whole).replace("A", "a"), len(stems))

    def organisation(self, plains: Sequence[str]) -> list[str]:
        """Names of organisations with each legal form as one word, the same in all languages."""
        return _split(self.forms.apply(_BREAK.join(plains)), len(plains))

    def _one_script(self, match: re.Match[str]) -> str:
        word = match.group()
        cyrillic = sum("Ѐ" <= sign <= "ӿ" for sign in word)
        if cyrillic * 2 >= len(word):
            return "".join(self.look_alike.get(sign, sign) for sign in word)
        back = {other: latin for latin, other in self.look_alike.items()}
        return "".join(back.get(sign, sign) for sign in word)


class _Table(dict[int, str]):
    """A translation table that learns a sign when it meets it first."""

    def __missing__(self, sign: int) -> str:
        text = chr(sign)
        if sign < _ASCII:
            latin = text
        else:
            base = unicodedata.normalize("NFD", text)[0]
            latin = self[ord(base)] if base != text else re.sub("[^a-z0-9]", "", anyascii(text).lower())
        self[sign] = latin
        return latin
