"""The access log: who read what, why, on what basis; and what proves that none of it is gone."""

from altyn.policy.log.chain import AccessLog
from altyn.policy.log.looks import Look
from altyn.policy.log.record import AccessRecord, Outcome
from altyn.policy.log.verify import Checked, Found, SnapshotHead, verify

__all__ = ["AccessLog", "AccessRecord", "Checked", "Found", "Look", "Outcome", "SnapshotHead", "verify"]
