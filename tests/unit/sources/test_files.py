"""Files: found inside the project only, unpacked within limits, watched while they are read."""

from __future__ import annotations

import bz2
import gzip
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources import files
from altyn.sources.read import content_hash, read
from altyn.sources.spec import SourceSpec, spec_from_table
from tests.unit.sources.reading import columns, refused, rows, spec, stage

AB = columns("a", "b")
TEXT = b"a,b\n1,x\n"
STAGED = [(2, None, "1", "x")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "in.csv").write_bytes(TEXT)
    return folder


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)


def test_a_path_a_glob_and_an_awkward_name(project: Path) -> None:
    (project / "data" / "b[1].csv").write_bytes(b"a,b\n2,y\n")
    assert stage(project, "data/in.csv", AB) == STAGED
    assert stage(project, "data/b[1].csv", AB) == [(2, None, "2", "y")]
    assert stage(project, "data/*.csv", AB) == [(2, None, "2", "y"), *STAGED]


def test_files_of_a_glob_keep_their_own_lines_and_names(project: Path) -> None:
    (project / "data" / "in2.csv").write_bytes(TEXT)
    (project / "data" / "in3.csv").mkdir()
    with Session() as session:
        reading = read(session, spec(project, "data/in*.csv"), AB, project)
        assert [(p.no, p.display) for p in reading.parts] == [(0, "data/in.csv"), (1, "data/in2.csv")]
        assert rows(session, reading, AB) == STAGED * 2
        assert reading.content_hash == content_hash(spec(project, "data/in*.csv"))


def test_the_content_hash_is_of_bytes_and_options_not_of_names(project: Path) -> None:
    (project / "data" / "other.csv").write_bytes(TEXT)
    first = content_hash(spec(project, "data/in.csv"))
    assert first == content_hash(spec(project, "data/other.csv"))
    assert first != content_hash(spec(project, "data/in.csv", encoding="cp1251"))


def test_a_missing_file_offers_names_near_it(project: Path) -> None:
    error = refused(project, "data/im.csv", AB)
    assert error.code == "source.missing"
    assert "in.csv" in str(error)
    assert refused(project, "data/*.xlsx", AB).code == "source.missing"
    assert refused(project, "x" * 5000, AB).code == "source.missing"


@pytest.mark.parametrize(
    "path", ["../secret.csv", "data/../../secret.csv", "/etc/passwd", "/etc/pass*", "../*.csv", "a\0b"]
)
def test_a_path_out_of_the_project_is_refused_whether_it_exists_or_not(project: Path, path: str) -> None:
    (project.parent / "secret.csv").write_bytes(TEXT)
    error = refused(project, path, AB)
    assert error.code == "source.outside-project"
    assert "secret.csv" not in str(error)


def test_a_link_out_of_the_project_is_refused(project: Path) -> None:
    (project.parent / "secret.csv").write_bytes(TEXT)
    (project / "data" / "link.csv").symlink_to(project.parent / "secret.csv")
    assert refused(project, "data/link.csv", AB).code == "source.outside-project"
    assert refused(project, "data/*.csv", AB).code == "source.outside-project"


def test_an_allowed_folder_is_inside(project: Path) -> None:
    (project.parent / "drop").mkdir()
    (project.parent / "drop" / "in.csv").write_bytes(TEXT)
    outside = spec_from_table("lab.things", {"path": "../drop/in.csv"}, project, [str(project.parent / "drop")])
    found = files.find(outside)
    assert files.prepare(outside, found[0], project, 0).display == "drop/in.csv"


def test_a_folder_a_pipe_and_an_unreadable_file_are_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(project / "data" / "pipe.csv")
    assert refused(project, "data", AB).code == "source.permission"
    assert refused(project, "data/pipe.csv", AB).code == "source.permission"
    monkeypatch.setattr(os, "access", lambda *_: False)  # root, who may run the tests, can read all
    error = refused(project, "data/in.csv", AB)
    assert (error.code, error.where, error.exit_status) == ("source.permission", "data/in.csv", 4)


def test_packed_files(project: Path) -> None:
    (project / "in.csv.gz").write_bytes(gzip.compress(TEXT))
    (project / "in.csv.bz2").write_bytes(bz2.compress(TEXT))
    zipped(project / "in.zip", in__csv=TEXT)
    for name in ("in.csv.gz", "in.csv.bz2", "in.zip"):
        assert stage(project, name, AB) == STAGED
    assert not list((project / ".scratch").glob("part-*"))


def test_a_zip_of_several_files_needs_a_member(project: Path) -> None:
    zipped(project / "in.zip", in__csv=TEXT, other__csv=b"a,b\n2,y\n")
    error = refused(project, "in.zip", AB)
    assert error.code == "source.compressed"
    assert "other.csv" in str(error)
    assert stage(project, "in.zip", AB, member="in.csv") == STAGED


def test_a_member_that_climbs_out_harms_nothing(project: Path) -> None:
    with zipfile.ZipFile(project / "in.zip", "w") as archive:
        archive.writestr("../../../climbed.csv", TEXT)
    assert stage(project, "in.zip", AB) == STAGED
    assert not list(project.parent.parent.glob("**/climbed.csv"))


def test_broken_and_encrypted_archives_are_refused(project: Path) -> None:
    packed = gzip.compress(os.urandom(4000))
    zipped(project / "whole.zip", in__csv=os.urandom(4000))
    whole = bytearray((project / "whole.zip").read_bytes())
    damaged = bytes(whole[:100] + b"\0" * 50 + whole[150:])
    for at in (whole.find(b"PK\x03\x04") + 6, whole.find(b"PK\x01\x02") + 8):
        whole[at] |= 1  # the flag that says: encrypted
    broken = {
        "cut.csv.gz": packed[:-100], "bad.csv.gz": packed[:50] + b"\xff" * 50 + packed[100:], "not.csv.gz": TEXT,
        "not.csv.bz2": TEXT, "not.zip": TEXT, "encrypted.zip": bytes(whole), "damaged.zip": damaged,
    }  # fmt: skip
    for name, content in broken.items():
        (project / name).write_bytes(content)
        error = refused(project, name, AB)
        assert (error.code, error.where) == ("source.compressed", name)


def test_a_zip_bomb_is_stopped_early(project: Path) -> None:
    with gzip.open(project / "bomb.csv.gz", "wb", compresslevel=9) as file:
        for _ in range(120):
            file.write(b"0" * 1024 * 1024)
    error = refused(project, "bomb.csv.gz", AB)
    assert error.code == "source.compressed"
    assert "bomb" in str(error)
    assert not list((project / ".scratch").glob("part-*"))


def test_a_file_past_its_limit_is_refused(project: Path) -> None:
    (project / "big.csv").write_bytes(TEXT + b"2,y\n" * 300_000)
    (project / "big.csv.gz").write_bytes(gzip.compress((project / "big.csv").read_bytes()))
    for name in ("big.csv", "big.csv.gz"):
        assert refused(project, name, AB, max_mb=1).code == "source.too-large"


def test_a_file_that_grows_while_it_is_read_is_refused(project: Path) -> None:
    """A writer appends all the time: whatever moment is caught, no half file counts as read."""
    path, stop = project / "data" / "in.csv", threading.Event()

    def append() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"2,y\n")
                time.sleep(0.0005)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        error = refused(project, "data/in.csv", AB)
    finally:
        stop.set()
        writer.join()
    assert (error.code, error.retry) == ("source.changed-while-read", True)


def changed_after(project: Path, change: object) -> None:
    source: SourceSpec = spec(project, "data/in.csv")
    with Session() as session:
        reading = read(session, source, AB, project)
        reading.confirm_unchanged()
        change()  # type: ignore[operator]
        with pytest.raises(AltynError, match="source.changed-while-read"):
            reading.confirm_unchanged()


def test_a_change_that_hides_behind_the_same_size_and_time_is_found(project: Path) -> None:
    path = project / "data" / "in.csv"

    def overwrite() -> None:
        before = path.stat()
        path.write_bytes(b"a,b\n9,x\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    changed_after(project, overwrite)


def test_a_file_that_vanishes_or_is_replaced_is_found(project: Path) -> None:
    path = project / "data" / "in.csv"
    (project / "new.csv").write_bytes(TEXT)
    changed_after(project, lambda: (project / "new.csv").replace(path))
    changed_after(project, path.unlink)
