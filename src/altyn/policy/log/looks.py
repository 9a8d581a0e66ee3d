"""Looks: what the gate writes around one answer: that it was refused; or that it was begun, and then how it ended."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from altyn.errors import AltynError
from altyn.policy.log.chain import AccessLog
from altyn.policy.log.record import AccessRecord


class Look:
    """One look at data, from the asking to the answer. Made by `recorded`."""

    def __init__(self, log: AccessLog, record: AccessRecord) -> None:
        self._log = log
        self._record = record
        self._begun = ""

    @property
    def record(self) -> AccessRecord:
        """What is known of it by now."""
        return self._record

    def says(self, **told: Any) -> None:
        """Add to the record what has become known."""
        self._record = replace(self._record, **told)

    def begin(self, **told: Any) -> None:
        """Write that an engine is about to run, before it does.

        Raises:
            AltynError: `gate.log`; no engine may run then.
        """
        self.says(**told)
        self._begun = self._log.write(replace(self._record, outcome="begun"))

    def answered(self, **told: Any) -> str:
        """Write how it ended, before the answer leaves; the record's id."""
        self.says(**told, outcome="answered")
        identity = self._log.write(replace(self._record, begun=self._begun))
        self._begun = ""
        return identity

    def ended(self, code: str) -> None:
        """Write that nothing was answered: refused before an engine ran, failed after."""
        outcome = "failed" if self._begun else "refused"
        self._log.write(replace(self._record, outcome=outcome, begun=self._begun, code=code))


@contextmanager
def recorded(log: AccessLog, record: AccessRecord) -> Generator[Look]:
    """Record a look whatever becomes of it.

    An exception that is none of ours leaves a record too: its kind alone, for its text may quote a value.
    """
    look = Look(log, record)
    try:
        yield look
    except AltynError as error:
        # Where the log itself failed there is nothing to write to.
        if error.code != "gate.log":
            look.ended(error.code)
        raise
    except Exception:
        look.ended("internal.unexpected")
        raise
