"""Errors: what happened, where, and how to mend it. Never a value of a person's row."""

from __future__ import annotations

from altyn.language import Message, in_line

INPUT, USAGE, POLICY, ENVIRONMENT = 1, 2, 3, 4

# code -> exit status of the command line. Each code has docs/errors/<code>.md (a test compares).
CODES: dict[str, int] = {
    "add.contract-exists": INPUT,
    "add.no-table": INPUT,
    "add.published": INPUT,
    "add.shapes-differ": INPUT,
    "add.unknown": USAGE,
    "audit.changed": ENVIRONMENT,
    "audit.cut": ENVIRONMENT,
    "audit.head-missing": ENVIRONMENT,
    "audit.missing": ENVIRONMENT,
    "audit.rolled-back": ENVIRONMENT,
    "audit.whole": USAGE,
    "backup.changed": ENVIRONMENT,
    "backup.damaged": ENVIRONMENT,
    "backup.inside": USAGE,
    "backup.link": ENVIRONMENT,
    "backup.none": USAGE,
    "backup.order-unknown": ENVIRONMENT,
    "backup.other-project": USAGE,
    "clock.behind": ENVIRONMENT,
    "contract.breaks-readers": INPUT,
    "contract.code-list-missing": INPUT,
    "contract.cycle": INPUT,
    "contract.field-unknown": INPUT,
    "contract.invalid": INPUT,
    "contract.kind-unknown": INPUT,
    "contract.misfit": INPUT,
    "contract.missing": INPUT,
    "contract.name-reserved": INPUT,
    "contract.parent-missing": INPUT,
    "contract.profile": INPUT,
    "contract.version": INPUT,
    "contract.yaml": INPUT,
    "demo.folder-used": USAGE,
    "environment.full": ENVIRONMENT,
    "environment.permission": ENVIRONMENT,
    "environment.setting": USAGE,
    "export.format": USAGE,
    "export.needs-file": USAGE,
    "engine.failed": ENVIRONMENT,
    "engine.java": ENVIRONMENT,
    "extra.missing": ENVIRONMENT,
    "gate.limit": POLICY,
    "gate.log": ENVIRONMENT,
    "gate.not-keeper": POLICY,
    "gate.policy-unreadable": POLICY,
    "gate.purpose-unknown": POLICY,
    "gate.register-closed": POLICY,
    "gate.synthetic-only": POLICY,
    "identity.column-missing": INPUT,
    "identity.memory": ENVIRONMENT,
    "identity.nothing-to-compare": INPUT,
    "identity.specification": INPUT,
    "journal.broken": ENVIRONMENT,
    "journal.unproven": ENVIRONMENT,
    "journal.raced": ENVIRONMENT,
    "internal.unexpected": ENVIRONMENT,
    "measure.failed": INPUT,
    "measure.invalid": INPUT,
    "measure.limit": INPUT,
    "measure.missing": USAGE,
    "model.relation": INPUT,
    "model.type": INPUT,
    "order.ambiguous": INPUT,
    "order.broken": ENVIRONMENT,
    "order.changed": POLICY,
    "order.decided": USAGE,
    "order.ground": USAGE,
    "order.held": POLICY,
    "order.missing": USAGE,
    "order.namespace": POLICY,
    "order.nothing": USAGE,
    "order.same-person": POLICY,
    "order.unapproved": POLICY,
    "order.unproven": ENVIRONMENT,
    "pack.dependency": INPUT,
    "pack.invalid": INPUT,
    "pack.missing": INPUT,
    "page.failed": INPUT,
    "page.invalid": INPUT,
    "place.address": USAGE,
    "place.name": INPUT,
    "place.unreachable": ENVIRONMENT,
    "project.exists": USAGE,
    "project.format": ENVIRONMENT,
    "project.invalid": INPUT,
    "project.locked": ENVIRONMENT,
    "project.missing": USAGE,
    "project.secret": INPUT,
    "project.upgrade-unfinished": ENVIRONMENT,
    "record.erased": POLICY,
    "register.ambiguous": USAGE,
    "register.key": USAGE,
    "register.missing": USAGE,
    "restore.differs": ENVIRONMENT,
    "restore.folder-used": USAGE,
    "rows.parameter": USAGE,
    "rows.value": USAGE,
    "run.failed": ENVIRONMENT,
    "run.killed": ENVIRONMENT,
    "run.late": ENVIRONMENT,
    "run.none": ENVIRONMENT,
    "serve.port": ENVIRONMENT,
    "snapshot.broken": ENVIRONMENT,
    "snapshot.none": USAGE,
    "source.budget": INPUT,
    "source.changed-while-read": INPUT,
    "source.check-failed": INPUT,
    "source.column-duplicate": INPUT,
    "source.column-missing": INPUT,
    "source.compressed": INPUT,
    "source.connection": ENVIRONMENT,
    "source.delimiter": INPUT,
    "source.empty": INPUT,
    "source.encoding": INPUT,
    "source.format": INPUT,
    "source.kind-unknown": INPUT,
    "source.line-too-long": INPUT,
    "source.missing": INPUT,
    "source.nul-bytes": INPUT,
    "source.outside-project": INPUT,
    "source.permission": ENVIRONMENT,
    "source.query": INPUT,
    "source.shrunken": INPUT,
    "source.too-large": INPUT,
    "sql.failed": USAGE,
    "sql.forbidden": POLICY,
    "sql.subset": INPUT,
    "sql.syntax": USAGE,
    "synth.contract": INPUT,
    "synth.folder-used": USAGE,
    "synth.no-country": INPUT,
    "synth.pack-unknown": USAGE,
    "synth.range": USAGE,
    "time.unreadable": USAGE,
    "upgrade.needs-backup": USAGE,
    "usage": USAGE,
}


class AltynError(Exception):
    """A failure a user or the world can cause.

    Args:
        code: one of `CODES`.
        what: what happened.
        where: file, register, column; never a value.
        mend: what to do about it.
        retry: True where the same call may succeed later.
    """

    def __init__(
        self, code: str, *, what: Message | str, where: str = "", mend: Message | str = "", retry: bool = False
    ) -> None:
        assert code in CODES, f"{code} is not in the closed list of codes"
        self.code = code
        self.what = what if isinstance(what, Message) else Message(what.replace("{", "{{").replace("}", "}}"))
        self.where = str(in_line(where))
        self.mend = mend if isinstance(mend, Message) else Message(mend.replace("{", "{{").replace("}", "}}"))
        self.retry = retry
        super().__init__(str(self))

    @property
    def exit_status(self) -> int:
        """Exit status of the command line for this code."""
        return CODES[self.code]

    def parts(self, language: str) -> dict[str, str | bool]:
        """The error as data in one language: code, what, where, mend, retry."""
        return {
            "code": self.code,
            "what": self.what.text(language),
            "where": self.where,
            "mend": self.mend.text(language),
            "retry": self.retry,
        }

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        return f"{self.code}: {self.what}{where} {self.mend}".rstrip()
