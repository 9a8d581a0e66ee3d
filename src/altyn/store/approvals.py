"""Approvals: the proof that a second person agreed to an order, given by the operating system and by nobody's word.

`approvals/` lies beside `.altyn`, writable by a group and sticky, while `.altyn` stays its owner's alone. An order is shown there
as a file without values. The second person's own account writes a second file that names the first one's hash: who owns a
file, only the kernel says. What is carried out is looked up by the order's own hash, computed anew, so what was read is what
is done; every order has a number of its own that was never used before, so no approval serves twice or in another project.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.store.durable import sync_folder, write_durably
from altyn.store.orders import Order

FOLDER = "approvals"
# Who files belong to whose owner a file server does not know; and the numbers that accounts may give away in namespaces.
_NOBODY, _SUBUIDS = 65_534, Path("/etc/subuid")
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose account approved, by the owner of the file; `login_uid` and `sudo_uid` are what that account said of itself."""

    uid: int
    login_uid: int | None = None
    sudo_uid: int | None = None

    @property
    def numbers(self) -> frozenset[int]:
        """Every user number that this may be one person with."""
        return frozenset(n for n in (self.uid, self.login_uid, self.sudo_uid) if n is not None)


def text_of(order: Order) -> bytes:
    """The order as it is shown and approved: everything that decides what will be done, without status and without values."""
    document = {
        "project": order.project,
        "order": order.number,
        "kind": order.kind,
        "act": "release" if order.kind == "hold" else "erase",
        "register": order.register,
        "records": len(order.tokens),
        "tokens": list(order.tokens),
        "ground": order.ground,
        "requested_by": order.requested_by,
        "requested_uids": list(order.requested_uids),
        "requested_at": order.requested_at,
        "once": order.once,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def hash_of(text: bytes) -> str:
    """What an approval names."""
    return hashlib.sha256(text).hexdigest()


def offer(project: Path, order: Order) -> None:
    """Show an order to whoever may approve it."""
    folder = project / FOLDER
    if not folder.exists():
        folder.mkdir(mode=0o700)
        # Sticky: nobody removes what another wrote. Set-group-id: what is written there belongs to the folder's group.
        folder.chmod(0o3770)
    path = folder / _name(order.number)
    write_durably(path, text_of(order))
    path.chmod(0o644)


def shown(project: Path, number: int) -> tuple[dict[str, Any], str]:
    """An order as the second person sees it, and the hash of exactly what was read.

    Raises:
        AltynError: `order.missing`.
    """
    try:
        folder = _opened(project)
        try:
            content = _read_regular(folder, _name(number))[0]
        finally:
            os.close(folder)
        document = json.loads(content)
        if document["order"] != number:
            raise ValueError  # noqa: TRY301
    except (OSError, ValueError, KeyError, TypeError):
        raise AltynError(
            "order.missing",
            what=say("There is no order {number}.", number=number),
            where=f"{FOLDER}/{_name(number)}",
            mend=say("Look whether you may read the folder; whoever asked for the order says its number."),
        ) from None
    return document, hash_of(content)


def approve(project: Path, number: int, hashed: str, approval: Approval, at: str) -> Path:
    """Write this account's approval of an order that was read.

    Raises:
        AltynError: `environment.permission` where the account may not write there.
    """
    name = f"{_name(number)}.approved-by-{approval.uid}"
    content = {"order": hashed, "at": at, "login_uid": approval.login_uid, "sudo_uid": approval.sudo_uid}
    path = project / FOLDER / name
    folder = _opened(project)
    try:
        # One's own older approval, of an order that has changed since, gives way; nobody else's can.
        if os.access(name, os.F_OK, dir_fd=folder, follow_symlinks=False):
            os.unlink(name, dir_fd=folder)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(content).encode())
            file.flush()
            # The project's owner reads it, and nobody but its writer may change it.
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
    except PermissionError:
        raise AltynError(
            "environment.permission",
            what=say("The folder of approvals may not be written by this account."),
            where=FOLDER,
            mend=say("Let root put the account into the folder's group: chgrp GROUP approvals."),
        ) from None
    finally:
        os.close(folder)
    sync_folder(path.parent)
    return path


def approval_of(project: Path, order: Order, others: frozenset[int]) -> Approval:
    """The approval of an order by another person than who asked, and than who carries it out.

    Args:
        project: its folder.
        order: what is to be done.
        others: user numbers of who carries it out and of who keeps the project: they could write the order anew.

    Raises:
        AltynError: `order.unapproved` where none stands; `order.same-person` where the only one is by one of these.
    """
    wanted, own = hash_of(text_of(order)), False
    one = others | set(order.requested_uids)
    try:
        folder = _opened(project)
    except OSError:
        raise unapproved(order, say("No approval of the order stands.")) from None
    try:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - of the folder that was opened, not of what its path names now
            found = _approval_in(folder, name, wanted) if name.startswith(f"{_name(order.number)}.approved") else None
            if found is None:
                continue
            if found.numbers & one:
                own = True
                continue
            return found
    finally:
        os.close(folder)
    if own:
        raise same_person(order.number)
    raise unapproved(order, say("No approval of the order stands."))


def same_person(number: int) -> AltynError:
    """The error of one person who would be two."""
    return AltynError(
        "order.same-person",
        what=say("Who asked for the order may not approve it: a second person decides."),
        where=f"order {number}",
        mend=say(
            "Let another person log in under their own account and run: altyn orders approve {number}", number=number
        ),
    )


def root_person(number: int) -> AltynError:
    """The error of root as a second person: whoever is root can write as any account, so root's word proves nobody."""
    return AltynError(
        "order.same-person",
        what=say("Root can be anybody, so root is nobody's second person."),
        where=f"order {number}",
        mend=say(
            "Let another person log in under their own account and run: altyn orders approve {number}", number=number
        ),
    )


def _approval_in(folder: int, name: str, wanted: str) -> Approval | None:
    """The approval in a file, if it is one: all is judged and read through one descriptor, so nothing can be put in between."""
    try:
        content, status = _read_regular(folder, name)
        document = json.loads(content)
        # Root can be anybody, so it is nobody's second person.
        if document["order"] != wanted or status.st_uid == 0 or status.st_nlink != 1 or status.st_mode & 0o022:
            return None
        if not is_account(status.st_uid):
            return None
        said = [document.get(key) for key in ("login_uid", "sudo_uid")]
        return Approval(status.st_uid, *(n if isinstance(n, int) else None for n in said))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def is_account(uid: int) -> bool:
    """Whether a user number is somebody's: one that the system knows, and no one's to lend to a namespace of their own."""
    try:
        pwd.getpwuid(uid)
        lent = [line.split(":")[1:] for line in _SUBUIDS.read_text(encoding="utf-8").splitlines() if line.strip()]
        return uid != _NOBODY and not any(int(first) <= uid < int(first) + int(count) for first, count in lent)
    except FileNotFoundError:
        return uid != _NOBODY
    except (KeyError, OSError, ValueError):
        return False


def in_namespace() -> AltynError:
    """The error of an order in a user namespace, where an account has whatever number it liked."""
    return AltynError(
        "order.namespace",
        what=say("This process runs in a user namespace, where numbers of accounts prove nobody."),
        mend=say("Run it outside of it, under the account itself; from a container without root, on its host."),
    )


def _opened(project: Path) -> int:
    return os.open(project / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _read_regular(folder: int, name: str) -> tuple[bytes, os.stat_result]:
    # A pipe would hold us up for ever; a link could show one file and be another.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            raise ValueError("no plain file")
        return file.read(_MOST_BYTES), status


def _name(number: int) -> str:
    return f"order-{number:06d}.json"


def unapproved(order: Order, what: Message) -> AltynError:
    """The error of an order that no second person approved."""
    return AltynError(
        "order.unapproved",
        what=what,
        where=f"order {order.number}, {FOLDER}/{_name(order.number)}",
        mend=say(
            "Let a second person run `altyn orders approve {number}` under their own account, then run `altyn orders execute {number}`.",
            number=order.number,
        ),
    )
