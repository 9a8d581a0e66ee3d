"""Date patterns: dates, moments and times as people write them, in the letters of the JDK (`dd.MM.yyyy`, `d MMMM yyyy`).

A pattern is read strictly, as one form. Letters that mean something else in the JDK are refused, never skipped.

| letters | mean |
|---|---|
| `yyyy`, `uuuu` | the year; `yy` its last two digits, from 2000 to 2099 |
| `M`, `MM` | the month as a number; `MM` has two digits |
| `MMM`, `MMMM` | the month's short and full name in each language of Altyn, in any case; `LLL`, `LLLL` mean the same |
| `d`, `dd`; `H`, `HH`; `m`, `mm`; `s`, `ss` | day, hour (0-23), minute, second |
| `S` to `SSSSSSSSS` | as many digits of a second; beyond the sixth they must be zeros |
| `X`, `XX`, `XXX` | Z or an offset: +05, +0500, +05:00 |
| `'text'`, `''` | the text itself, a quote; signs other than letters stand for themselves; a blank is any kind of blank |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import pairwise
from typing import Literal

from altyn.language import LANGUAGES
from altyn.model.sql import literal

# What stands for a blank in files of people: no-break, figure, thin and narrow ones.
BLANKS = " \t\u00a0\u2007\u2009\u202f"
BLANK = r"[ \t\x{A0}\x{2007}\x{2009}\x{202F}]"
_MICROSECOND_DIGITS, _MOST_DIGITS = 6, 9
_TWO = {
    "M": "1[0-2]|0{0}[1-9]",
    "d": "3[01]|[12][0-9]|0{0}[1-9]",
    "H": "2[0-3]|1[0-9]|0{0}[0-9]",
    "m": "[1-5][0-9]|0{0}[0-9]",
}
_TWO["s"] = _TWO["m"]
_ZONES = {"X": "Z|[+-][0-9]{2}(?:[0-9]{2})?", "XX": "Z|[+-][0-9]{4}", "XXX": "Z|[+-][0-9]{2}:[0-9]{2}"}
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<one>[A-Za-z])(?P=one)*)|(?P<sign>[^A-Za-z'])")
# The JDK keeps them for optional parts and for later.
_RESERVED = "[]{}#"

Needs = Literal["date", "moment", "time"]


class PatternError(ValueError):
    """The pattern says something that is not read; `part` is what."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True, slots=True)
class _Field:
    """A run of one letter, or a literal text (`letter` empty)."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A pattern, taken apart. Build it with `date_pattern`."""

    fields: tuple[_Field, ...]

    @property
    def letters(self) -> dict[str, str]:
        """Letter -> its run, of the fields that say something."""
        return {f.letter: f.text for f in self.fields if f.letter}

    @property
    def has_zone(self) -> bool:
        """Whether an offset is written."""
        return "X" in self.letters

    @property
    def regex(self) -> str:
        """The form as a regular expression of RE2, one group a field."""
        return "(?i)^" + "".join(_regex(f) for f in self.fields) + "$"

    def plain(self, text: str, needs: Needs) -> str:
        """SQL of the same value in ISO's form, for a `text` that matches `regex`; it may still be no day of the calendar."""
        place = {letter: f"\\{number}" for number, letter in enumerate(self.letters, start=1)}
        short = len(self.letters.get("y", "yyyy")) == len("yy")
        day = f"{'20' if short else ''}{place.get('y', '')}-{place.get('M', '')}-{place.get('d', '')}"
        clock = f"{_two(place, 'H')}:{_two(place, 'm')}:{_two(place, 's')}" + (f".{place['S']}" if "S" in place else "")
        if needs == "time":
            return _padded(self._replaced(text, clock))
        whole = f"{day} {clock}{place.get('X', '')}"
        if len(self.letters["M"]) <= len("MM"):
            return self._replaced(text, whole)
        before, after = whole.split(place["M"], maxsplit=1) if place["M"] in whole else (whole, "")
        names = ", ".join(f"{literal(name)}: '{number:02d}'" for name, number in _months(self.letters["M"]).items())
        name = self._replaced(text, place["M"])
        return f"concat({self._replaced(text, before)}, MAP{{{names}}}[lower({name})], {self._replaced(text, after)})"

    def _replaced(self, text: str, form: str) -> str:
        return f"regexp_replace({text}, {literal(self.regex)}, {literal(form)})"

    def write(self, value: date | datetime | time, language: str = "en") -> str | None:
        """The value in this form; None where the form cannot hold all of it."""
        moment = value if isinstance(value, datetime) else None
        clock = value if isinstance(value, time) else moment.time() if moment else time()
        day = None if isinstance(value, time) else value
        letters = self.letters
        lost = (
            (clock.microsecond and "S" not in letters)
            or (clock.second and "s" not in letters)
            or (clock.minute and "m" not in letters)
            or (clock.hour and "H" not in letters)
            or (day is None and "d" in letters)
        )
        if lost or (self.has_zone and (moment is None or moment.utcoffset() is None)):
            return None
        parts = [f.text if not f.letter else _written(f, day, clock, moment, language) for f in self.fields]
        return None if None in parts else "".join(p for p in parts if p is not None)


@cache
def date_pattern(pattern: str, needs: Needs) -> DatePattern:
    """A pattern of the JDK's letters.

    Args:
        pattern: such as `dd.MM.yyyy HH:mm`.
        needs: what it must be able to say: a day, a day with an hour, a time of day.

    Raises:
        PatternError: with the part that is unknown, stands twice, or is missing.

    >>> date_pattern("dd.MM.yyyy", "date").write(date(2024, 2, 1))
    '01.02.2024'
    """
    fields: list[_Field] = []
    place = 0
    while place < len(pattern):
        found = _TOKEN.match(pattern, place)
        if found is None:
            raise PatternError(pattern[place])
        fields.append(_field(found))
        place = found.end()
    _require_whole(fields, needs)
    _require_clear(fields)
    return DatePattern(tuple(fields))


def _require_whole(fields: list[_Field], needs: Needs) -> None:
    """Refuse a pattern that lacks a part, or has one that the value cannot have."""
    letters = [f.letter for f in fields]
    wanted, allowed = {"date": ("yMd", "yMdHmsS"), "moment": ("yMdH", "yMdHmsSX"), "time": ("Hm", "HmsS")}[needs]
    for letter in wanted:
        if letter not in letters:
            raise PatternError(letter)
    for field in fields:
        if field.letter not in allowed:
            raise PatternError(field.text)
    for finer, coarser in (("S", "s"), ("s", "m"), ("m", "H")):
        if finer in letters and coarser not in letters:
            raise PatternError(coarser)


def _require_clear(fields: list[_Field]) -> None:
    """Refuse a pattern that could be read in two ways."""
    letters = [f.letter for f in fields if f.letter]
    for field in fields:
        if field.letter and letters.count(field.letter) > 1:
            raise PatternError(field.text)
    for field, following in pairwise(fields):
        # Digits of unknown number before digits.
        if field.text in {"M", "d", "H", "m", "s"} and field.letter and following.letter not in {"", "X"}:
            raise PatternError(field.text + following.text)
    if "X" in letters and fields[-1].letter != "X":
        raise PatternError("X")


def _field(found: re.Match[str]) -> _Field:
    if found["quoted"] is not None:
        return _Field("", found["quoted"].replace("''", "'") or "'")
    if found["sign"] is not None:
        if found["sign"] in _RESERVED:
            raise PatternError(found["sign"])
        return _Field("", found["sign"])
    text, letter = found["letters"], {"u": "y", "L": "M"}.get(found["one"], found["one"])
    longest = {"y": 4, "M": 4, "d": 2, "H": 2, "m": 2, "s": 2, "S": _MOST_DIGITS, "X": 3}.get(letter, 0)
    if len(text) > longest or (letter == "y" and len(text) not in {2, 4}):
        raise PatternError(text)
    return _Field(letter, letter * len(text))


def _regex(field: _Field) -> str:
    count = len(field.text)
    match field.letter:
        case "":
            return "".join(BLANK if c in BLANKS else re.escape(c) for c in field.text)
        case "y":
            return f"([0-9]{{{count}}})"
        case "S":
            return f"([0-9]{{{min(count, _MICROSECOND_DIGITS)}}})" + "0" * max(0, count - _MICROSECOND_DIGITS)
        case "X":
            return f"({_ZONES[field.text]})"
        case "M" if count > len("MM"):
            names = "|".join(sorted(map(re.escape, _months(field.text)), key=len, reverse=True))
            # The full stop of a short name is often left out, and may as well be there.
            return f"({names}){'[.]?' if count == len('MMM') else ''}"
        case letter:
            return f"({_TWO[letter].replace('{0}', '' if count == len('dd') else '?')})"


@cache
def _months(letters: str) -> dict[str, int]:
    """Names of months in small letters -> 1 to 12, in each language, as they stand alone and within a date."""
    from babel import Locale  # 60 ms that only names of months need pay

    width = "wide" if len(letters) == len("MMMM") else "abbreviated"
    names: dict[str, int] = {}
    for language in LANGUAGES:
        for context in ("format", "stand-alone"):
            for number, name in Locale(language).months[context][width].items():
                names[str(name).lower().rstrip(".")] = int(number)
    return names


def _two(place: dict[str, str], letter: str) -> str:
    return place.get(letter, "00")


def _padded(clock: str) -> str:
    """SQL of a time as every engine writes it: two digits for each part, no zeros at the end of a fraction."""
    return f"CAST(TRY_CAST({clock} AS TIME) AS VARCHAR)"


def _written(  # noqa: PLR0911  # one return a letter reads best
    field: _Field, day: date | None, clock: time, moment: datetime | None, language: str
) -> str | None:
    count = len(field.text)
    match field.letter:
        case "S":
            digits = f"{clock.microsecond:06d}".ljust(_MOST_DIGITS, "0")
            return None if digits[count:].strip("0") else digits[:count]
        case "H" | "m" | "s":
            number = {"H": clock.hour, "m": clock.minute, "s": clock.second}[field.letter]
            return f"{number:0{count}d}"
        case "X":
            return _offset(moment, count)
        case _ if day is None:
            return None
        case "y" if count == len("yy"):
            return f"{day.year % 100:02d}" if day.year // 100 == 20 else None  # noqa: PLR2004  # the century of `yy`
        case "y":
            return f"{day.year:04d}"
        case "M" if count > len("MM"):
            from babel import Locale

            width = "wide" if count == len("MMMM") else "abbreviated"
            return str(Locale(language).months["format"][width][day.month])
        case letter:
            return f"{day.month if letter == 'M' else day.day:0{count}d}"


def _offset(moment: datetime | None, count: int) -> str | None:
    text = moment.strftime("%z") if moment else ""
    if len(text) != len("+0000"):
        return None
    return {1: text[:3] if text.endswith("00") else text, 2: text, 3: f"{text[:3]}:{text[3:]}"}[count]
