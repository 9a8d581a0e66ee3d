"""Declared: what each register's contract says today, and what it said when an older batch was loaded.

A journal is read with the contract it was written under: that one knows its columns, their types and its key. What may be
shown of it is another question: there the stricter of then and now decides, which policy says and the store carries out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from altyn.model.registers import Register
from altyn.store.folders import Folders
from altyn.store.snapshots import RegisterState

Read = Callable[[str], "Register | None"]
Stricter = Callable[[Register, Sequence[Register]], Register]


def _nothing(_: str) -> Register | None:
    return None


def _as_then(then: Register, _: Sequence[Register]) -> Register:
    return then


class Declared(Mapping[str, Register]):
    """Registers by full name as today's contracts declare them; `at` gives those of the past.

    Args:
        folders: the project's `.altyn`, which keeps every contract a batch was loaded under.
        today: the registers of the project's packs.
        read: the register of a contract's text; None where it cannot be read any more.
        stricter: policy's word on what may be seen of a register of then, given the contracts that came after it.
    """

    def __init__(
        self, folders: Folders, today: Mapping[str, Register], read: Read = _nothing, stricter: Stricter = _as_then
    ) -> None:
        self._folders = folders
        self._today = today
        self._read = read
        self._stricter = stricter
        self._kept: dict[str, Register | None] = {}

    def __getitem__(self, name: str) -> Register:
        return self._today[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._today)

    def __len__(self) -> int:
        return len(self._today)

    def at(self, name: str, state: RegisterState) -> Register:
        """A register as the contract of a state declares it; today's where that contract is not kept. KeyError without either."""
        today = self._today.get(name)
        if today is not None and today.contract_hash == state.contract:
            return today
        kept = self.kept(state.contract)
        if kept is not None and kept.name == name:
            return kept
        return self._today[name]

    def kept(self, contract: str) -> Register | None:
        """The register of a contract that a batch was loaded under, by the contract's sha256."""
        if contract not in self._kept:
            path = self._folders.local(f"contracts/{contract}.yaml")
            if not path.exists():
                # A run may be about to keep it.
                return None
            self._kept[contract] = self._read(path.read_text(encoding="utf-8"))
        return self._kept[contract]

    def seen(self, name: str, state: RegisterState, later: Callable[[], Sequence[RegisterState]] = tuple) -> Register:
        """A register as a reader may see it at a state: with the contract of that time, and no wider than since.

        Args:
            name: the register.
            state: what is looked at.
            later: gives the states that came after it, oldest first; asked only where the contract has changed since.
        """
        then, today = self.at(name, state), self._today[name]
        if then.contract_hash == today.contract_hash:
            return today
        after = dict.fromkeys(s.contract for s in later() if s.contract != state.contract)
        found = [r for r in map(self.kept, after) if r is not None]
        return self._stricter(then, [*found, today])
