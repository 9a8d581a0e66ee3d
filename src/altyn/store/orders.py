"""Orders: what a law or a court wants done to records, or not done: erasures and legal holds, each with its ground.

An order names records by keyed tokens, never by their keys: who finds the file learns nothing, and who holds the project's
secret can still tell whether a record is meant. An erasure order stays for good: it is the tombstone, it keeps the record
from coming back with the next extract, and a restored backup carries it out again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import Register
from altyn.model.sql import literal
from altyn.store import views
from altyn.store.durable import write_durably
from altyn.store.folders import Folders

Status = Literal["requested", "executing", "executed", "withdrawn", "held", "released"]
_SECRET = "key"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True)
class Order:
    """An order on records of one register.

    `tokens` are those of `token_sql`. `kind`: erase, retain (an erasure by the contract's own period) or hold. `counts` says
    what an erasure found. `generations` maps each journal it replaced to the one that took its place. Instants are UTC, ISO.

    `project` is the run of the first snapshot, `requested_uids` are all user numbers that who asked may be, and `once` is drawn for
    this order alone: an approval names the hash of all that. `approved_uid` owned the approval, `approved_hash` is what it named.
    """

    number: int
    kind: Literal["erase", "retain", "hold"]
    register: str
    tokens: tuple[str, ...]
    ground: str
    requested_by: str
    requested_at: str
    status: Status
    decided_by: str = ""
    decided_at: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    generations: Mapping[str, str] = field(default_factory=dict[str, str])
    project: str = ""
    requested_uids: tuple[int, ...] = ()
    once: str = ""
    approved_uid: int | None = None
    approved_hash: str = ""


class Orders:
    """All orders of one project, one small file each."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._folder = folders.root / "orders"

    def all(self) -> list[Order]:
        """Every order, oldest first.

        Raises:
            AltynError: `order.broken` when a file cannot be read: then nobody knows what must stay erased.
        """
        self._fetch()
        found = [read_order(path) for path in sorted(self._folder.glob("[0-9]*.json"))]
        return sorted(found, key=lambda o: o.number)

    def get(self, number: int) -> Order:
        """One order.

        Raises:
            AltynError: `order.missing`.
        """
        for order in self.all():
            if order.number == number:
                return order
        raise AltynError(
            "order.missing",
            what=say("There is no order {number}.", number=number),
            mend=say("`altyn orders` lists them."),
        )

    def add(self, order: Order) -> Order:
        """Keep a new order under the next number, and return it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = max((o.number for o in self.all()), default=0) + 1
        numbered = replace(order, number=number)
        write_durably(self._path(number), _content(numbered), exclusive=True)
        self._keep(self._path(number))
        return numbered

    def change(self, order: Order, **changes: Any) -> Order:
        """Keep an order with changes."""
        changed = replace(order, **changes)
        write_durably(self._path(order.number), _content(changed))
        self._keep(self._path(order.number))
        return changed

    def erased(self, register: str) -> frozenset[str]:
        """Tokens of a register's records that an order has erased, or is erasing."""
        return frozenset(
            t for o in self.all() if o.register == register and o.status in {"executing", "executed"} for t in o.tokens
        )

    def held(self, register: str) -> frozenset[str]:
        """Tokens of a register's records that must be kept."""
        return frozenset(t for o in self.all() if o.register == register and o.status == "held" for t in o.tokens)

    def token_sql(self, register: Register) -> str:
        """SQL of a record's token, over the columns of its key."""
        return self.token_of(register.name, views.key_text(register.key))

    def token_of(self, register: str, key_text: str) -> str:
        """SQL of the token of a key, from SQL of its text."""
        secret = self._secret()
        return f"sha256(concat({literal(secret + register)}, chr(31), {key_text}, {literal(secret)}))"

    def _secret(self) -> str:
        self._fetch()
        path = self._folder / _SECRET
        if not path.exists():
            if any(self._folder.glob("[0-9]*.json")):
                raise _broken(_SECRET)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(path, secrets.token_hex(32).encode())
            self._keep(path)
        return path.read_text(encoding="ascii").strip()

    def _keep(self, path: Path) -> None:
        self._folders.keep(f"orders/{path.name}")

    def _fetch(self) -> None:
        """Orders that another machine gave, where the store lies in a bucket."""
        place = self._folders.place
        for name in place.names("orders") if place else ():
            if place and (
                not (self._folders.root / name).exists() or place.read(name) != (self._folders.root / name).read_bytes()
            ):
                place.fetch(name, self._folders.root / name)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"


def read_order(path: Path) -> Order:
    """The order in a file.

    Raises:
        AltynError: `order.broken`.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        document["tokens"] = tuple(document["tokens"])
        document["requested_uids"] = tuple(document.get("requested_uids", ()))
        return Order(**document)
    except (ValueError, KeyError, TypeError):
        raise _broken(path.name) from None


def _content(order: Order) -> bytes:
    return json.dumps(asdict(order), ensure_ascii=False, indent=1, sort_keys=True).encode()


def _broken(name: str) -> AltynError:
    return AltynError(
        "order.broken",
        what=say("The orders of this project cannot be read; what was erased could come back."),
        where=f".altyn/orders/{name}",
        mend=say("Restore the folder from a backup; nothing runs until then."),
    )


def listed(tokens: Iterable[str]) -> str:
    """SQL of a list of tokens, for IN."""
    return "(" + (", ".join(map(literal, sorted(tokens))) or "NULL") + ")"
