"""Encodings: one pass over the bytes that finds encoding, line ends and what no text file may hold, and writes UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say

CHUNK = 4 * 1024 * 1024
_MB = 1024 * 1024
_UTF8_LETTER = re.compile(rb"[\xd0-\xd4][\x80-\xbf]")
# Bytes of cp1251 that are letters of Russian text in either case, and Ё ё.
_CP1251_LETTERS = frozenset(range(0xC0, 0x100)) | {0xA8, 0xB8}
_LETTER_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file as UTF-8 without mark: where it lies, its encoding, its physical lines, whether lines end in CR alone."""

    path: Path
    encoding: str
    lines: int
    has_quotes: bool


def as_utf8(path: Path, display: str, scratch: Path, *, declared: str = "", max_line_mb: int = 8) -> TextFile:
    """Find a file's encoding and give it as UTF-8; the file itself where it is that already.

    Raises:
        AltynError: `source.empty`, `source.nul-bytes`, `source.encoding`, `source.line-too-long`.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK)
    if not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise AltynError(
            "source.empty",
            what=say("The file is empty."),
            where=display,
            mend=say("Send the extract again; nothing was changed."),
        )
    encoding = _codec(declared, display) if declared else _mark(head)
    if encoding is None:
        bad = _first_bad_utf8(path)
        encoding = "utf-8" if bad is None else _legacy(path, display, bad)
    if encoding != "utf-8" or _has_cr_only(head):
        path = _transcoded(path, display, scratch, encoding)
    lines, has_quotes = _inspect(path, display, max_line_mb)
    return TextFile(path, encoding, lines, has_quotes)


def _codec(name: str, display: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise AltynError(
            "source.encoding",
            what=say("{name} is not an encoding.", name=name[:40]),
            where=display,
            mend=say("Use a name Python knows: utf-8, utf-16, cp1251, kz1048, koi8-r."),
        ) from None
    return "utf-8-sig" if found == "utf-8" else found


def _mark(head: bytes) -> str | None:
    """Encoding told by a byte order mark, or by every second byte being zero; None where nothing tells."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:4096]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > half * 0.3 and sample[0::2].count(0) == 0:
        return "utf-16-le"
    if half and sample[0::2].count(0) > half * 0.3 and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _first_bad_utf8(path: Path) -> int | None:
    """Line of the first byte that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    for chunk in _chunks(path):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return line + bytes(error.object)[: error.start].count(b"\n")
        line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _legacy(path: Path, display: str, bad_line: int) -> str:
    """cp1251 where the bytes look like its Cyrillic text throughout; anything else is refused, not guessed."""
    high = letters = utf8 = 0
    first_high = 0
    line = 1
    for chunk in _chunks(path):
        found = chunk.translate(None, bytes(range(128)))
        high += len(found)
        letters += sum(found.count(bytes([b])) for b in _CP1251_LETTERS)
        utf8 += len(_UTF8_LETTER.findall(chunk))
        if not first_high and found:
            first_high = line + chunk[: next(i for i, b in enumerate(chunk) if b > 127)].count(b"\n")
        line += chunk.count(b"\n")
    # Two bytes each: text that is mostly good UTF-8 with some lines in another encoding.
    if utf8 * 2 > high * 0.3:
        raise AltynError(
            "source.encoding",
            what=say("Most of the file is UTF-8, but line {line} is not.", line=bad_line),
            where=f"{display}, line {bad_line}",
            mend=say("Two encodings are mixed, as when files are pasted together: write the whole file in UTF-8."),
        )
    if high and letters / high >= _LETTER_SHARE:
        return "cp1251"
    raise AltynError(
        "source.encoding",
        what=say("The encoding cannot be told."),
        where=f"{display}, line {bad_line}",
        mend=say('Write the file in UTF-8, or name its encoding in the source: encoding = "kz1048".'),
    )


def _has_cr_only(head: bytes) -> bool:
    return b"\r" in head and b"\n" not in head


def _transcoded(path: Path, display: str, scratch: Path, encoding: str) -> Path:
    target = scratch / f"{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for chunk in _chunks(path):
                text = decoder.decode(chunk)
                line += text.count("\n")
                out.write(text.replace("\r\n", "\n").replace("\r", "\n"))
            out.write(decoder.decode(b"", final=True))
    except UnicodeError:
        raise AltynError(
            "source.encoding",
            what=say("The file is not the {encoding} it seems or is said to be.", encoding=encoding),
            where=f"{display}, line {line}",
            mend=say("Write the file in UTF-8, or correct `encoding` of the source."),
        ) from None
    return target


def _inspect(path: Path, display: str, max_line_mb: int) -> tuple[int, bool]:
    """Count lines; refuse NUL bytes and a line no register has."""
    lines, length, has_quotes = 0, 0, False
    last = b"\n"
    for chunk in _chunks(path):
        if b"\0" in chunk:
            line = lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            raise AltynError(
                "source.nul-bytes",
                what=say("The file holds zero bytes: it is damaged or not a text."),
                where=f"{display}, line {line}",
                mend=say("Export it again as text."),
            )
        has_quotes = has_quotes or b'"' in chunk
        first, final = chunk.find(b"\n"), chunk.rfind(b"\n")
        longest = length + (first if first >= 0 else len(chunk))
        length = len(chunk) - final - 1 if final >= 0 else length + len(chunk)
        if max(longest, length) > max_line_mb * _MB:
            raise AltynError(
                "source.line-too-long",
                what=say("A line is longer than {mb} MB.", mb=max_line_mb),
                where=f"{display}, line {lines + 1}",
                mend=say(
                    "The line ends are lost, or a quote is never closed; raise max_line_mb only if such lines are right."
                ),
            )
        lines += chunk.count(b"\n")
        last = chunk[-1:]
    return lines + (last != b"\n"), has_quotes
