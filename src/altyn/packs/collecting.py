"""Collecting: faults one after another, where all of them are wanted and not only the first."""

from __future__ import annotations

from altyn.errors import AltynError


class Collecting:
    """A `with` block whose error joins a list instead of stopping the work.

    >>> faults = []
    >>> with Collecting(faults):
    ...     raise AltynError("usage", what="x")
    >>> [fault.code for fault in faults]
    ['usage']
    """

    def __init__(self, faults: list[AltynError]) -> None:
        self.faults = faults

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Keep an AltynError; let anything else through."""
        if isinstance(error, AltynError):
            self.faults.append(error)
            return True
        return False
