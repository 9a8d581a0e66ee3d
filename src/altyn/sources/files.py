"""Files: finding them inside the project, unpacking them within limits, and noticing when they change while read."""

from __future__ import annotations

import bz2
import difflib
import glob
import gzip
import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.sources.spec import SourceSpec

CHUNK = 4 * 1024 * 1024
_MB = 1024 * 1024
_BOMB_RATIO, _BOMB_FROM = 200, 50 * _MB
_PACKED = {".gz": "gz", ".zip": "zip", ".bz2": "bz2"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, unpacked. `display` is its path in the project, `path` where its plain bytes lie now."""

    display: str
    original: Path
    path: Path
    suffix: str
    size_bytes: int
    sha256: str
    seen: tuple[int, int, int]

    def confirm_unchanged(self) -> None:
        """Refuse when the file is not what it was when reading began.

        Raises:
            AltynError: `source.changed-while-read`.
        """
        if _identity(self.original) != self.seen:
            raise AltynError(
                "source.changed-while-read",
                what=say("The file changed while it was read; nothing of it was kept."),
                where=self.display,
                mend=say("Write the file under another name and rename it when it is whole; then run again."),
                retry=True,
            )


def find(spec: SourceSpec) -> list[Path]:
    """The files a source names, sorted; inside the project or an allowed folder, links followed.

    Raises:
        AltynError: `source.missing`, `source.outside-project`, `source.permission`.
    """
    pattern = spec.path or ""
    if "\0" in pattern:
        raise _outside(spec)
    start = pattern if Path(pattern).is_absolute() else str(spec.project_folder / pattern)
    found = (
        [Path(p) for p in sorted(glob.glob(start, recursive=True))]
        if any(c in pattern for c in "*?[")
        else [Path(start)]
    )
    roots = [spec.project_folder.resolve(), *(f.resolve() for f in spec.allowed_folders)]
    for path in found:
        # Links are followed first: a link inside the project may lead out of it.
        resolved = path.resolve()
        if not any(resolved.is_relative_to(root) for root in roots):
            raise _outside(spec)
    files = [p for p in found if p.exists()]
    if not files:
        raise _missing(spec, Path(start))
    for path in files:
        if path.is_dir() or not path.is_file() or not os.access(path, os.R_OK):
            raise AltynError(
                "source.permission",
                what=say("The source is not a file that may be read."),
                where=_display(spec, path),
                mend=say("Name a file, and let the user who runs Altyn read it."),
            )
    return files


def prepare(spec: SourceSpec, path: Path, scratch: Path, number: int) -> SourceFile:
    """Hash a file and unpack it into `scratch` if it is packed.

    Raises:
        AltynError: `source.compressed`, `source.too-large`, `source.changed-while-read`.
    """
    display, seen = _display(spec, path), _identity(path)
    digest = file_hash(path)
    kind = _PACKED.get(path.suffix.lower())
    plain = path
    if kind:
        plain = scratch / f"part-{number}-{os.getpid()}"
        _unpack(spec, path, plain, kind, display)
        if kind == "zip":
            with _archive(path, display) as archive:
                suffix = Path(_member(spec, archive, display).filename).suffix.lower()
        else:
            suffix = Path(path.stem).suffix.lower()
    else:
        suffix = path.suffix.lower()
        if seen[1] > spec.max_mb * _MB:
            raise _too_large(spec, display)
    file = SourceFile(display, path, plain, suffix, seen[1], digest, seen)
    file.confirm_unchanged()
    return file


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _identity(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _display(spec: SourceSpec, path: Path) -> str:
    try:
        return str(path.resolve().relative_to(spec.project_folder.resolve()))
    except ValueError:
        return path.name


def _unpack(spec: SourceSpec, path: Path, plain: Path, kind: str, display: str) -> None:
    packed = path.stat().st_size
    limit = spec.max_mb * _MB
    written = 0
    try:
        with _opened(spec, path, kind, display) as source, plain.open("wb") as target:
            while chunk := source.read(CHUNK):
                written += len(chunk)
                if written > _BOMB_FROM and written > packed * _BOMB_RATIO:
                    raise _compressed(
                        display, say("It unpacks to more than {ratio} times its size.", ratio=_BOMB_RATIO)
                    )
                if written > limit:
                    raise _too_large(spec, display)
                target.write(chunk)
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _compressed(
            display, say("It cannot be unpacked: broken, encrypted, or packed in an unknown way.")
        ) from None


@contextmanager
def _opened(spec: SourceSpec, path: Path, kind: str, display: str) -> Iterator[IO[bytes] | Any]:
    if kind == "gz":
        with gzip.open(path, "rb") as file:
            yield file
    elif kind == "bz2":
        with bz2.open(path, "rb") as file:
            yield file
    else:
        with _archive(path, display) as archive, archive.open(_member(spec, archive, display)) as file:
            yield file


def _archive(path: Path, display: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise _compressed(display, say("It is not a whole zip archive.")) from None


def _member(spec: SourceSpec, archive: zipfile.ZipFile, display: str) -> zipfile.ZipInfo:
    """The one data file of an archive. Its name is only looked at, never used as a path."""
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


def _missing(spec: SourceSpec, start: Path) -> AltynError:
    names = [p.name for p in start.parent.iterdir()] if start.parent.is_dir() else []
    near = difflib.get_close_matches(start.name, names, n=3, cutoff=0.4)
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


def _compressed(display: str, what: Any) -> AltynError:
    return AltynError(
        "source.compressed", what=what, where=display, mend=say("Unpack it by hand, look at it, and send it anew.")
    )
