"""Places: where copies of a project are kept outside it, a folder or an S3 bucket, behind the same few verbs.

A place holds objects by name. Names are relative and written with `/`; none leads out of its place, not even by a link that
somebody laid there. An object is there whole or not at all, and what a writer was told is written lasts.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Generator, Mapping
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from altyn import settings
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.store.durable import sync_folder

_CHUNK_BYTES = 1 << 20
# Beginnings of files lie here until they are whole; a name in it is no object.
_UNFINISHED = ".unfinished"
_UNFINISHED_KEPT_S = 86_400
_S3 = re.compile(r"^s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?$")
_MOST_NAMED = 1024
# Enough for a server that restarts, short enough that a wrong address is told before somebody gives up.
_RETRIES: Mapping[str, Any] = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}


class ObjectStore(Protocol):
    """A store of whole objects by name. Every verb raises FileNotFoundError where an object it needs is not there."""

    @property
    def address(self) -> str:
        """The place as a user writes it; without credentials."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """Names of all objects below a folder of the place, sorted; of all without one."""
        ...

    def read(self, name: str) -> bytes:
        """An object's bytes."""
        ...

    def write(self, name: str, content: bytes, *, exclusive: bool = False) -> None:
        """Write an object durably; `exclusive` refuses to replace one (FileExistsError), whoever else writes at the same time."""
        ...

    def put(self, local: Path, name: str) -> None:
        """Write a local file as an object, in pieces, so that its size does not matter."""
        ...

    def fetch(self, name: str, to: Path) -> None:
        """Write an object to a local file, in pieces; the file is there whole or not at all."""
        ...

    def size(self, name: str) -> int:
        """Bytes of an object."""
        ...

    def remove(self, name: str) -> None:
        """Take an object away; nothing happens where it is not there."""
        ...

    def exists(self, name: str) -> bool:
        """Whether an object is there."""
        ...


def place_of(address: str) -> ObjectStore:
    """The place at an address: a folder, or `s3://bucket/prefix`.

    Raises:
        AltynError: `place.address` for any other scheme, `extra.missing` where S3 is not installed.

    >>> place_of("/var/backups/altyn").address
    '/var/backups/altyn'
    """
    if address.startswith("s3:"):
        return ObjectPlace(address)
    if "://" in address or not address.strip():
        raise AltynError(
            "place.address",
            what=say("This is neither a folder nor an S3 address."),
            where=address.rsplit("@", maxsplit=1)[-1][:200],
            mend=say("Write a folder, or s3://bucket/prefix."),
        )
    return FolderPlace(Path(address))


def checked_name(name: str) -> str:
    """The name, if it stays inside its place.

    Raises:
        AltynError: `place.name`.

    >>> checked_name("objects/ab/cd")
    'objects/ab/cd'
    """
    parts = name.split("/")
    wrong = any(part in {"", ".", "..", _UNFINISHED} or "\\" in part or not part.isprintable() for part in parts)
    if wrong or len(name.encode()) > _MOST_NAMED:
        raise AltynError(
            "place.name",
            what=say("A name leads out of its place, or is none."),
            where=ascii(name)[:200],
            mend=say("Names are relative, with / between parts, and without . and .. among them."),
        )
    return name


class FolderPlace:
    """A folder of this machine, or of a disk it mounts.

    Args:
        path: the folder; made, mode 0700, when the first object is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.path)

    def names(self, prefix: str = "") -> list[str]:
        """Names of the objects below a folder of the place; links are no objects."""
        top = self._path(prefix) if prefix else self.path
        found: list[str] = []
        for folder, folders, files in os.walk(top, followlinks=False):
            if Path(folder) == self.path and _UNFINISHED in folders:
                folders.remove(_UNFINISHED)
            paths = [Path(folder) / file for file in files]
            found += [path.relative_to(self.path).as_posix() for path in paths if not path.is_symlink()]
        return sorted(found)

    def read(self, name: str) -> bytes:
        """An object's bytes."""
        with self._opened(name) as file:
            return file.read()

    def write(self, name: str, content: bytes, *, exclusive: bool = False) -> None:
        """Write an object; links a finished file to its name, so that of two exclusive writers one is refused."""
        with self._unfinished() as (descriptor, temporary):
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._give_name(temporary, name, exclusive=exclusive)

    def put(self, local: Path, name: str) -> None:
        """Copy a local file."""
        with local.open("rb") as source, self._unfinished() as (descriptor, temporary):
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(source, file, _CHUNK_BYTES)
                file.flush()
                os.fsync(file.fileno())
            self._give_name(temporary, name, exclusive=False)

    def fetch(self, name: str, to: Path) -> None:
        """Copy an object to a local file."""
        with self._opened(name) as source, _whole(to) as file:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)

    def size(self, name: str) -> int:
        """Bytes of an object."""
        with self._opened(name) as file:
            return os.fstat(file.fileno()).st_size

    def remove(self, name: str) -> None:
        """Delete an object's file."""
        path = self._path(name)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def exists(self, name: str) -> bool:
        """Whether an object is there."""
        path = self._path(name)
        return path.is_file() and not path.is_symlink()

    def _path(self, name: str) -> Path:
        path = self.path / checked_name(name)
        # A link among the folders could lead anywhere; the last part is looked at when it is opened.
        if not path.parent.resolve().is_relative_to(self.path.resolve()):
            raise _leads_out(name)
        return path

    @contextlib.contextmanager
    def _opened(self, name: str) -> Generator[Any]:
        path = self._path(name)
        if path.is_symlink():
            raise _leads_out(name)
        if path.is_dir():
            raise FileNotFoundError(name)
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            yield file

    @contextlib.contextmanager
    def _unfinished(self) -> Generator[tuple[int, Path]]:
        folder = self.path / _UNFINISHED
        make_folder(folder)
        now = time.time()
        for left in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if now - left.stat().st_mtime > _UNFINISHED_KEPT_S:
                    left.unlink()
        temporary = folder / secrets.token_hex(16)
        try:
            yield os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _give_name(self, temporary: Path, name: str, *, exclusive: bool) -> None:
        path = self._path(name)
        make_folder(path.parent)
        if exclusive:
            os.link(temporary, path)
        else:
            temporary.rename(path)
        sync_folder(path.parent)


class ObjectPlace:
    """A bucket of S3 or of a server that speaks like it, with a prefix before every name.

    Credentials, region and endpoint come from the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION,
    AWS_ENDPOINT_URL); http is spoken only where the endpoint says so. What the server says in an error is not passed on.

    Args:
        address: `s3://bucket/prefix`.
        options: settings of obstore's S3Store that replace those variables.

    Raises:
        AltynError: `place.address`, `extra.missing`.
    """

    def __init__(self, address: str, options: Mapping[str, Any] | None = None) -> None:
        try:
            from obstore.store import S3Store
        except ImportError:
            raise AltynError(
                "extra.missing",
                what=say("The client for S3 is not installed."),
                where=address,
                mend=say("Install it: pip install 'altyn[s3]'."),
            ) from None
        match = _S3.match(address)
        if match is None:
            raise AltynError(
                "place.address",
                what=say("This is no address of a bucket."),
                where=address.rsplit("@", maxsplit=1)[-1][:200],
                mend=say("Write s3://bucket/prefix; credentials stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
            )
        prefix = (match["prefix"] or "").strip("/")
        self.address = address.rstrip("/")
        given = dict(options or {})
        endpoint = str(given.get("endpoint") or settings.endpoint())
        self._store = S3Store(
            match["bucket"],
            prefix=checked_name(prefix) if prefix else None,
            config={"checksum_algorithm": "SHA256", **given},  # pyright: ignore[reportArgumentType]
            client_options={"allow_http": endpoint.lower().startswith("http://")},
            retry_config=_RETRIES,  # pyright: ignore[reportArgumentType]
        )

    def names(self, prefix: str = "") -> list[str]:
        """Names of the objects below a folder of the place."""
        import obstore

        with self._told():
            stream = obstore.list(self._store, checked_name(prefix) if prefix else None)
            return sorted(str(found["path"]) for batch in stream for found in batch)

    def read(self, name: str) -> bytes:
        """An object's bytes."""
        import obstore

        with self._told():
            return bytes(obstore.get(self._store, checked_name(name)).bytes())

    def write(self, name: str, content: bytes, *, exclusive: bool = False) -> None:
        """Write an object in one request; `exclusive` asks with `If-None-Match: *`, which the server decides alone."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode = "create" if exclusive else "overwrite"
        with self._told(writing=True):
            try:
                obstore.put(self._store, checked_name(name), content, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                raise FileExistsError(name) from None

    def put(self, local: Path, name: str) -> None:
        """Send a local file, a large one in parts."""
        import obstore

        with local.open("rb") as file, self._told(writing=True):
            obstore.put(self._store, checked_name(name), file)

    def fetch(self, name: str, to: Path) -> None:
        """Write an object to a local file."""
        import obstore

        with self._told():
            answer = obstore.get(self._store, checked_name(name))
        with _whole(to) as file, self._told():
            for piece in answer.stream(min_chunk_size=_CHUNK_BYTES):
                file.write(piece)

    def size(self, name: str) -> int:
        """Bytes of an object."""
        import obstore

        with self._told():
            return int(obstore.head(self._store, checked_name(name))["size"])

    def remove(self, name: str) -> None:
        """Delete an object."""
        import obstore

        with contextlib.suppress(FileNotFoundError), self._told():
            obstore.delete(self._store, checked_name(name))

    def exists(self, name: str) -> bool:
        """Whether an object is there."""
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    @contextlib.contextmanager
    def _told(self, *, writing: bool = False) -> Generator[None]:
        """Say in our words what the client says in its own, which may hold an address with a signature."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError):
            raise self._unreachable(
                say("The place refuses us: the credentials are wrong or may not do this.")
            ) from None
        except FileNotFoundError:
            if writing:
                raise self._unreachable(say("There is no such bucket.")) from None
            raise
        except BaseError:
            raise self._unreachable(say("The place cannot be reached, or did not answer as S3 does.")) from None

    def _unreachable(self, what: Message) -> AltynError:
        return AltynError(
            "place.unreachable",
            what=what,
            where=self.address,
            mend=say("Look at the bucket's name, AWS_ENDPOINT_URL, AWS_REGION and the credentials; then do it again."),
            retry=True,
        )


def make_folder(path: Path) -> None:
    """Make a folder and those above it, mode 0700, and make their names last."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


@contextlib.contextmanager
def _whole(to: Path) -> Generator[Any]:
    """A file that gets its name, mode 0600, when all of it is written and lasts."""
    make_folder(to.parent)
    temporary = to.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(to)
        sync_folder(to.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _leads_out(name: str) -> AltynError:
    return AltynError(
        "place.name",
        what=say("A link stands where an object should be."),
        where=str(PurePosixPath(name)),
        mend=say("Altyn follows no links in a place; put the file itself there."),
    )
