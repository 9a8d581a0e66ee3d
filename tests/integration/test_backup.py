"""Backup and restore: what comes back is what was there, or nothing comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases import questions, refusals
from altyn.serve.use_cases.auditing import audit
from altyn.serve.use_cases.keeping import backup_project, restore_project
from altyn.serve.workspace import Workspace
from altyn.store import Run, Snapshot
from altyn.store import backup as backup_module
from altyn.store.manifests import backups_of, newest_manifest
from altyn.store.places import FolderPlace, ObjectStore, place_of
from altyn.store.snapshots import Snapshots
from tests.buckets import bucket
from tests.integration.conftest import Trial

Ask = Callable[..., list[tuple[object, ...]]]
MEASURE = """\
measure = "people"
version = "1.0.0"
title = {kk = "Халық", ru = "Население", en = "People"}
definition = {kk = "Саны", ru = "Число", en = "How many"}
unit = "person"
grain = "one row per area"
owner = "nobody"
source = "made up"
inputs = {areas = "areas"}
rows = "SELECT code, people FROM areas"
value = "sum(people)"
"""


@pytest.fixture(params=["folder", "bucket"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty place of each kind."""
    if request.param == "folder":
        yield str(tmp_path / "backups")
        return
    with bucket() as address:
        yield f"{address}/altyn"


@pytest.fixture
def kept(trial: Trial) -> Trial:
    """A project with three snapshots, a retraction, a refused row, a measure, a log and a database."""
    (trial.folder / "packs" / "local" / "measures").mkdir()
    (trial.folder / "packs" / "local" / "measures" / "people.toml").write_text(MEASURE, encoding="utf-8")
    trial.run()
    trial.areas("1000,Алматы,21\n20O0,Қате,1\n")
    trial.run()
    trial.areas("1000,Алматы,22\n3000,Шымкент,3\n")
    trial.run()
    questions.query(trial.open(), "select 1 from areas")
    with closing(sqlite3.connect(trial.folder / ".altyn" / "cases.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE cases AS SELECT 7 AS n")
        database.commit()
    return trial


def _answers(ask: Ask, trial: Trial) -> list[object]:
    workspace = trial.open()
    snapshots = workspace.snapshots()
    history = questions.history(workspace, workspace.register("areas"), "1000")
    return [
        [(s.number, s.published_at) for s in snapshots],
        [
            ask(trial, "select * from areas order by code", known_at=s.published_at.isoformat())
            for s in workspace.snapshots()
        ],
        [(v.values, v.op, v.recorded_at, v.file, v.line) for v in history],
        refusals.export_quarantine(workspace, workspace.register("areas")),
        ask(trial, "select * from places order by id", as_of="2022-12-31"),
    ]


def _tables(trial: Trial) -> dict[str, list[tuple[object, ...]]]:
    workspace = trial.open()
    gone = [s.tables for s in workspace.snapshots()]
    assert all((trial.folder / ".altyn" / m.path).exists() for measures in gone for m in measures.values())
    return {m.path: [] for measures in gone for m in measures.values()}


def test_what_is_restored_answers_as_the_project_did(kept: Trial, ask: Ask, destination: str, tmp_path: Path) -> None:
    before, tables = _answers(ask, kept), _tables(kept)
    made = backup_project(kept.folder, destination)
    restored = restore_project(destination, tmp_path / "new")
    there = Trial(tmp_path / "new", kept.now)

    assert (restored.backup, restored.snapshot, restored.snapshots) == (made.name, 3, 3)
    assert restored.proofs == made.proofs
    assert restored.proofs["local.areas"]["versions"] == 6
    assert restored.log_records >= 1
    assert (restored.lost_measures, restored.problem) == ([], None)
    assert _answers(ask, there) == before
    assert _tables(there) == tables
    with closing(sqlite3.connect(there.folder / ".altyn" / "cases.sqlite")) as database:
        assert database.execute("SELECT n FROM cases").fetchall() == [(7,)]
    # What is derived gets its mode from the command line's umask, as in every project.
    modes = {p.stat().st_mode & 0o777 for p in (there.folder / ".altyn" / "store").rglob("*")}
    assert modes <= {0o600, 0o700}
    assert sorted(p.name for p in there.folder.iterdir()) == [".altyn", "altyn.toml", "packs"]


def test_a_restored_project_goes_on(kept: Trial, ask: Ask, tmp_path: Path) -> None:
    backup_project(kept.folder, str(tmp_path / "b"))
    restore_project(str(tmp_path / "b"), tmp_path / "new")
    there = Trial(tmp_path / "new", kept.now)
    shutil.copytree(kept.folder / "data", there.folder / "data")
    assert there.run().snapshot is None
    there.areas("1000,Алматы,23\n")

    assert there.run().exit_status == 0
    assert ask(there, "select code, people from areas") == [("1000", 23)]
    assert [s.number for s in there.open().snapshots()] == [1, 2, 3, 4]


def test_what_has_not_changed_is_not_sent_again(kept: Trial, destination: str) -> None:
    first = backup_project(kept.folder, destination)
    again = backup_project(kept.folder, destination)
    kept.areas("1000,Алматы,99\n")
    kept.run()
    third = backup_project(kept.folder, destination)

    assert first.sent_objects > 10
    assert first.verified_objects == first.sent_objects
    assert (again.sent_objects, again.files) == (0, first.files)
    # A snapshot, a commit, a data file and perhaps a quarantine; not what was there.
    assert 3 <= third.sent_objects <= 5
    assert len({first.name, again.name, third.name}) == 3
    assert backups_of(place_of(destination)) == sorted([first.name, again.name, third.name])


def test_an_earlier_backup_is_restored_by_name(kept: Trial, tmp_path: Path) -> None:
    first = backup_project(kept.folder, str(tmp_path / "b"))
    kept.areas("1000,Алматы,99\n")
    kept.run()
    backup_project(kept.folder, str(tmp_path / "b"))

    assert restore_project(str(tmp_path / "b"), tmp_path / "old", backup=first.name).snapshot == 3
    assert restore_project(str(tmp_path / "b"), tmp_path / "new").snapshot == 4
    with pytest.raises(AltynError, match="backup.none") as caught:
        restore_project(str(tmp_path / "b"), tmp_path / "none", backup="20200101T000000Z-000001")
    assert first.name in str(caught.value)


def _victims(address: str) -> tuple[Path, list[Path]]:
    _, manifest = newest_manifest(place_of(address))
    pieces = sorted({p.name for f in manifest.files for p in f.pieces if p.size > 1})
    return Path(address), [Path(address) / name for name in pieces]


@pytest.mark.parametrize("harm", ["damaged", "missing", "swapped", "longer"])
def test_an_object_that_is_not_what_was_written_is_named_and_nothing_is_put_in_place(
    kept: Trial, tmp_path: Path, harm: str
) -> None:
    backup_project(kept.folder, str(tmp_path / "b"))
    _, objects = _victims(str(tmp_path / "b"))
    for number in (0, len(objects) // 2, len(objects) - 1):
        victim, other = objects[number], objects[number - 1]
        content, beside = victim.read_bytes(), other.read_bytes()
        if harm == "missing":
            victim.unlink()
        elif harm == "swapped":
            victim.write_bytes(beside)
            other.write_bytes(content)
        elif harm == "longer":
            victim.write_bytes(content + b" ")
        else:
            victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        target = tmp_path / f"new{number}"
        with pytest.raises(AltynError, match="backup.damaged") as caught:
            restore_project(str(tmp_path / "b"), target)
        assert victim.name in str(caught.value) or other.name in str(caught.value)
        assert "--backup NAME" in str(caught.value)
        assert [p.name for p in target.iterdir()] == [".restoring"]
        victim.write_bytes(content)
        other.write_bytes(beside)
        # Mended, the same command goes on.
        assert restore_project(str(tmp_path / "b"), target).snapshot == 3


def test_verify_finds_damage_in_the_place_and_mends_it(kept: Trial, destination: str, tmp_path: Path) -> None:
    backup_project(kept.folder, destination)
    place = place_of(destination)
    _, manifest = newest_manifest(place)
    victim = manifest.files[0].pieces[0]
    place.write(victim.name, b"damaged")
    unseen = backup_project(kept.folder, destination)
    mended = backup_project(kept.folder, destination, verify_all=True)

    assert unseen.mended == []
    assert mended.mended == [victim.name]
    assert mended.verified_objects >= mended.files
    assert restore_project(destination, tmp_path / "new").snapshot == 3


@pytest.mark.parametrize("harm", ["cut", "edited", "other-version", "hostile"])
def test_a_manifest_that_is_not_what_was_written_is_refused(kept: Trial, tmp_path: Path, harm: str) -> None:
    made = backup_project(kept.folder, str(tmp_path / "b"))
    path = tmp_path / "b" / "backups" / f"{made.name}.json"
    text = path.read_text(encoding="utf-8")
    changed = {
        "cut": text[:-200],
        "edited": text.replace('"snapshot": 3', '"snapshot": 2'),
        "other-version": text.replace('"altyn_backup": 1', '"altyn_backup": 2'),
        "hostile": text.replace('"name": "altyn.toml"', '"name": "../altyn.toml"'),
    }[harm]
    assert changed != text
    path.write_text(changed, encoding="utf-8")

    with pytest.raises(AltynError, match="backup.damaged"):
        restore_project(str(tmp_path / "b"), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_run_at_work_is_neither_waited_for_nor_seen(
    kept: Trial, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = kept.folder / ".altyn" / "store" / "local" / "areas" / "_delta_log"
    commits: list[int] = []
    real = Run.publish

    def back_up_first(run: Run) -> Snapshot:
        # Its batches are in the journals; the snapshot that would list them is not there yet.
        commits.append(len(list(live.glob("*.json"))))
        assert backup_project(kept.folder, str(tmp_path / "b")).snapshot == 3
        return real(run)

    monkeypatch.setattr(Run, "publish", back_up_first)
    kept.areas("1000,Алматы,77\n")
    assert kept.run().snapshot is not None
    restore_project(str(tmp_path / "b"), tmp_path / "new")
    log = tmp_path / "new" / ".altyn" / "store" / "local" / "areas" / "_delta_log"
    _, manifest = newest_manifest(FolderPlace(tmp_path / "b"))

    assert len(list(log.glob("*.json"))) == commits[0] - 1
    assert not [f for f in manifest.files if "scratch" in f.name or "lock" in f.name]
    assert ask(Trial(tmp_path / "new", kept.now), "select people from areas where code = '1000'") == [(22,)]


def test_a_snapshot_published_meanwhile_waits_for_the_next_backup(
    kept: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "files_of_project"
    real = getattr(backup_module, name)

    def publish_first(project: Path) -> object:
        kept.areas("1000,Алматы,55\n")
        kept.run()
        return real(project)

    monkeypatch.setattr(backup_module, name, publish_first)
    backup_project(kept.folder, str(tmp_path / "b"))
    restored = restore_project(str(tmp_path / "b"), tmp_path / "new")

    assert kept.open().snapshot().number == 4
    assert (restored.snapshot, restored.snapshots) == (3, 3)


def test_the_log_is_kept_up_to_its_last_whole_line(kept: Trial, tmp_path: Path) -> None:
    log = kept.folder / ".altyn" / "log" / "access-000001.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"id": "torn')
    backup_project(kept.folder, str(tmp_path / "b"))
    restore_project(str(tmp_path / "b"), tmp_path / "new")

    # The last record is that of the restore.
    assert (tmp_path / "new" / ".altyn" / "log" / log.name).read_bytes().splitlines()[:-1] == whole.splitlines()


def test_a_measure_whose_definition_has_changed_keeps_its_old_table(kept: Trial, tmp_path: Path) -> None:
    path = kept.folder / "packs" / "local" / "measures" / "people.toml"
    path.write_text(MEASURE.replace("sum(people)", "max(people)"), encoding="utf-8")
    old = kept.open().snapshot().tables["local.people"].path
    kept.run()
    backup_project(kept.folder, str(tmp_path / "b"))
    restored = restore_project(str(tmp_path / "b"), tmp_path / "new")

    assert restored.lost_measures == []
    assert (tmp_path / "new" / ".altyn" / old).read_bytes() == (kept.folder / ".altyn" / old).read_bytes()


def test_a_broken_pack_keeps_no_data_from_being_saved_or_restored(kept: Trial, tmp_path: Path) -> None:
    (kept.folder / "packs" / "local" / "registers" / "areas.odcs.yaml").write_text("{", encoding="utf-8")
    backup_project(kept.folder, str(tmp_path / "b"))
    restored = restore_project(str(tmp_path / "b"), tmp_path / "new")

    assert restored.problem is not None
    assert restored.proofs["local.areas"]["versions"] == 6


@pytest.mark.parametrize("where", [".altyn/log/link", "packs/local/link", ".altyn/later", "packs/linked"])
def test_a_link_among_the_files_is_refused(kept: Trial, tmp_path: Path, where: str) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "f").write_bytes(b"secret")
    (kept.folder / where).symlink_to(tmp_path / "secret" if where == "packs/linked" else tmp_path / "secret" / "f")

    with pytest.raises(AltynError, match="backup.link") as caught:
        backup_project(kept.folder, str(tmp_path / "b"))
    assert where in str(caught.value)


def test_a_store_on_another_disk_by_a_link_is_kept(kept: Trial, tmp_path: Path) -> None:
    (kept.folder / ".altyn").rename(tmp_path / "disk")
    (kept.folder / ".altyn").symlink_to(tmp_path / "disk")
    backup_project(kept.folder, str(tmp_path / "b"))

    assert restore_project(str(tmp_path / "b"), tmp_path / "new").snapshot == 3


def test_places_and_folders_that_would_do_harm_are_refused(kept: Trial, trial: Trial, tmp_path: Path) -> None:
    for inside in (".altyn/backups", "packs/b"):
        with pytest.raises(AltynError, match="backup.inside"):
            backup_project(kept.folder, str(kept.folder / inside))
    with pytest.raises(AltynError, match="backup.none"):
        restore_project(str(tmp_path / "b"), tmp_path / "new")
    backup_project(kept.folder, str(tmp_path / "b"))
    with pytest.raises(AltynError, match="restore.folder-used"):
        restore_project(str(tmp_path / "b"), kept.folder)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AltynError, match="restore.folder-used"):
        restore_project(str(tmp_path / "b"), tmp_path / "file")
    shutil.rmtree(trial.folder / ".altyn")
    with pytest.raises(AltynError, match="snapshot.none"):
        backup_project(trial.folder, str(tmp_path / "b"))
    trial.run()
    with pytest.raises(AltynError, match="backup.other-project"):
        backup_project(trial.folder, str(tmp_path / "b"))


def test_orders_given_after_the_backup_are_not_forgotten(kept: Trial, tmp_path: Path) -> None:
    orders = kept.folder / ".altyn" / "orders"
    orders.mkdir()
    (orders / "000001.json").write_text("{}")
    first = backup_project(kept.folder, str(tmp_path / "b"))
    (orders / "000002.json").write_text("{}")
    backup_project(kept.folder, str(tmp_path / "b"))

    assert FolderPlace(tmp_path / "b").names("orders") == ["orders/000001.json", "orders/000002.json"]
    with pytest.raises(AltynError, match="order.broken"):
        restore_project(str(tmp_path / "b"), tmp_path / "old", backup=first.name)
    assert restore_project(str(tmp_path / "b"), tmp_path / "new").orders == 0


SLOW = """
import sys, time
from pathlib import Path
from altyn.store import places
from altyn.serve.use_cases.auditing import audit
from altyn.serve.use_cases.keeping import backup_project, restore_project
verb, address, folder = sys.argv[1:]
for name in ("write", "read"):
    real = getattr(places.FolderPlace, name)
    def slowly(*arguments, real=real, **options):
        time.sleep(0.05)
        return real(*arguments, **options)
    setattr(places.FolderPlace, name, slowly)
backup_project(Path(folder), address) if verb == "backup" else restore_project(address, Path(folder))
"""


def _killed(verb: str, address: Path, folder: Path, until: Callable[[], bool]) -> None:
    command = [sys.executable, "-c", SLOW, verb, str(address), str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not until() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


def _count(folder: Path) -> int:
    return sum(1 for p in folder.rglob("*") if p.is_file())


def test_a_backup_and_a_restore_that_were_killed_can_be_run_again(kept: Trial, tmp_path: Path) -> None:
    place = tmp_path / "b"
    _killed("backup", place, kept.folder, lambda: _count(place / "objects") > 4)
    assert backups_of(FolderPlace(place)) == []
    sent_before = _count(place / "objects")
    again = backup_project(kept.folder, str(place))
    assert again.sent_objects < again.files
    assert sent_before > 4

    new = tmp_path / "new"
    _killed("restore", place, new, lambda: _count(new) > 4)
    assert [p.name for p in new.iterdir()] == [".restoring"]
    with pytest.raises(AltynError, match="project.missing"):
        Workspace.open(new)
    assert restore_project(str(place), new).proofs == again.proofs


def test_a_restore_that_was_killed_while_files_got_their_place_goes_on(kept: Trial, tmp_path: Path) -> None:
    backup_project(kept.folder, str(tmp_path / "b"))
    real = Path.rename
    for moved in (1, 2, 3):
        new = tmp_path / f"new{moved}"
        renamed: list[Path] = []

        def rename(
            path: Path, target: Path, *, new: Path = new, renamed: list[Path] = renamed, moved: int = moved
        ) -> Path:
            if target.parent == new:
                if len(renamed) == moved - 1:
                    raise KeyboardInterrupt
                renamed.append(target)
            return real(path, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "rename", rename)
            with pytest.raises(KeyboardInterrupt):
                restore_project(str(tmp_path / "b"), new)
        assert not (new / "altyn.toml").exists()
        assert restore_project(str(tmp_path / "b"), new).snapshot == 3
        assert Snapshots(Workspace.open(new).store.folders).numbers() == [1, 2, 3]


def test_the_verbs_say_what_they_did(kept: Trial, tmp_path: Path) -> None:
    def altyn(*words: str) -> str:
        environment = {**os.environ, "LANG": "C", "LANGUAGE": "en"}
        command = [sys.executable, "-m", "altyn.cli.main", *words]
        command[1:3] = ["-c", "from altyn.cli.main import main; main()"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    made = json.loads(altyn("backup", str(tmp_path / "b"), "--project", str(kept.folder), "--json"))
    restored = json.loads(altyn("restore", str(tmp_path / "b"), str(tmp_path / "new"), "--json"))

    assert made["proofs"] == restored["proofs"]
    assert "objects read back and compared" in altyn("backup", str(tmp_path / "b"), "--project", str(kept.folder))
    assert "Restored from" in altyn("restore", str(tmp_path / "b"), str(tmp_path / "again"))
    assert "nothing to do" in altyn("upgrade", "--project", str(kept.folder))


def test_a_place_that_gives_back_something_else_is_found_at_once(
    kept: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(self: FolderPlace, name: str, content: bytes, *, exclusive: bool = False) -> None:
        real(self, name, content[:-1] + b"?" if name.startswith("objects") else content, exclusive=exclusive)

    real = FolderPlace.write
    monkeypatch.setattr(FolderPlace, "write", forgetful)
    with pytest.raises(AltynError, match="backup.damaged"):
        backup_project(kept.folder, str(tmp_path / "b"))
    place: ObjectStore = FolderPlace(tmp_path / "b")
    assert backups_of(place) == []


def test_a_project_whose_store_lies_in_a_bucket_is_kept_too(kept: Trial, tmp_path: Path) -> None:
    with bucket() as address:
        shutil.rmtree(kept.folder / ".altyn")
        toml = kept.folder / "altyn.toml"
        toml.write_text(f'store = "{address}/live"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
        kept.run()
        # Another machine, which has fetched nothing yet.
        shutil.rmtree(kept.folder / ".altyn")
        made = backup_project(kept.folder, f"{address}/backups")
        restored = restore_project(f"{address}/backups", tmp_path / "new")

    assert restored.proofs == made.proofs
    assert restored.bucket == f"{address}/live"
    assert len(list((tmp_path / "new" / ".altyn" / "contracts").iterdir())) == 2


def test_a_restore_is_a_record_of_the_restored_log(kept: Trial, destination: str, tmp_path: Path) -> None:
    made = backup_project(kept.folder, destination)
    before = kept.open().gate.log.records()
    restore_project(destination, tmp_path / "new")
    workspace = Trial(tmp_path / "new", kept.now).open()
    *same, last = workspace.gate.log.records()

    assert same == before
    assert (last["outcome"], last["backup"], last["snapshot"]) == ("restored", made.name, 3)
    assert audit(workspace).faults == []


def test_a_broken_log_is_restored_as_it_was_and_said(kept: Trial, destination: str, tmp_path: Path) -> None:
    path = kept.folder / ".altyn" / "log" / "access-000001.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    backup_project(kept.folder, destination)
    restored = restore_project(destination, tmp_path / "new")

    assert restored.log_problem
    assert restored.log_problem.code == "audit.cut"
    assert (tmp_path / "new/.altyn/log/access-000001.jsonl").read_bytes() == path.read_bytes()
