"""altyn link on plain files: what it writes, what it proposes, and what it refuses before any work."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from altyn.cli.main import main
from altyn.errors import AltynError
from altyn.serve.use_cases.linking import link_files, propose_for, read_specification
from tests.unit.identity.people import Person, again, doubled, f1, people

HEADERS = ("Фамилия", "Имя", "Дата рождения", "Город", "Телефон")


def written(path: Path, records: list[Person], headers: tuple[str, ...] = HEADERS, encoding: str = "utf-8") -> Path:
    """A file with a record number in front."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record_id", *headers))
        writer.writerows((f"r{number}", *record) for number, record in enumerate(records))
    return path


def rows_of(path: Path) -> list[tuple[str, int, str, int, float]]:
    return answer(f"SELECT source, row, id, cluster, probability FROM '{path}' ORDER BY source, row")


def answer(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(sql).fetchall()


def test_doubles_in_one_file(tmp_path: Path) -> None:
    records, truth = doubled(600, 0.5, seed=4)
    file = written(tmp_path / "people.csv", records)

    report = link_files([file], tmp_path / "c.parquet", pairs=tmp_path / "p.parquet")
    rows = rows_of(tmp_path / "c.parquet")

    assert [(source, row, own) for source, row, own, _, _ in rows] == [
        ("people.csv", n + 1, f"r{n}") for n in range(len(records))
    ]
    import numpy as np

    assert f1(np.asarray([cluster for *_, cluster, _ in rows]), truth) > 0.95
    assert all(0 <= probability <= 1 for *_, probability in rows)
    assert report.was_proposed
    assert {f.name: f.kind for f in report.specification.fields}["family"] == "person name"
    columns = {name for name, *_ in answer(f"DESCRIBE SELECT * FROM '{tmp_path / 'p.parquet'}'")}
    assert {"row_left", "row_right", "weight", "probability", "level_family"} <= columns
    assert answer(f"SELECT count(*) FROM '{tmp_path / 'p.parquet'}' WHERE row_left >= row_right") == [(0,)]


def test_two_files_in_two_encodings_and_two_scripts(tmp_path: Path) -> None:
    first = people(300, 8)
    rng = random.Random(2)  # noqa: S311
    second = [again(person, rng) for person in first]
    latin = {"Асқар": "ASKAR", "Нұрлан": "NURLAN", "Қайрат": "KAIRAT"}
    second = [(family, latin.get(given, given), birth, town, phone) for family, given, birth, town, phone in second]
    one = written(tmp_path / "one.csv", first)
    two = written(tmp_path / "two.csv", second, ("surname", "first_name", "birth_date", "city", "phone"), "utf-16")

    link_files([one, two], tmp_path / "c.parquet")
    rows = rows_of(tmp_path / "c.parquet")
    left, right = ([cluster for source, *_, cluster, _ in rows if source == name] for name in ("one.csv", "two.csv"))

    assert sum(a == b for a, b in zip(left, right, strict=True)) > 280


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path / "people.csv", doubled(300, 0.3, seed=1)[0])
    for name in ("a", "b"):
        link_files([file], tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_proposal_can_be_kept_and_given_back(tmp_path: Path) -> None:
    file = written(tmp_path / "people.csv", doubled(300, 0.3, seed=1)[0])
    proposed = propose_for([file])
    kept = tmp_path / "spec.toml"
    kept.write_text(proposed.text(), encoding="utf-8")

    again_ = read_specification(kept)

    assert again_.fields == proposed.fields
    assert again_.columns == proposed.columns
    link_files([file], tmp_path / "a", specification=proposed)
    link_files([file], tmp_path / "b", specification=again_)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_every_column_left_out_is_listed_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records, _ = doubled(200, 0.3, seed=1)
    one = written(tmp_path / "one.csv", [(*r[:4], "") for r in records[:150]], (*HEADERS[:4], "Its Note"))
    two = written(tmp_path / "two.csv", [(*r[:4], "") for r in records[150:]], (*HEADERS[:4], "its_note"))
    proposed = propose_for([one, two])
    assert set(proposed.left_out) >= {"Its Note", "its_note"}

    kept = tmp_path / "spec.toml"
    kept.write_text(proposed.text(), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["link", str(one), str(two), "--spec", str(kept), "--out", str(tmp_path / "c"), "--json"])
    told = json.loads(capsys.readouterr().out)
    named = {h for field in told["fields"] for h in field["columns"]} | set(proposed.id_columns)

    assert set(told["left_out"]) | named >= {"record_id", *HEADERS[:4], "Its Note", "its_note"}
    assert told["left_out"]["its_note"] == "the specification does not name it"
    assert told["precision_expected"] is told["recall_expected"] is None


def test_an_answer_in_the_file_is_not_used(tmp_path: Path) -> None:
    records, truth = doubled(200, 0.3, seed=1)
    file = tmp_path / "people.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow((*HEADERS, "entity"))
        writer.writerows((*record, entity) for record, entity in zip(records, truth, strict=True))

    proposed = propose_for([file])

    assert "entity" not in [h for headers in proposed.columns.values() for h in headers]
    assert proposed.left_out["entity"] == "it looks like the answer"


SPEC = '[fields.family]\nkind = "person name"\ncolumns = ["Фамилия"]\n'


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("not toml [", "identity.specification"),
        ("", "identity.specification"),
        (SPEC.replace("person name", "persn name"), "identity.specification"),
        (SPEC + 'part = "middle"\n', "identity.specification"),
        (SPEC + "colums = []\n", "identity.specification"),
        (SPEC + '[[blocking]]\nagree = ["famly"]\n', "identity.specification"),
        (SPEC + '[[blocking]]\nagree = ["family: year"]\n', "identity.specification"),
        (SPEC + "[[blocking]]\nagree = []\n", "identity.specification"),
        (SPEC.replace("Фамилия", "Nachname"), "identity.column-missing"),
    ],
)
def test_a_wrong_specification_is_refused(tmp_path: Path, spec: str, code: str) -> None:
    file = written(tmp_path / "people.csv", people(5, 1))
    (tmp_path / "spec.toml").write_text(spec, encoding="utf-8")

    with pytest.raises(AltynError) as caught:
        link_files([file], tmp_path / "c.parquet", specification=read_specification(tmp_path / "spec.toml"))

    assert caught.value.code == code
    assert not (tmp_path / "c.parquet").exists()


def test_what_would_not_fit_is_refused_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "people.csv", doubled(3000, 0.3, seed=1)[0])
    monkeypatch.setenv("ALTYN_MEMORY_MB", "1")

    with pytest.raises(AltynError) as caught:
        link_files([file], tmp_path / "c.parquet")

    assert caught.value.code == "identity.memory"
    assert not (tmp_path / "c.parquet").exists()


def test_columns_that_say_nothing_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("a,b\n,\n,\n", encoding="utf-8")

    with pytest.raises(AltynError) as caught:
        link_files([file], tmp_path / "c.parquet")

    assert caught.value.code == "identity.nothing-to-compare"


def test_a_row_that_cannot_be_read_keeps_its_place(tmp_path: Path) -> None:
    file = written(tmp_path / "people.csv", people(20, 1))
    lines = file.read_text(encoding="utf-8").splitlines()
    lines.insert(6, "r-broken,only,three")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    report = link_files([file], tmp_path / "c.parquet")
    rows = rows_of(tmp_path / "c.parquet")

    assert [own for _, _, own, _, _ in rows][4:8] == ["r4", None, "r5", "r6"]
    assert report.unlinkable == 1


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "people.csv", doubled(200, 0.3, seed=1)[0])

    for words in (["link", str(file), "--show-spec"], ["link", str(file), "--out", str(tmp_path / "c.parquet")]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert not left.value.code

    shown = capsys.readouterr().out
    assert "[fields.family]" in shown
    assert "260" in shown
    assert (tmp_path / "c.parquet").exists()
