"""Code lists: codes with labels or other spellings of codes; a line at fault is named and never half read."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.packs.codes import load_code_list


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "sex.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_codes_have_their_labels_by_language_and_other_columns_are_for_people(tmp_path: Path) -> None:
    path = written(tmp_path, "code,kk,ru,en,note\n1,Ер,Мужской,Male,x\n2,Әйел,Женский,Female,\n")
    found = load_code_list(path, "demo")

    assert found.name == "sex"
    assert [found.codes[c].text("kk") for c in ("1", "2")] == ["Ер", "Әйел"]
    assert found.codes["1"] == Label({"kk": "Ер", "ru": "Мужской", "en": "Male"})
    assert found.aliases == {}


def test_a_mark_of_byte_order_and_empty_lines_are_no_content(tmp_path: Path) -> None:
    found = load_code_list(written(tmp_path, b"\xef\xbb\xbfcode,en\n\n1,One\n,\n"), "demo")

    assert list(found.codes) == ["1"]


def test_an_alias_stands_for_one_code_and_may_be_said_twice(tmp_path: Path) -> None:
    found = load_code_list(written(tmp_path, "alias,code\nм,1\nер,1\nм,1\n"), "demo")

    assert found.aliases == {"м": "1", "ер": "1"}
    assert list(found.codes) == ["1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "demo/codes/sex.csv"),
        ("kk,ru\nа,б\n", "demo/codes/sex.csv"),
        ("code,en\n1,One\n1,Two\n", "line 3"),
        ("code,en\n1,One\n2\n", "line 3"),
        ("code,en\n1,One,more\n", "line 2"),
        ("alias,code\nм,1\nм,2\n", "line 3"),
        ('code,en\n1,"One\n', "demo/codes/sex.csv"),
        ("code,kk\n1,Ер\n".encode("cp1251", "replace"), "demo/codes/sex.csv"),
    ],
)
def test_what_cannot_be_a_list_is_refused_with_its_place(tmp_path: Path, text: str | bytes, place: str) -> None:
    with pytest.raises(AltynError) as caught:
        load_code_list(written(tmp_path, text), "demo")

    assert caught.value.code == "pack.invalid"
    assert place in caught.value.where
