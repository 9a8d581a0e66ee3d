"""Forms from a file to an answer: loaded, refused with what was expected, mended and sent again, and named by check."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from altyn.cli.main import main
from altyn.serve.use_cases import refusals
from altyn.serve.use_cases.running import resubmit
from tests.integration.conftest import Trial

Ask = Callable[..., list[tuple[object, ...]]]
EXTRA = """\
      - {name: founded, logicalType: date, classification: public, logicalTypeOptions: {format: dd.MM.yyyy}}
      - name: budget
        logicalType: number
        classification: public
        customProperties: [{property: altyn.form, value: {decimal: ",", thousands: " ", currency: [₸], missing: [н/д]}}]
      - {name: seen, logicalType: timestamp, classification: public, logicalTypeOptions: {timezone: false}}
      - {name: note, logicalType: string, classification: public, encryptedName: note_x}
"""
HEADER = "code;title;people;founded;budget;seen;note\n"
ROWS = "1000;Алматы;20;31.12.1999;1\u00a0234,50 ₸;2024-03-02 10:00;x\n2000;Ақтөбе;10;;н/д;;\n"
SEEN = "select code, founded, budget, epoch_us(seen) from areas order by code"


@pytest.fixture
def formed(trial: Trial) -> Trial:
    """The project with a register whose contract declares forms."""
    trial.contract("1.0.0", EXTRA)
    write(trial, ROWS)
    return trial


def write(trial: Trial, rows: str) -> None:
    (trial.folder / "data" / "areas.csv").write_text(HEADER + rows, encoding="utf-8")


def areas(trial: Trial) -> dict[str, object]:
    return next(line for line in trial.run().lines if line["register"] == "local.areas")


def test_values_are_read_and_another_spelling_is_no_change(formed: Trial, ask: Ask) -> None:
    first = areas(formed)

    assert (first["put"], first["refused"]) == (2, 0)
    # The contract names no zone: moments are those of the project's clocks.
    assert ask(formed, SEEN) == [
        ("1000", date(1999, 12, 31), Decimal("1234.500000"), 1709355600000000), ("2000", None, None, None),
    ]  # fmt: skip
    write(formed, "1000;Алматы;20;31.12.1999;1234,5;2024-03-02 10:00:00;x\n2000;Ақтөбе;10;;;;\n")
    second = areas(formed)
    assert (second["put"], second["same"]) == (0, 2)


def test_a_refused_value_shows_what_was_expected_and_is_mended_in_the_same_form(
    formed: Trial, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(formed, ROWS.replace("31.12.1999", "1999-12-31").replace("н/д", "n/a") + "3000;Орал;5;;;;\n")
    line = areas(formed)

    assert line["refused"] == 2
    with pytest.raises(SystemExit):
        main(["quarantine", "areas", "--project", str(formed.folder), "--json"])
    places = json.loads(capsys.readouterr().out)["places"]
    assert [(p["column"], p["rule"], p["expected"]) for p in places] == [
        ("founded", "type", "date, dd.MM.yyyy"), ("budget", "type", "decimal(18,6), 1 000,00, ₸, н/д"),
    ]  # fmt: skip
    workspace = formed.open()
    exported = refusals.export_quarantine(workspace, workspace.register("areas")).decode()
    mended = tmp_path / "mended.csv"
    mended.write_text(exported.replace("1999-12-31", "31.12.1999").replace("n/a", "н/д"), encoding="utf-8")
    formed.now += timedelta(days=1)
    workspace = formed.open()
    resubmit(workspace, workspace.register("areas"), mended, wait_s=0)

    assert formed.open().quarantine_count("local.areas")["entries"] == 0
    assert ask(formed, "select founded, budget from areas order by code") == [
        (date(1999, 12, 31), Decimal("1234.500000")), (None, None), (None, None),
    ]  # fmt: skip


def test_check_names_what_is_not_carried_out(formed: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--project", str(formed.folder), "--json"])

    said = json.loads(capsys.readouterr().out)
    assert [(f["field"], f["where"].split(", ")[0]) for f in said["findings"]] == [
        ("encryptedName", "register local.areas")
    ]
