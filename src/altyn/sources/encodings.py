"""Encodings: which one a text file has, what no text file may hold, and the file as UTF-8.

An encoding is taken from the source's options, a mark, the pattern of zero bytes, or because the bytes are valid UTF-8.
cp1251 is taken only where every byte fits running Cyrillic text; anything else is refused, not guessed.

A line ends in LF or CRLF; CR alone ends one only in a file that holds no LF.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.sources.spec import codec

# What stays in a processor's own memory is read twice for the price of once.
CHUNK = 512 * 1024
_MB = 1024 * 1024
_PIECE = 1024 * 1024
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_SAMPLE = 4096
_WIDE_SHARE = 0.9

# cp1251: the Russian letters, and the signs that stand between them. Its other letters (Serbian, Ukrainian ...) share their
# bytes with letters of other eight-bit encodings, so a file with one of them must say what it is.
_LETTERS = frozenset(range(0xC0, 0x100)) | {0xA8, 0xB8}
_SIGNS = frozenset("‚„…†‡€‰‹‘’“”•–—™›\u00a0¤¦§©«¬\u00ad®°±µ¶·№»".encode("cp1251"))
_RUNS = re.compile(rb"[\xc0-\xff\xa8\xb8]{2,}")
_RUN_SHARE = 0.7
# о е а и н т are two fifths of Russian text, and a fifth of what koi8-r looks like when it is taken for cp1251.
_COMMON = "оеаинтОЕАИНТ".encode("cp1251")
_COMMON_SHARE, _ENOUGH_LETTERS = 0.3, 20
_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file as UTF-8 without mark: where it lies, the encoding it came in, its physical lines.

    `has_lone_cr`: somewhere CR stands without LF, and readers disagree whether a line ends there.
    """

    path: Path
    encoding: str
    lines: int
    has_lone_cr: bool


def as_utf8(path: Path, display: str, scratch: Path, *, declared: str = "", max_line_mb: int = 8) -> TextFile:
    """Find a file's encoding and give it as UTF-8; the file itself where it is that already.

    Args:
        path: the file.
        display: how messages call it.
        scratch: folder for the rewritten text; the one of the call before is written over.
        declared: the encoding its source names.
        max_line_mb: the longest line taken, in MB.

    Raises:
        AltynError: `source.empty`, `source.nul-bytes`, `source.encoding`, `source.line-too-long`.
    """
    head = _head(path)
    encoding = codec(declared, display) if declared else _mark(head) or _told_by_bytes(path, display)
    if encoding in {"utf-8", "utf-8-sig"}:
        encoding = "utf-8"
        if declared or head.startswith(codecs.BOM_UTF8):
            _require_utf8(path, display)
        if head.startswith(codecs.BOM_UTF8):
            path = _rewritten(_chunks(path, len(codecs.BOM_UTF8)), scratch / "text-unmarked")
    else:
        path = _rewritten(_decoded(path, display, encoding), scratch / "text-utf8")
    head = _head(path)
    if b"\r" in head and b"\n" not in head:
        path = _rewritten((c.replace(b"\r", b"\n") for c in _chunks(path)), scratch / "text-lines")
    lines, has_lone_cr = _inspect(path, display, max_line_mb)
    return TextFile(path, encoding, lines, has_lone_cr)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CHUNK)


def _chunks(path: Path, skipped: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skipped)
        while chunk := file.read(CHUNK):
            yield chunk


def _rewritten(chunks: Iterator[bytes], target: Path) -> Path:
    with target.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
    return target


def _mark(head: bytes) -> str | None:
    """Encoding told by a byte order mark, or by the pattern of a wide encoding's bytes; None where nothing tells."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    for mark, name in _WIDE_MARKS:
        if head.startswith(mark):
            return name
    sample = head[: min(_SAMPLE, len(head) // 2 * 2)]
    if sample and b"\0" in sample:
        # The high byte of Latin, digits and signs is 0, that of Cyrillic 4.
        for name, high, low in (("utf-16-le", sample[1::2], sample[0::2]), ("utf-16-be", sample[0::2], sample[1::2])):
            share = (high.count(0) + high.count(4)) / len(high)
            if share > _WIDE_SHARE and high.count(0) and not low.count(0):
                return name
    return None


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


def _require_utf8(path: Path, display: str) -> None:
    bad = _first_bad_utf8(path)
    if bad is not None:
        raise _refused(
            display, bad, say("The file says that it is UTF-8, but line {line} is not.", line=bad),
            say("Write the whole file in UTF-8; as when files are pasted together, two encodings may be mixed."),
        )  # fmt: skip


def _told_by_bytes(path: Path, display: str) -> str:
    bad = _first_bad_utf8(path)
    if bad is None:
        return "utf-8"
    counts = [0] * 256
    in_runs = 0
    for number, line in _numbered(path):
        if line.isascii():
            continue
        if _is_surely_utf8(line):
            raise _refused(
                display, bad, say("Line {line} is not UTF-8, while line {other} is.", line=bad, other=number),
                say("Two encodings are mixed, as when files are pasted together: write the whole file in UTF-8."),
            )  # fmt: skip
        for byte in line:
            counts[byte] += 1
        in_runs += sum(map(len, _RUNS.findall(line)))
    letters = sum(counts[b] for b in _LETTERS)
    strange = sum(counts[128:]) - letters - sum(counts[b] for b in _SIGNS)
    common = sum(counts[b] for b in _COMMON)
    if (
        letters
        and not strange
        and in_runs >= letters * _RUN_SHARE
        and (letters < _ENOUGH_LETTERS or common >= letters * _COMMON_SHARE)
    ):
        return "cp1251"
    raise _refused(
        display, bad, say("The encoding cannot be told."),
        say('Write the file in UTF-8, or name its encoding in the source: encoding = "cp1251", "kz1048", "koi8-r".'),
    )  # fmt: skip


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; one that is very long comes in pieces."""
    number = 1
    with path.open("rb") as file:
        while piece := file.readline(_PIECE):
            yield number, piece
            number += piece.endswith(b"\n")


def _is_surely_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8 beyond chance: one pair of bytes may also be two letters of another encoding."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    found = _SEQUENCE.findall(line)
    return len(found) > 1 or any(len(f) > 2 for f in found)  # noqa: PLR2004 - the pair of the docstring


def _decoded(path: Path, display: str, encoding: str) -> Iterator[bytes]:
    """A file's text as UTF-8, its mark dropped."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, is_start = 1, True
    try:
        for chunk in _chunks(path):
            text = decoder.decode(chunk)
            yield (text.removeprefix("\ufeff") if is_start else text).encode()
            line += text.count("\n")
            is_start = is_start and not text
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            line += bytes(error.object)[: error.start].decode(encoding, "ignore").count("\n")
        raise _refused(
            display, line, say("The file is not the {encoding} it seems or is said to be.", encoding=encoding),
            say("Write the file in UTF-8, or correct `encoding` of the source."),
        ) from None  # fmt: skip


def _inspect(path: Path, display: str, max_line_mb: int) -> tuple[int, bool]:
    """Count lines and find lone CR; refuse a blank file, zero bytes and a line no register has."""
    limit = max_line_mb * _MB
    lines, length, has_lone_cr, is_blank = 0, 0, False, True
    last = b"\n"
    for chunk in _chunks(path):
        if b"\0" in chunk:
            raise AltynError(
                "source.nul-bytes",
                what=say("The file holds zero bytes: it is damaged or not a text."),
                where=f"{display}, line {lines + chunk[: chunk.index(0)].count(10) + 1}",
                mend=say("Export it again as text."),
            )
        if length + len(chunk) > limit:
            _require_short_lines(chunk, display, line=lines + 1, length=length, limit=limit)
        is_blank = is_blank and not chunk.strip()
        if last == b"\r" or b"\r" in chunk:
            paired = chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            has_lone_cr = has_lone_cr or chunk.count(b"\r") + (last == b"\r") - chunk.endswith(b"\r") > paired
        final = chunk.rfind(b"\n")
        length = len(chunk) - final - 1 if final >= 0 else length + len(chunk)
        lines += chunk.count(b"\n")
        last = chunk[-1:]
    if is_blank:
        raise AltynError(
            "source.empty",
            what=say("The file is empty."),
            where=display,
            mend=say("Send the extract again; nothing was changed."),
        )
    return lines + (last != b"\n"), has_lone_cr or last == b"\r"


def _require_short_lines(chunk: bytes, display: str, *, line: int, length: int, limit: int) -> None:
    for number, piece in enumerate(chunk.split(b"\n")):
        if len(piece) + (0 if number else length) > limit:
            raise AltynError(
                "source.line-too-long",
                what=say("A line is longer than {mb} MB.", mb=limit // _MB),
                where=f"{display}, line {line + number}",
                mend=say("The line ends are lost; raise max_line_mb of the source only if such lines are right."),
            )


def _refused(display: str, line: int, what: Message, mend: Message) -> AltynError:
    return AltynError("source.encoding", what=what, where=f"{display}, line {line}", mend=mend)
