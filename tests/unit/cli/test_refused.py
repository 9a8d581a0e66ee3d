"""The verb quarantine: refused rows by rule, out to be mended, and in again."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.cli.refused import rule_help
from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_refused_rows_are_shown_taken_out_and_sent_again(altyn: Altyn, fresh: Trial, tmp_path: Path) -> None:
    fresh.areas("1000,Алматы,20\n2000,Ақтөбе,10\n40x,Абай,1\n")
    fresh.run()
    shown = altyn("quarantine", "areas", "--project", fresh.folder)
    assert "1 rows refused" in shown.out
    assert all(text in shown.out for text in ("pattern", "40x", "line 4"))

    file = tmp_path / "mend.csv"
    assert "--resubmit" in altyn("quarantine", "areas", "--project", fresh.folder, "--export", file).out
    file.write_text(file.read_text(encoding="utf-8").replace("40x", "4000"), encoding="utf-8")
    assert altyn("quarantine", "areas", "--project", fresh.folder, "--resubmit", file).status == 0
    assert altyn("quarantine", "areas", "--project", fresh.folder, "--json").json["entries"] == 0


def test_of_a_closed_register_no_value_is_said_and_its_keeper_is_told_how(altyn: Altyn, fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.areas("1000,Алматы,20\nҚұпия,Абай,1\n")
    fresh.run()
    found = altyn("quarantine", "areas", "--project", fresh.folder)

    assert "Құпия" not in found.out
    assert "--purpose keeping" in found.out
    assert "Құпия" in altyn("quarantine", "areas", "--purpose", "keeping", "--project", fresh.folder).out


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_rule_has_its_help_and_an_unknown_one_points_to_the_contract(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    rules = ["type", "required", "pattern", "key", "relationship", "row.ragged", "own-rule"]

    assert len({rule_help(rule) for rule in rules}) == len(rules)
    assert rule_help("other-rule") == rule_help("own-rule")
