"""altyn synth and altyn demo --persons: the same bytes, a truth apart, a project that loads it through its contracts."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from altyn.cli.main import main
from altyn.errors import AltynError
from altyn.serve.use_cases.synthesising import synthesise
from altyn.serve.workspace import Workspace


def hashes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def rows(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(sql).fetchall()


def extract(folder: Path, register: str) -> list[list[str]]:
    """The rows of a register's file, the header first, read as `world.json` says."""
    said = json.loads((folder / "world.json").read_text(encoding="utf-8"))["files"][register]
    path = folder / said["path"]
    if path.suffix == ".xlsx":
        return [[str(c) for c in r] for r in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]
    with path.open(encoding=said["encoding"], newline="") as file:
        return list(csv.reader(file, delimiter=said["delimiter"]))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    synthesise(folder, 4000, seed=2, day=60, processes=1)
    return folder


def test_same_seed_same_bytes_in_any_number_of_processes(world: Path, tmp_path: Path) -> None:
    synthesise(tmp_path, 4000, seed=2, day=60, processes=3)
    assert hashes(tmp_path) == hashes(world)


def test_another_seed_is_another_country(world: Path, tmp_path: Path) -> None:
    synthesise(tmp_path, 4000, seed=3, day=60, processes=2)
    first, second = hashes(world), hashes(tmp_path)
    assert all(first[name] != second[name] for name in first)


def test_every_row_has_its_truth_and_does_not_tell_it(world: Path) -> None:
    known = json.loads((world / "world.json").read_text())
    assert known["synthetic"] is True
    for register, count in known["rows"].items():
        header, *records = extract(world, register)
        truth = {
            record for (record,) in rows(f"SELECT record FROM '{world}/truth/{register}.parquet' WHERE subject >= 0")
        }
        keys = [record[0] for record in records]
        assert len(keys) == count, register
        assert len(set(keys)) == count, register
        assert set(keys) == truth, register
        assert not {"person", "subject", "household"} & set(header)


def test_the_forms_of_the_files_differ(world: Path) -> None:
    files = json.loads((world / "world.json").read_text())["files"]
    kinds = {(Path(said["path"]).suffix, said.get("encoding"), said.get("delimiter")) for said in files.values()}

    assert {(".xlsx", None, None), (".csv", "cp1251", ";"), (".csv", "utf-8", ",")} <= kinds
    header, *paid = extract(world, "work.contributions")
    income, born = header.index("income"), header.index("birth_date")
    assert all(re.fullmatch(r"\d+,\d\d", record[income]) for record in paid)
    assert all(re.fullmatch(r"(\d\d\.\d\d\.\d{4})?", record[born]) for record in paid)


def test_a_later_day_brings_new_changed_gone_late_and_corrected_rows(world: Path, tmp_path: Path) -> None:
    """And of a register without corrections, names apart, no row says another thing than the day before."""
    synthesise(tmp_path / "first", 4000, seed=2, day=0, processes=1)
    seen = {kind: set[str]() for kind in ("new", "changed", "gone")}
    for register in json.loads((world / "world.json").read_text())["rows"]:
        (header, *before), (_, *after) = extract(tmp_path / "first", register), extract(world, register)
        first, then = {r[0]: r for r in before}, {r[0]: r for r in after}
        both = first.keys() & then.keys()
        seen["new"] |= {register} if then.keys() - first.keys() else set()
        seen["gone"] |= {register} if first.keys() - then.keys() else set()
        changed = {name for key in both for name, a, b in zip(header, first[key], then[key], strict=True) if a != b}
        seen["changed"] |= {register} if changed else set()
        assert not changed & {header[0], "since", "started_on", "bin", "share_percent", "employer_bin"}, register
    assert {
        "civil.persons",
        "civil.addresses",
        "civil.births",
        "civil.deaths",
        "work.employment",
        "social.payments",
    } <= seen["new"]
    assert {"civil.persons", "civil.addresses", "work.employment", "work.contributions"} <= seen["changed"]
    assert {"civil.persons", "social.payments", "bank.clients"} <= seen["gone"]
    # Late: told after the first day, of something before it.
    base = json.loads((world / "world.json").read_text())["base"]
    (header, *before), (_, *after) = extract(tmp_path / "first", "civil.addresses"), extract(world, "civil.addresses")
    since, known = header.index("since"), {record[0] for record in before}
    assert any(record[since] <= base for record in after if record[0] not in known)
    # Corrected: a given name never changes in the world, so another one in the same record is a mistake put right.
    (header, *before), (_, *after) = extract(tmp_path / "first", "civil.persons"), extract(world, "civil.persons")
    name, then = header.index("given_name"), {record[0]: record for record in after}
    assert [r for r in before if r[0] in then and r[name] != then[r[0]][name]]


def test_one_pack_is_written_as_it_stands_among_all(world: Path, tmp_path: Path) -> None:
    found = synthesise(tmp_path / "one", 4000, seed=2, day=60, processes=1, pack="business")

    whole = hashes(world)
    assert {name.split(".")[0] for name in found.rows} == {"business"}
    part = {name: sha for name, sha in hashes(tmp_path / "one").items() if name != "world.json"}
    assert len(part) == 8
    assert part.items() <= whole.items()


def test_histories_hold_in_the_files_too(world: Path) -> None:
    """Through the truth: shares add up, one home a day, the dead have no open job and are paid nothing."""
    header, *owned = extract(world, "business.owners")
    at = {name: place for place, name in enumerate(header)}
    shares: dict[str, float] = {}
    for record in owned:
        if not record[at["until"]]:
            shares[record[at["bin"]]] = shares.get(record[at["bin"]], 0) + float(record[at["share_percent"]])
    # Some entries are late: less than the whole is known of those, never more.
    assert all(total <= 100 for total in shares.values())
    assert sum(total == 100 for total in shares.values()) > 0.7 * len(shares)
    dead = {subject for (subject,) in rows(f"SELECT subject FROM '{world}/truth/civil.deaths.parquet'")}
    for register, until in (("work.employment", "ended_on"), ("social.payments", "until")):
        truth = dict(rows(f"SELECT record, subject FROM '{world}/truth/{register}.parquet'"))
        header, *records = extract(world, register)
        assert not [r for r in records if truth[r[0]] in dead and not r[header.index(until)]], register


def test_exact_numbers_alone_are_not_enough(world: Path) -> None:
    """The country is hard enough only where equal IINs alone find too little: the bar of F1 is 0.80."""
    of: Counter[int] = Counter()
    alike: Counter[str] = Counter()
    both: Counter[tuple[str, int]] = Counter()
    for register in ("civil.persons", "work.employment", "bank.clients", "health.attachments"):
        truth = dict(rows(f"SELECT record, subject FROM '{world}/truth/{register}.parquet'"))
        header, *records = extract(world, register)
        for record in records:
            subject, iin = truth[record[0]], record[header.index("iin")]
            of[subject] += 1
            if iin:
                alike[iin] += 1
                both[iin, subject] += 1

    def pairs(groups: Iterable[int]) -> int:
        return sum(n * (n - 1) // 2 for n in groups)

    assert 2 * pairs(both.values()) / (pairs(of.values()) + pairs(alike.values())) <= 0.80


@pytest.mark.parametrize(("persons", "day"), [(0, 0), (-1, 0), (41_000_000, 0), (10, 366), (10, -1)])
def test_impossible_countries_are_refused(tmp_path: Path, persons: int, day: int) -> None:
    with pytest.raises(AltynError, match="synth.range"):
        synthesise(tmp_path / "w", persons, day=day)
    assert not (tmp_path / "w").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(AltynError, match="synth.folder-used"):
        synthesise(tmp_path, 100)
    assert (tmp_path / "letter.txt").read_text() == "keep me"
    assert len(list(tmp_path.iterdir())) == 1


def test_one_person_is_a_country(tmp_path: Path) -> None:
    assert synthesise(tmp_path, 1, processes=1).rows["civil.persons"] == 1


def test_the_demo_loads_the_country_and_keeps_the_truth_out_of_reach(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "land"
    with pytest.raises(SystemExit) as ended:
        main(["demo", str(folder), "--persons", "3000", "--no-serve"])
    assert ended.value.code == 0
    capsys.readouterr()
    latest = Workspace.open(folder).store.snapshots.latest()
    assert latest
    assert latest.registers["civil.persons"].rows > 2900
    # The population register promises right numbers; what its keeper mistyped waits in quarantine.
    assert {rule for rule, _, _ in latest.registers["civil.persons"].quarantined} == {"identifier"}
    assert latest.registers["civil.persons"].quarantined_rows > 0
    assert sum(s.quarantined_rows for name, s in latest.registers.items() if name.split(".")[0] != "kazakhstan") == (
        latest.registers["civil.persons"].quarantined_rows
    )
    assert not list(folder.rglob("truth"))
    text = (folder / "altyn.toml").read_text()
    assert "synthetic = true" in text
    (folder / "altyn.toml").write_text(
        text.replace("data/civil/persons.csv", "../land-world/truth/civil.persons.parquet")
    )
    with pytest.raises((AltynError, SystemExit)):
        main(["run", "--project", str(folder)])
    assert "source.outside-project" in "".join(capsys.readouterr())


def test_reserved_numbers_are_refused_where_people_are_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "land"
    with pytest.raises(SystemExit):
        main(["demo", str(folder), "--persons", "500", "--no-serve"])
    real = folder / "altyn.toml"
    real.write_text(real.read_text().replace("synthetic = true", "synthetic = false"))
    (folder / "data" / "civil" / "persons.csv").write_text(
        (folder / "data" / "civil" / "persons.csv").read_text() + "\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["run", "--project", str(folder)])
    assert ended.value.code != 0
    assert "source.budget" in "".join(capsys.readouterr())
