"""Erasure by order: two persons, nothing of the record left in any byte, and everything else as it was."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import auditing, erasing, keeping, questions
from altyn.serve.use_cases.running import run_project
from altyn.store import memories, slices
from altyn.store.orders import Orders
from altyn.store.proof import Proof, prove
from tests import accounts
from tests.crash import rounds
from tests.integration.conftest import Trial, settled

Ask = Callable[..., list[tuple[object, ...]]]
KEY, NAME, OLD_NAME = "7777", "Құпия-Атау-4711", "Бұрынғы-Атау-4712"
ALL = "SELECT code, title, people FROM areas ORDER BY code"
GROUND = "Court of Nowhere, decision 12 of 2026-03-04"


@pytest.fixture
def lived(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A project in which the record was loaded, changed, refused, and refused with a key in another cell.

    Its lines are remembered, what changed lies beside older copies, and a killed question left rows of Spark's behind.
    """
    monkeypatch.setattr(memories, "_FROM_BYTES", 0)
    monkeypatch.setattr(slices, "_MOST_SINCE", 10)
    rest = trial.folder / ".altyn" / "spark" / "999999999-dead"
    rest.mkdir(parents=True)
    (rest / "part-0").write_text(f"{KEY} {NAME}", encoding="utf-8")
    measures = trial.folder / "packs" / "local" / "measures"
    measures.mkdir()
    text = rounds.MEASURE.replace("SELECT code, people FROM areas", "SELECT code || title AS code, people FROM areas")
    (measures / "people.toml").write_text(text, encoding="utf-8")
    trial.places("p1,1000,2020-01-01,\n")
    trial.areas(f"1000,Алматы,20\n{KEY},{OLD_NAME},1\nx,Қате,1\n")
    assert not trial.run().errors
    trial.areas(f"1000,Алматы,21\n{KEY},{NAME},2\n2000,Ақтөбе,5\n")
    assert not trial.run().errors
    trial.areas(f"1000,Алматы,21\n{KEY},{NAME},x\n2000,Ақтөбе,5\n{KEY}{KEY},{KEY},3\nyy,{KEY} {NAME},1,too many\n")
    assert not trial.run().errors
    assert questions.query(trial.open(), ALL).rows()
    return trial


def proofs(trial: Trial) -> list[Proof]:
    store = trial.open().store
    with Session() as session:
        return [prove(session, store.folders, store.snapshots, s) for s in store.snapshots.all()]


def others(trial: Trial) -> list[list[tuple[Any, ...]]]:
    """Every version of every other record as each snapshot shows it."""
    answers = []
    workspace = trial.open()
    for snapshot in workspace.snapshots():
        at = snapshot.published_at.isoformat()
        answers.append(
            questions.query(workspace, f"SELECT * FROM areas WHERE code <> '{KEY}' ORDER BY code", known_at=at).rows()
        )
    for key in ("1000", "2000"):
        versions = questions.history(workspace, workspace.register("areas"), key)
        answers.append([(v.values, v.op, v.recorded_at, v.batch.number, v.line) for v in versions])
    return answers


def where(folder: Path, *texts: str) -> list[str]:
    """Files in whose bytes, or cells if they are Parquet, one of the texts stands; not as a piece of a random hex text."""
    found: list[str] = []
    wanted = re.compile(b"|".join(rb"(?<![0-9a-f])" + re.escape(t.encode()) + rb"(?![0-9a-f])" for t in texts))
    with Session() as session:
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            if path.suffix == ".parquet" or content[:4] == b"PAR1":
                rows = session.run(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet('{path}')")
                content += repr(rows).encode()
            if wanted.search(content):
                found.append(str(path.relative_to(folder)))
    return found


def erase(trial: Trial, key: str = KEY) -> erasing.PlannedOrder:
    asked = erasing.request(trial.open(), trial.open().register("areas"), [key], GROUND)
    return carry_out(trial, asked.order.number)


def carry_out(trial: Trial, number: int) -> erasing.PlannedOrder:
    """Let a second person approve an order, and the project's keeper carry it out."""
    accounts.approve(trial.folder, number)
    return erasing.execute(trial.open(), number)


def test_a_portal_that_kept_pages_of_it_shows_it_no_more(lived: Trial) -> None:
    settled(lived)
    client = TestClient(create_app(lived.open()), base_url="http://localhost")
    tags: dict[str, str] = {}
    for page in (f"row/{KEY}", "rows", "rows?known_at=2026-03-02T12%3A00"):
        for _ in range(2):
            answer = client.get(f"/en/registers/local.areas/{page}")
            assert NAME in answer.text or OLD_NAME in answer.text
            tags[page] = answer.headers["etag"]
    assert lived.open().gate.log.records()[-1]["repeats"]
    erase(lived)
    for _ in range(3):
        for page, tag in tags.items():
            answer = client.get(f"/en/registers/local.areas/{page}", headers={"if-none-match": tag})
            assert answer.status_code == (200 if page.startswith("rows") else 403)
            assert NAME not in answer.text
            assert OLD_NAME not in answer.text
        settled(lived)


def test_that_a_record_was_erased_is_told_behind_the_gate(lived: Trial) -> None:
    """Of a closed register its order and ground would say that somebody's record had been there."""
    erase(lived)
    corrected(lived)
    lived.contract(is_open=False)
    lived.run()
    workspace = lived.open()
    before = len(workspace.gate.log.records())
    with pytest.raises(AltynError) as caught:
        questions.history(workspace, workspace.register("areas"), KEY)

    assert caught.value.code == "gate.register-closed"
    assert GROUND not in str(caught.value)
    assert [r["outcome"] for r in workspace.gate.log.records()[before:]] == ["refused"]


def corrected(trial: Trial) -> None:
    """What the source sends once it has erased the record itself."""
    trial.areas("1000,Алматы,22\n2000,Ақтөбе,5\n")


def test_nothing_of_the_record_is_left(lived: Trial, ask: Ask) -> None:
    before = others(lived)
    assert len(where(lived.folder / ".altyn", KEY, NAME, OLD_NAME)) > 4, "the test looks where there is nothing"
    asked = erasing.request(lived.open(), lived.open().register("areas"), [KEY], GROUND)
    assert (asked.preview.records, asked.preview.versions, asked.preview.snapshots) == (1, 2, 3)
    assert asked.preview.refused >= 2
    assert asked.sources == ("data/areas.csv",)
    assert ask(lived, ALL)[-1] == (KEY, NAME, 2), "a request erases nothing"

    done = carry_out(lived, asked.order.number)
    assert done.order.status == "executed"
    assert where(lived.folder / ".altyn", KEY, NAME, OLD_NAME) == []
    assert others(lived) == before
    assert ask(lived, ALL) == [("1000", "Алматы", 21), ("2000", "Ақтөбе", 5)]
    assert auditing.audit(lived.open()).require_whole().records > 0
    for snapshot in lived.open().snapshots():
        for state in snapshot.tables.values():
            assert (lived.folder / ".altyn" / state.path).exists()
    with pytest.raises(AltynError) as caught:
        questions.history(lived.open(), lived.open().register("areas"), KEY)
    assert caught.value.code == "record.erased"
    assert "order 1" in str(caught.value)
    page = TestClient(create_app(lived.open()), base_url="http://localhost").get(f"/en/registers/local.areas/row/{KEY}")
    assert "The record was erased by order 1" in page.text
    assert NAME not in page.text

    # The source still sends it: it does not come back, in rows or in quarantine.
    assert not lived.run().errors
    lived.areas(f"1000,Алматы,22\n{KEY},{NAME},2\n2000,Ақтөбе,5\n{KEY},{NAME},x\n")
    report = lived.run()
    assert [f["rows"] for f in report.findings if f["rule"] == "erased"]
    assert where(lived.folder / ".altyn", KEY, NAME, OLD_NAME) == []
    corrected(lived)
    assert not lived.run().errors
    assert where(lived.folder, KEY, NAME, OLD_NAME) == []


def test_nothing_is_left_in_what_a_keeper_looked_at(lived: Trial) -> None:
    lived.contract(version="2.0.0", is_open=False)
    assert not lived.run().errors
    workspace = lived.open()
    for snapshot in workspace.snapshots():
        at = snapshot.published_at.isoformat()
        rows = questions.query(workspace, ALL, purpose="keeping", known_at=at).rows()
        assert {(KEY, OLD_NAME, 1), (KEY, NAME, 2)} & set(rows)
    copies = [p for p in where(lived.folder / ".altyn", KEY) if "keeping-" in p]
    erase(lived)

    assert copies
    assert where(lived.folder / ".altyn", KEY, NAME, OLD_NAME) == []


def test_nothing_is_left_of_a_batch_that_was_refused_whole(lived: Trial) -> None:
    wrong = "".join(f"x{n},{NAME},1\n" for n in range(30))
    lived.areas(f"1000,Алматы,20\n{KEY},{NAME},x\n{wrong}")
    assert [e.code for e in lived.run().errors] == ["source.budget"]
    assert any("held/" in path for path in where(lived.folder / ".altyn", NAME))
    corrected(lived)
    erase(lived)

    assert where(lived.folder / ".altyn", NAME) == []


def test_nothing_is_left_in_the_words_of_older_snapshots(lived: Trial) -> None:
    """Reports of an older Altyn quoted header lines; a file may be called by a name."""
    snapshots = lived.open().store.snapshots
    first = snapshots.get(1)
    batch = first.batches[0]
    words = {"en": f"Columns here: {KEY}, {NAME}, 1.", "kk": f"{OLD_NAME}"}
    snapshots.replace(
        replace(
            first,
            report=({"register": "local.areas", "error": {"code": "source.empty", "what": words}},),
            findings=(*first.findings, {"register": "local.areas", "rule": "x", "rows": 7777, "message": words}),
            batches=(replace(batch, files=({**batch.files[0], "display": f"data/{NAME}.csv"},)), *first.batches[1:]),
        )
    )
    done = erase(lived)

    assert where(lived.folder / ".altyn", NAME, OLD_NAME) == []
    assert done.order.counts["texts"] == 5
    cleaned = lived.open().store.snapshots.get(1)
    assert cleaned.report[0]["error"]["what"]["en"] == "Columns here: [erased], [erased], 1."
    assert cleaned.findings[-1]["rows"] == 7777, "a count is no text of a record"
    assert cleaned.batches[0].files[0]["display"] == "data/[erased].csv"


def test_a_refused_row_that_lost_its_key_goes_with_its_record_and_no_other(lived: Trial) -> None:
    refused = lived.folder / ".altyn" / "quarantine"
    # One title the record had once is another's too.
    lived.areas(f"1000,Алматы,21\n2000,Ақтөбе,5\n{KEY},Алматы,2\n")
    assert not lived.run().errors
    lived.areas(f"1000,Алматы,21\n2000,Ақтөбе,5\n,{NAME},4\n,Алматы,4\n")
    assert not lived.run().errors
    assert where(refused, NAME)
    assert where(refused, "Алматы")
    erase(lived)

    assert where(lived.folder / ".altyn", NAME) == []
    assert where(refused, "Алматы")


def test_a_short_key_takes_no_line_of_another(trial: Trial) -> None:
    """A number of one digit stands in every second line: as a count, in another key, in a name of a street."""
    trial.contract(extra="")
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{4}$", "{1,4}$"), encoding="utf-8")
    trial.areas("3,Бірінші-4711,3\n30,Отызыншы,5\n")
    assert not trial.run().errors
    good = "".join(f"{n},Жаңа {n},1\n" for n in range(900, 920))
    trial.areas(f"{good}3,Бірінші-4711,x\n30,Көше 3,x\n31,3,x\n307,Көше 307,3,too many\n3,Бірінші-4711,4,too many\n")
    assert not trial.run().errors
    refused = trial.folder / ".altyn" / "quarantine"
    assert where(refused, "Көше 3")
    erase(trial, "3")
    with Session() as session:
        files = ", ".join(f"'{p}'" for p in refused.rglob("*.parquet"))
        left = {raw for (raw,) in session.run(f"SELECT DISTINCT raw FROM read_parquet([{files}])")}

    assert where(trial.folder / ".altyn", "Бірінші-4711") == []
    assert [sum(text in raw for raw in left) for text in ("Көше 3", "31", "307")] == [2, 1, 1]


@pytest.mark.parametrize("word", ["register", "clinics", "local", "areas", "rule", "pattern"])
def test_a_record_may_be_called_like_a_word_of_ours(lived: Trial, word: str) -> None:
    """What reports call registers, columns and rules is no text of a record, and pages go on."""
    lived.areas(f"1000,Алматы,21\n2000,Ақтөбе,5\n9000,{word},5\nzz,Қате,5\n")
    assert not lived.run().errors

    def told() -> list[object]:
        # But for sentences, in which the word may be the record's.
        found = [(s.findings, s.report) for s in lived.open().store.snapshots.all()]
        return [
            [{k: v for k, v in line.items() if k != "message"} for line in lines] for pair in found for lines in pair
        ]

    before = told()
    erase(lived, "9000")

    assert told() == before
    page = TestClient(create_app(lived.open()), base_url="http://localhost").get("/en/registers/local.areas")
    assert page.status_code == 200


def test_two_persons_and_a_ground(lived: Trial) -> None:
    register = lived.open().register("areas")
    with pytest.raises(AltynError, match=r"order\.ground"):
        erasing.request(lived.open(), register, [KEY], " ")
    with pytest.raises(AltynError, match=r"order\.nothing"):
        erasing.request(lived.open(), register, ["9999"], GROUND)
    asked = erasing.request(lived.open(), register, [KEY], GROUND)
    for attempt in (
        lambda: erasing.approve(lived.folder, 1, str(erasing.shown(lived.folder, 1)["hash"])),
        lambda: erasing.execute(lived.open(), 1),
    ):
        with pytest.raises(AltynError, match=r"order\.(same-person|unapproved)"):
            attempt()
    assert where(lived.folder / ".altyn" / "orders", KEY, NAME) == [], "an order names nobody"
    erasing.withdraw(lived.open(), asked.order.number)
    with pytest.raises(AltynError, match=r"order\.decided"):
        carry_out(lived, asked.order.number)


def test_a_hold_wins(lived: Trial) -> None:
    register = lived.open().register("areas")
    asked = erasing.request(lived.open(), register, [KEY], GROUND)
    held = erasing.request(lived.open(), register, [KEY], "investigation 5", "hold")
    for attempt in (
        lambda: carry_out(lived, asked.order.number),
        lambda: erasing.request(lived.open(), register, [KEY], GROUND),
    ):
        with pytest.raises(AltynError, match=r"order\.held"):
            attempt()
    before = proofs(lived)
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        erasing.withdraw(lived.open(), held.order.number)
    accounts.approve(lived.folder, held.order.number)
    erasing.withdraw(lived.open(), held.order.number)
    assert proofs(lived) == before
    assert carry_out(lived, asked.order.number).order.status == "executed"


def test_a_hold_of_an_older_altyn_is_shown_anew_and_released(lived: Trial) -> None:
    """It says no number of who asked: who has it ended now, asks now."""
    held = erasing.request(lived.open(), lived.open().register("areas"), [KEY], "investigation 5", "hold").order
    Orders(lived.open().store.folders).change(held, once="", requested_uids=(), project="")
    shutil.rmtree(lived.folder / "approvals")
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        erasing.withdraw(lived.open(), held.number)
    accounts.approve(lived.folder, held.number)

    assert erasing.withdraw(lived.open(), held.number).status == "released"


def test_what_nobody_approved_is_not_finished_either(lived: Trial) -> None:
    """An order's file that says it is under way already, written by whoever keeps the project."""
    asked = erasing.request(lived.open(), lived.open().register("areas"), [KEY], GROUND).order
    Orders(lived.open().store.folders).change(asked, status="executing", decided_by="bolat")
    before = proofs(lived)
    corrected(lived)
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        run_project(lived.open())

    assert proofs(lived) == before


def test_an_erasure_that_was_finished_later_is_recorded(lived: Trial) -> None:
    asked = erasing.request(lived.open(), lived.open().register("areas"), [KEY], GROUND).order
    accounts.approve(lived.folder, asked.number)
    process = rounds.CONTEXT.Process(target=_execute, args=(str(lived.folder), asked.number, "erase.repointed:1"))
    process.start()
    process.join(60)
    assert process.exitcode in rounds.KILLED
    corrected(lived)
    run_project(lived.open())

    assert [r["outcome"] for r in lived.open().gate.log.records() if r.get("order")] == [
        "ordered",
        "approved",
        "executed",
    ]


def test_a_restored_backup_gets_the_order_again(lived: Trial, tmp_path: Path) -> None:
    corrected(lived)
    lived.run()
    place = tmp_path / "backups"
    keeping.backup_project(lived.folder, str(place))
    done = erase(lived)
    assert done.unreached == ()
    report = keeping.restore_project(str(place), tmp_path / "restored")

    assert report.orders == 1
    restored = Trial(tmp_path / "restored", lived.now)
    assert where(restored.folder, KEY, NAME, OLD_NAME) == []
    assert proofs(restored) == proofs(lived)
    # A backup made after the erasure has nothing to erase.
    keeping.backup_project(lived.folder, str(tmp_path / "later"))
    assert keeping.restore_project(str(tmp_path / "later"), tmp_path / "again").orders == 0
    assert proofs(Trial(tmp_path / "again", lived.now)) == proofs(lived)


def test_a_second_erasure_and_further_runs(lived: Trial, ask: Ask) -> None:
    erase(lived)
    corrected(lived)
    lived.run()
    erase(lived, "2000")
    lived.areas("1000,Алматы,23\n3000,Қызылорда,1\n")
    assert not lived.run().errors
    assert ask(lived, ALL) == [("1000", "Алматы", 23), ("3000", "Қызылорда", 1)]
    assert where(lived.folder / ".altyn", KEY, NAME, "Ақтөбе") == []
    assert [o.status for o in Orders(lived.open().store.folders).all()] == ["executed", "executed"]


@pytest.fixture
def retained(trial: Trial) -> Trial:
    path = trial.folder / "packs" / "local" / "registers" / "places.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("{property: altyn.time", "{property: altyn.retention, value: P5Y}\n      - {property: altyn.time"),
        encoding="utf-8",
    )
    trial.places(
        "old,1000,2010-01-01,2020-02-29\nheld,1000,2010-01-01,2020-02-28\nnow,1000,2010-01-01,\nlate,1000,2015-01-01,2025-01-01\n"
    )
    trial.run()
    return trial


def test_retention_asks_for_what_is_over_and_spares_what_is_held(retained: Trial, ask: Ask) -> None:
    erasing.request(retained.open(), retained.open().register("places"), ["held"], "appeal 7", "hold")
    assert erasing.expired(retained.open(), date(2025, 2, 28)) == [], "the period ends with the day after"
    made = erasing.expired(retained.open(), date(2025, 3, 1))
    assert [(d.order.register, d.order.kind, d.preview.records) for d in made] == [("local.places", "retain", 1)]
    assert erasing.expired(retained.open(), date(2025, 3, 1)) == [], "it is asked for once"
    carry_out(retained, made[0].order.number)
    assert ask(retained, "SELECT id FROM places ORDER BY id") == [("held",), ("late",), ("now",)]


@pytest.mark.parametrize(
    "moment",
    [
        "erase.written",
        "erase.repointed",
        "erase.quarantine",
        "erase.texts",
        "erase.removed",
        "write.synced",
        "write.named",
        "journal.committed",
    ],
)
def test_an_erasure_that_is_interrupted_is_finished_by_the_next_run(lived: Trial, tmp_path: Path, moment: str) -> None:
    number = erasing.request(lived.open(), lived.open().register("areas"), [KEY], GROUND).order.number
    corrected(lived)
    for count in range(1, 12):
        copy = Trial(tmp_path / f"copy-{count}", lived.now)
        shutil.copytree(lived.folder, copy.folder)
        accounts.approve(copy.folder, number)
        process = rounds.CONTEXT.Process(target=_execute, args=(str(copy.folder), number, f"{moment}:{count}"))
        process.start()
        process.join(60)
        ended = process.exitcode
        if ended == 0:
            assert count > 1
            return
        assert ended in rounds.KILLED
        run_project(copy.open())
        status = Orders(copy.open().store.folders).get(number).status
        if status == "requested":
            # It ended before the order was on its way: nothing is erased, and the approval still stands.
            assert erasing.execute(copy.open(), number).order.status == "executed"
        else:
            assert status == "executed"
        assert where(copy.folder, KEY, NAME, OLD_NAME) == []
        assert not list((copy.folder / ".altyn" / "store" / "local").glob("areas"))


def _execute(folder: str, number: int, fault: str) -> None:
    import os

    from altyn.serve.workspace import Workspace

    os.environ["ALTYN_FAULT"] = fault
    erasing.execute(Workspace.open(Path(folder)), number)
    os._exit(0)
