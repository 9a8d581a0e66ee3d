"""Language: translated when it is read, harmless in a terminal, and never without a text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.language import Label, in_line, say, translate, visible
from altyn.settings import language_of_environment


def test_a_message_is_translated_when_it_is_read_and_so_are_its_parts() -> None:
    message = say("{construct} is not allowed here.", construct=say("Anything but SELECT"))

    assert str(message) == "Anything but SELECT is not allowed here."
    assert message.text("ru") != message.text("kk") != message.text("en")
    assert "Anything" not in message.text("ru")


def test_without_a_translation_the_template_stands() -> None:
    assert translate("Nobody translated this: {x}.", "kk") == "Nobody translated this: {x}."
    assert say("Nobody translated this: {x}.", x="ң").text("kk") == "Nobody translated this: ң."


def test_a_text_may_carry_its_translations() -> None:
    message = say("{n} rows.", kk="{n} жол.", ru="Строк: {n}.", n=3)

    assert [message.text(language) for language in ("kk", "ru", "en")] == ["3 жол.", "Строк: 3.", "3 rows."]
    assert "n" not in dict(message.translations)


@given(st.text(max_size=20))
def test_no_text_moves_a_cursor(text: str) -> None:
    shown = visible(text)

    assert not [
        s for s in shown if (ord(s) < 32 and s not in "\n\t") or 127 <= ord(s) < 160 or s in "\u202e\u2066\ufeff"
    ]
    assert len(str(in_line(text)).splitlines()) <= 1


def test_kazakh_letters_stay_and_so_does_what_is_no_text() -> None:
    assert visible("Әлия Ң\n\tҚ") == "Әлия Ң\n\tҚ"
    assert in_line(7) == 7
    assert in_line(None) is None
    assert in_line(Path("a\tb")) == "a\\u0009b"


def test_a_label_gives_the_nearest_language_it_has() -> None:
    assert Label({"ru": "Имя", "en": "Name"}).text("kk") == "Имя"
    assert Label({"ru": "Имя", "en": "Name"}).text("en") == "Name"
    assert Label({"de": "Name"}).text("kk") == "Name"
    assert Label().text("kk", "code") == "code"
    assert Label("Name") == Label({"en": "Name", "kk": ""})
    assert not Label({"kk": ""})


def test_equal_labels_are_one_key_and_a_mapping_is_none() -> None:
    assert {Label({"kk": "а", "en": "b"}), Label({"en": "b", "kk": "а"})} == {Label({"kk": "а", "en": "b"})}
    assert Label({"en": "b"}) != {"en": "b"}
    assert dict(Label({"en": "b", "kk": "а"})) == {"en": "b", "kk": "а"}


@pytest.mark.parametrize(
    ("given_", "language"),
    [
        ({}, "en"), ({"LANG": "kk_KZ.UTF-8"}, "kk"), ({"LANG": "de_DE"}, "en"), ({"LANG": "C"}, "en"),
        ({"LANG": "kk_KZ", "LC_ALL": "ru_RU.UTF-8"}, "ru"), ({"LC_ALL": "", "LANG": "RU"}, "ru"), ({"LANGUAGE": "kk:ru", "LC_ALL": "ru"}, "kk"),
    ],
)  # fmt: skip
def test_the_shell_says_which_language(monkeypatch: pytest.MonkeyPatch, given_: dict[str, str], language: str) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given_.items():
        monkeypatch.setenv(name, value)

    assert language_of_environment() == language
