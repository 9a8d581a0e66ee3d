"""Verbs that declare a register: a guess is shown before it is kept, and a first try is taken back without a trace."""

from __future__ import annotations

from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn

CONTRACT = "packs/local/registers/clinics.odcs.yaml"


def test_a_guess_is_kept_closed_and_taken_back_whole(altyn: Altyn, fresh: Trial) -> None:
    (fresh.folder / "data" / "clinics.csv").write_text(
        "code;Атауы;beds\n001;Бірінші;20\n002;Екінші;35\n", encoding="utf-8"
    )
    before = (fresh.folder / "altyn.toml").read_text(encoding="utf-8")
    found = altyn("add", fresh.folder / "data" / "clinics.csv", "--yes", "--project", fresh.folder)

    assert found.status == 0, found.err
    assert "local.clinics: 2 of 2 rows pass. 3 columns." in found.out
    assert (fresh.folder / CONTRACT).exists()
    assert "local.clinics" in (fresh.folder / "altyn.toml").read_text(encoding="utf-8")

    removed = altyn("remove", "local.clinics", "--yes", "--project", fresh.folder)
    assert (removed.status, (fresh.folder / CONTRACT).exists()) == (0, False)
    assert (fresh.folder / "altyn.toml").read_text(encoding="utf-8").rstrip() == before.rstrip()
    assert (fresh.folder / "data" / "clinics.csv").exists()


def test_for_programs_every_column_has_its_reason(altyn: Altyn, fresh: Trial) -> None:
    (fresh.folder / "data" / "clinics.csv").write_text("code,beds\n001,20\n002,35\n", encoding="utf-8")
    data = altyn("add", fresh.folder / "data" / "clinics.csv", "--json", "--project", fresh.folder).json

    assert (data["register"], data["key"], data["passed"]) == ("local.clinics", ["code"], 2)
    assert {c["name"]: c["type"] for c in data["columns"]} == {"code": "text", "beds": "integer"}
    assert all(c["reason"] for c in data["columns"])


def test_a_wide_table_is_shown_as_far_as_it_fits(altyn: Altyn, fresh: Trial) -> None:
    names = ",".join(f"c{n}" for n in range(60))
    (fresh.folder / "data" / "wide.csv").write_text(f"{names}\n" + ",".join("x" * 60) + "\n", encoding="utf-8")
    found = altyn("add", fresh.folder / "data" / "wide.csv", "--yes", "--project", fresh.folder)

    assert found.status == 0
    assert "more columns" in found.out
    assert max(map(len, found.out.splitlines()[2:6])) <= 160


def test_without_a_file_or_without_an_answer_nothing_is_kept(altyn: Altyn, fresh: Trial) -> None:
    (fresh.folder / "data" / "clinics.csv").write_text("code,beds\n001,20\n", encoding="utf-8")

    assert altyn("add", "--project", fresh.folder).status == 2
    assert altyn("add", fresh.folder / "data" / "clinics.csv", "--project", fresh.folder).status == 2, "nobody answers"
    assert not (fresh.folder / CONTRACT).exists()
    assert altyn("remove", "local.nothing", "--yes", "--project", fresh.folder).status != 0
