"""Files: finding them inside the project, unpacking them within limits, and noticing when they change while read.

Names inside archives are only looked at, never used as paths.
"""

from __future__ import annotations

import bz2
import difflib
import functools
import glob
import gzip
import hashlib
import lzma
import os
import time
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from altyn.engines.duckdb import translated
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.sources.spec import SourceSpec

CHUNK = 4 * 1024 * 1024
_MB = 1024 * 1024
BOMB_RATIO, BOMB_FROM = 200, 50 * _MB
_PACKED = {".gz": "gz", ".zip": "zip", ".bz2": "bz2"}
# A file system's clock moves in steps: two changes within one step leave the same time on the file.
_CLOCK_STEP_NS = 2_000_000_000

Identity = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, unpacked. `display` is its path in the project, `path` where its plain bytes lie now.

    `sha256` and `size_bytes` are of the file as it came. `is_settled`: it was not touched just before it was read, so
    that its times and size tell whether it changed; of any other file the bytes are compared again.
    """

    display: str
    original: Path
    path: Path
    suffix: str
    size_bytes: int
    sha256: str
    seen: Identity
    is_settled: bool = True

    def confirm_unchanged(self) -> None:
        """Refuse when the file is not what it was when reading began.

        Raises:
            AltynError: `source.changed-while-read`.
        """
        try:
            same = _identity(self.original) == self.seen
            if same and not self.is_settled:
                same = file_hash(self.original) == self.sha256
        except OSError:
            same = False
        if not same:
            raise AltynError(
                "source.changed-while-read",
                what=say("The file changed while it was read; nothing of it was kept."),
                where=self.display,
                mend=say("Write the file under another name and rename it when it is whole; then run again."),
                retry=True,
            )

    def discard(self) -> None:
        """Give back the disk of the unpacked copy."""
        if self.path != self.original:
            self.path.unlink(missing_ok=True)


def find(spec: SourceSpec) -> list[Path]:
    """The files a source names, sorted; inside the project or an allowed folder, links followed.

    Raises:
        AltynError: `source.missing`, `source.outside-project`, `source.permission`.
    """
    pattern = spec.path or ""
    if "\0" in pattern:
        raise _outside(spec)
    start = spec.project_folder / pattern
    try:
        # A file may be called a[1].csv: a name that exists is that file and no pattern.
        is_glob = glob.has_magic(pattern) and not start.exists()
        _require_inside(spec, _fixed_part(spec, pattern) if is_glob else start)
        # Not Path.glob: it knows no absolute patterns. The project's own folder may hold the signs of a pattern.
        caught = sorted(glob.glob(pattern, root_dir=spec.project_folder, recursive=True)) if is_glob else [pattern]  # noqa: PTH207
        named = [spec.project_folder / p for p in caught]
        # A pattern may also catch folders; a plain path to one is a mistake to tell.
        files = [p for p in named if p.exists() and not (is_glob and p.is_dir())]
        for path in files:
            _require_inside(spec, path)
            if not path.is_file() or not os.access(path, os.R_OK):
                raise _unreadable(spec, path)
    except PermissionError:
        raise _unreadable(spec, start) from None
    except (OSError, RuntimeError):  # a name too long, a circle of links
        files = []
    if not files:
        raise _missing(spec, start)
    return files


def prepare(spec: SourceSpec, path: Path, scratch: Path, number: int) -> SourceFile:
    """Hash a file and unpack it into `scratch` if it is packed.

    Args:
        spec: the source.
        path: one of `find(spec)`.
        scratch: folder for the unpacked copy.
        number: which of the files it is; copies of the others are left alone.

    Raises:
        AltynError: `source.compressed`, `source.too-large`, `source.changed-while-read`, `source.permission`.
    """
    display = _display(spec, path)
    try:
        with translated():
            seen = _identity(path)
            is_settled = _is_settled(seen)
            digest, size = content_hash(path), seen[2]
            plain, suffix = _plain(spec, path, scratch, number, display)
    except FileNotFoundError:
        raise _missing(spec, path) from None
    file = SourceFile(display, path, plain, suffix, size, digest, seen, is_settled)
    if _identity(path) != seen:
        file.confirm_unchanged()
    return file


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=1000)
def _settled_hash(path: Path, _seen: Identity) -> str:
    return file_hash(path)


def content_hash(path: Path) -> str:
    """sha256 of a file's bytes; of a file that was long left alone, worked out once a process."""
    seen = _identity(path)
    return _settled_hash(path, seen) if _is_settled(seen) else file_hash(path)


def _is_settled(seen: Identity) -> bool:
    return time.time_ns() - max(seen[3:]) > _CLOCK_STEP_NS


def _identity(path: Path) -> Identity:
    found = path.stat()
    # The change time cannot be set back by a program that restores the modification time.
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _fixed_part(spec: SourceSpec, pattern: str) -> Path:
    """The folders in front of the first part with a wild card."""
    parts = Path(pattern).parts
    first = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return spec.project_folder.joinpath(*parts[:first])


def _require_inside(spec: SourceSpec, path: Path) -> None:
    # Links are followed first: a link inside the project may lead out of it.
    resolved = path.resolve()
    roots = [spec.project_folder.resolve(), *(f.resolve() for f in spec.allowed_folders)]
    if not any(resolved.is_relative_to(root) for root in roots):
        raise _outside(spec)


def _display(spec: SourceSpec, path: Path) -> str:
    """The file as people see it: from the project folder, or from the name of the allowed folder it lies in."""
    whole = Path(os.path.normpath(path))
    roots = [(spec.project_folder, ""), *((f, f"{f.name}/") for f in spec.allowed_folders)]
    for root, prefix in roots:
        for candidate, base in ((whole, Path(os.path.normpath(root))), (path.resolve(), root.resolve())):
            if candidate.is_relative_to(base):
                return prefix + str(candidate.relative_to(base))
    return path.name


def _plain(spec: SourceSpec, path: Path, scratch: Path, number: int, display: str) -> tuple[Path, str]:
    """Where the plain bytes lie, and the suffix that tells their kind."""
    kind = _PACKED.get(path.suffix.lower())
    if kind:
        plain = scratch / f"part-{number}"
        name = _unpack(spec, path, plain, kind, display)
        return plain, Path(name).suffix.lower()
    if path.stat().st_size > spec.max_mb * _MB:
        raise _too_large(spec, display)
    if glob.has_magic(str(path.resolve())):
        # DuckDB takes every path for a pattern and knows no way to say that it is none.
        link = scratch / f"link-{number}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        return link, path.suffix.lower()
    return path, path.suffix.lower()


def _unpack(spec: SourceSpec, path: Path, plain: Path, kind: str, display: str) -> str:
    """Unpack into `plain`, within limits, and return the name the content goes by."""
    limit = spec.max_mb * _MB
    written = 0
    try:
        with _opened(spec, path, kind, display) as (source, name, packed), plain.open("wb") as target:
            while chunk := source.read(CHUNK):
                written += len(chunk)
                if written > BOMB_FROM and written > packed * BOMB_RATIO:
                    raise _compressed(
                        display, say("It unpacks to more than {ratio} times its size: a zip bomb.", ratio=BOMB_RATIO)
                    )
                if written > limit:
                    raise _too_large(spec, display)
                target.write(chunk)
    except AltynError:
        plain.unlink(missing_ok=True)
        raise
    except (
        OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError, ValueError,
    ) as error:  # fmt: skip
        plain.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _compressed(
            display, say("It cannot be unpacked: broken, encrypted, or packed in an unknown way.")
        ) from None
    return name


@contextmanager
def _opened(spec: SourceSpec, path: Path, kind: str, display: str) -> Generator[tuple[IO[bytes] | Any, str, int]]:
    """The plain bytes, the name they go by, and how many packed bytes they come from."""
    if kind == "zip":
        with zipfile.ZipFile(path) as archive:
            member = _member(spec, archive, display)
            with archive.open(member) as file:
                yield file, member.filename, member.compress_size
        return
    with gzip.open(path, "rb") if kind == "gz" else bz2.open(path, "rb") as file:
        yield file, path.stem, path.stat().st_size


def _member(spec: SourceSpec, archive: zipfile.ZipFile, display: str) -> zipfile.ZipInfo:
    wanted = spec.options.get("member")
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    chosen = [m for m in members if m.filename == wanted] if wanted else members
    if len(chosen) != 1:
        shown = ", ".join(m.filename[:60] for m in members[:10]) or "-"
        raise _compressed(
            display, say("A zip must hold one data file, or `member` must name one of: {names}.", names=shown)
        )
    return chosen[0]


def _outside(spec: SourceSpec) -> AltynError:
    return AltynError(
        "source.outside-project",
        what=say("The source lies outside the project."),
        where=spec.where,
        mend=say('Move it into the project, or list its folder in altyn.toml: [access] folders = ["/data/in"].'),
    )


def _unreadable(spec: SourceSpec, path: Path) -> AltynError:
    return AltynError(
        "source.permission",
        what=say("The source is not a file that may be read."),
        where=_display(spec, path),
        mend=say("Name a file, and let the user who runs Altyn read it."),
    )


def _missing(spec: SourceSpec, start: Path) -> AltynError:
    try:
        names = [p.name for p in start.parent.iterdir()]
    except OSError:
        names = []
    near = difflib.get_close_matches(start.name, names, n=3, cutoff=0.4) or sorted(names)[:5]
    return AltynError(
        "source.missing",
        what=say("No file is found at {path}.", path=(spec.path or "")[:200]),
        where=spec.where,
        mend=say("Correct the path. Near it: {names}.", names=", ".join(near) or "-"),
    )


def _too_large(spec: SourceSpec, display: str) -> AltynError:
    return AltynError(
        "source.too-large",
        what=say("The file is larger than {mb} MB.", mb=spec.max_mb),
        where=display,
        mend=say("Raise max_mb of the source if so large a file is expected."),
    )


def _compressed(display: str, what: Message) -> AltynError:
    return AltynError(
        "source.compressed", what=what, where=display, mend=say("Unpack it by hand, look at it, and send it anew.")
    )
