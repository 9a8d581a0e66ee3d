"""Encodings: found where bytes tell, refused where they do not, and never a value changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altyn.errors import AltynError
from altyn.sources import encodings
from altyn.sources.encodings import as_utf8
from tests.unit.sources.reading import columns, refused, stage

RUSSIAN = "код,название\n1,Город республиканского значения Алматы — «южная столица»\n2,СЕЛО № 7\n"
KAZAKH = "код,атауы\n1,Қызылорда облысының әкімдігі\n2,Өскемен қаласы, Ғабит Мүсірепов көшесі\n"


def read(folder: Path, content: bytes, declared: str = "", max_line_mb: int = 8) -> tuple[str, str, int]:
    """Encoding, text and number of lines."""
    path = folder / "in.txt"
    path.write_bytes(content)
    found = as_utf8(path, "in.txt", folder, declared=declared, max_line_mb=max_line_mb)
    return found.encoding, found.path.read_bytes().decode(), found.lines


def error_of(folder: Path, content: bytes, declared: str = "", max_line_mb: int = 8) -> AltynError:
    with pytest.raises(AltynError) as caught:
        read(folder, content, declared, max_line_mb)
    return caught.value


@pytest.mark.parametrize("text", [RUSSIAN, KAZAKH])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_found(tmp_path: Path, text: str, encoding: str) -> None:
    found, read_back, lines = read(tmp_path, text.encode(encoding))
    assert (read_back, lines) == (text, 3)
    assert found.startswith(encoding.removesuffix("-sig"))


def test_cp1251_is_found_where_all_bytes_fit(tmp_path: Path) -> None:
    assert read(tmp_path, RUSSIAN.encode("cp1251")) == ("cp1251", RUSSIAN, 3)
    assert read(tmp_path, RUSSIAN.upper().encode("cp1251"))[1] == RUSSIAN.upper()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(KAZAKH, "kz1048"), (RUSSIAN + "3,Қала\n", "kz1048"), ("код,название\n1,город республиканского значения\n", "koi8-r"),
     ("код\nприветствие на русском языке в кодировке\n", "cp866"), ("name\nCafé, Zürich, Ångström\n", "latin-1")],
)  # fmt: skip
def test_other_eight_bit_encodings_are_refused_until_named(tmp_path: Path, text: str, encoding: str) -> None:
    error = error_of(tmp_path, text.encode(encoding))
    assert error.code == "source.encoding"
    assert error.where.startswith("in.txt, line ")
    assert read(tmp_path, text.encode(encoding), declared=encoding)[1] == text


@pytest.mark.parametrize("good", [1, 500])
def test_mixed_encodings_are_refused_with_the_first_bad_line(tmp_path: Path, good: int) -> None:
    content = "код,название\n".encode() + "1,Алматы\n".encode() * good + "2,Астана\n".encode("cp1251") * 50
    error = error_of(tmp_path, content)
    assert (error.code, error.where) == ("source.encoding", f"in.txt, line {good + 2}")


def test_a_mark_of_utf8_before_another_encoding(tmp_path: Path) -> None:
    error = error_of(tmp_path, b"\xef\xbb\xbfa,b\n1,x\n" + "2,Астана\n".encode("cp1251"))
    assert (error.code, error.where) == ("source.encoding", "in.txt, line 3")


def test_a_declared_encoding_that_does_not_fit_is_refused_with_its_line(tmp_path: Path) -> None:
    assert error_of(tmp_path, b"a\nb\n\x98\n", "cp1251").where == "in.txt, line 3"
    assert error_of(tmp_path, "a\nж\n".encode("cp1251"), "utf-8").where == "in.txt, line 2"
    assert error_of(tmp_path, "a\nb\n".encode("utf-16-le") + b"\x00\xd8a\x00", "utf-16-le").where == "in.txt, line 3"


def test_zero_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    error = error_of(tmp_path, b"a,b\n1,x\n2,\0\0\0\n")
    assert (error.code, error.where) == ("source.nul-bytes", "in.txt, line 3")
    (tmp_path / "in.csv").write_bytes(b"a,b\n1,\0\n")
    assert refused(tmp_path, "in.csv", columns("a", "b")).code == "source.nul-bytes"


@pytest.mark.parametrize(
    "content", [b"", b"\n \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", "\ufeff\n".encode("utf-16-le")]
)
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert error_of(tmp_path, content).code == "source.empty"
    (tmp_path / "in.csv").write_bytes(content)
    assert refused(tmp_path, "in.csv", columns("a")).code == "source.empty"


@pytest.mark.parametrize("before", [0, 1, 300_000])
def test_a_line_no_register_has_is_refused_with_its_number(tmp_path: Path, before: int) -> None:
    error = error_of(tmp_path, b"a,b,c,d,e,f,g,h,i,j\n" * before + b"x" * 3 * 1024 * 1024 + b"\nend\n", max_line_mb=2)
    assert (error.code, error.where) == ("source.line-too-long", f"in.txt, line {before + 1}")


def test_a_single_line_of_100_mb_is_refused_without_being_held(tmp_path: Path) -> None:
    with (tmp_path / "in.csv").open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(100):
            file.write(b"x" * 1024 * 1024)
    error = refused(tmp_path, "in.csv", columns("a", "b"))
    assert (error.code, error.where) == ("source.line-too-long", "in.csv, line 2")


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    text = 'a,"Алма\r\nта"\r\nб,"\r"\n'
    for encoding in ("utf-8", "cp1251", "utf-16"):
        assert read(tmp_path, text.encode(encoding))[1:] == (text, 3)
    assert read(tmp_path, b"a\rb\rc")[1:] == ("a\nb\nc", 3)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("aя\r\n"), min_size=1).filter(str.strip), size=st.integers(1, 7))
def test_chunks_change_nothing(tmp_path: Path, text: str, size: int) -> None:
    """Wherever a chunk happens to end: lines, lone CR and letters of several bytes are the same."""
    path = tmp_path / "in.txt"
    path.write_bytes(text.encode())
    whole = as_utf8(path, "in.txt", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "CHUNK", size)
        # The head alone decides whether CR ends a line, so it must hold the first LF.
        patch.setattr(encodings, "_head", lambda p: p.read_bytes())
        pieces = as_utf8(path, "in.txt", tmp_path)
    assert (pieces.lines, pieces.has_lone_cr, pieces.encoding) == (whole.lines, whole.has_lone_cr, whole.encoding)


def test_the_same_rows_in_any_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1251"):
        (tmp_path / "in.csv").write_bytes(RUSSIAN.encode(encoding))
        assert stage(tmp_path, "in.csv", columns("код"))[1] == (3, None, "2")
