"""Language: what Altyn says, in Kazakh, Russian and English.

A message is an English template with named values; it is translated when somebody reads it, not when it is made,
so that one error can reach a Kazakh page and an English log. The catalogues are the .po files under `locale/`; a text may
also carry its translations where it stands, for a change that needs one text then needs no other file.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Each language by its own name. One more is a line here and locale/<code>/LC_MESSAGES/altyn.po; what that lacks is said in English.
NAMES = {
    "kk": "Қазақша",
    "ru": "Русский",
    "en": "English",
}
LANGUAGES = tuple(NAMES)
# The languages in which the labels of packs must be, unless altyn.toml names others.
OF_LABELS = ("kk", "ru", "en")
LOCALE_FOLDER = Path(__file__).parent / "locale"


@functools.cache
def catalogue(language: str) -> Mapping[str, str]:
    """Translations of one language, English template -> translated template; empty where no file is shipped."""
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "altyn.po"
    if language == "en" or not path.exists():
        return {}
    # Babel costs 30 ms to import; English needs none of it.
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}


def translate(template: str, language: str) -> str:
    """The template in another language, or as it is where no translation exists."""
    return catalogue(language).get(template, template)


# C0 but for line ends and tabs, DEL, C1, marks and overrides of direction, separators of lines.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    r"""A text of data for a terminal: signs that would move its cursor, colour it or turn its direction are spelled out.

    They are spelled as JSON spells them, so that a document means the same.

    >>> print(visible("\x1b[31mred\u202e"))
    \u001b[31mred\u202e
    """
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def in_line(value: object) -> object:
    r"""A value as it stands within a sentence: a name that somebody gave, of a file say, ends no line and moves no cursor.

    >>> print(in_line("a\nb"))
    a\u000ab
    """
    if isinstance(value, str | Path):
        return visible(str(value)).replace("\n", "\\u000a").replace("\t", "\\u0009")
    return value


@dataclass(frozen=True, slots=True)
class Message:
    """A template and its values, translated when read."""

    template: str
    values: tuple[tuple[str, object], ...] = ()
    translations: tuple[tuple[str, str], ...] = ()

    def text(self, language: str) -> str:
        """The message in one of `LANGUAGES`."""
        values = {name: v.text(language) if isinstance(v, Message) else in_line(v) for name, v in self.values}
        template = dict(self.translations).get(language) or translate(self.template, language)
        return template.format_map(values)

    def __str__(self) -> str:
        """The message in English: for logs and tracebacks."""
        return self.text("en")


def say(template: str, **values: object) -> Message:
    """A message with named values; a value named as a language is the template's translation.

    >>> str(say("{count} rows were refused.", count=3))
    '3 rows were refused.'
    >>> say("{count} rows.", kk="{count} жол.", ru="Строк: {count}.", count=3).text("kk")
    '3 жол.'
    """
    translations = tuple((name, str(text)) for name, text in values.items() if name in NAMES)
    return Message(template, tuple((n, v) for n, v in values.items() if n not in NAMES), translations)


class Label(Mapping[str, str]):
    """A short text in several languages; immutable."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str] | str | None = None) -> None:
        if isinstance(texts, str):
            texts = {"en": texts}
        self._texts = tuple(sorted((str(k), str(v)) for k, v in (texts or {}).items() if v))

    def __getitem__(self, language: str) -> str:
        return dict(self._texts)[language]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._texts))

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return hash(self._texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and self._texts == other._texts

    def __repr__(self) -> str:
        return f"Label({dict(self._texts)!r})"

    def text(self, language: str, otherwise: str = "") -> str:
        """The text in `language`, else in Kazakh, Russian, English or whatever there is, else `otherwise`."""
        texts = dict(self._texts)
        for wanted in (language, *LANGUAGES):
            if wanted in texts:
                return texts[wanted]
        return next(iter(texts.values()), otherwise)
