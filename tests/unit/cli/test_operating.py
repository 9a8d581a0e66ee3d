"""The verb status: how the last run ended, with a status for whoever watches; and how a verb logs."""

from __future__ import annotations

import pytest

from altyn.cli.operating import teller
from altyn.serve.operation.events import JsonLines, say_nothing
from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_a_run_that_is_over_is_in_order_until_it_is_late(altyn: Altyn, fresh: Trial) -> None:
    assert altyn("run", "--project", fresh.folder).status == 0
    good = altyn("status", "--project", fresh.folder)
    data = altyn("status", "--project", fresh.folder, "--json").json

    assert (good.status, "The last run is in order." in good.out) == (0, True)
    assert (data["good"], data["problem"], data["late_after_s"]) == (True, None, 26 * 3600)
    assert data["run"]["outcome"] == "published"


def test_a_run_of_long_ago_is_late(altyn: Altyn, fresh: Trial) -> None:
    fresh.run()
    found = altyn("status", "--project", fresh.folder, "--late-after", "90m")

    assert found.status != 0
    assert "run.late" in found.err


def test_without_a_run_and_with_a_wrong_span_it_says_so(altyn: Altyn, fresh: Trial) -> None:
    assert altyn("status", "--project", fresh.folder, "--json").json["run"] is None
    for wrong in ("soon", "", "-1h"):
        assert altyn("status", "--project", fresh.folder, f"--late-after={wrong}").status == 2


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_verb_tells_nobody_or_in_lines(log_format: str) -> None:
    assert isinstance(teller(log_format), JsonLines) == (log_format == "json")
    assert (teller("text") is say_nothing) is True
