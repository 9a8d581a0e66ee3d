"""What holds for every test: judges that must be there, and a closing word on those that were not."""

from __future__ import annotations

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import HealthCheck, settings

from tests.judges import WANT, require

# Machines are shared: no example is wrong for being slow.
settings.register_profile("altyn", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("altyn")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("chromium")` asks for the judge before any fixture starts."""
    for marker in item.iter_markers("needs"):
        for judge in marker.args:
            require(judge)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name every judge that stayed away, and how many tests it kept from running."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if WANT in reason:
            reasons[reason.split(WANT, 1)[1].strip()] += 1
    if not reasons:
        return
    terminalreporter.section(f"SKIPPED {WANT}", sep="!", red=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{reason}  ({count} tests did not run)")
