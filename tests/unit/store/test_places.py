"""Places: a folder and a bucket give the same answers to the same questions."""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.store.places import FolderPlace, ObjectPlace, ObjectStore, place_of
from tests.buckets import bucket

PART_BYTES = 5 << 20


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A bucket for the whole file."""
    with bucket() as found:
        yield found


@pytest.fixture(params=["folder", "bucket", "bucket-with-prefix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty place of each kind."""
    if request.param == "folder":
        return place_of(str(tmp_path / "not" / "yet"))
    # Objects that stand beside the prefix must not be seen through it.
    found: str = request.getfixturevalue("address")
    if request.param == "bucket":
        with_objects = place_of(found)
        for name in with_objects.names():
            with_objects.remove(name)
        return with_objects
    place_of(found).write("beside", b"-")
    return place_of(f"{found}/{uuid.uuid4().hex}/two/")


def test_what_is_written_is_read_sized_and_listed(place: ObjectStore) -> None:
    place.write("a/b.json", b"one")
    place.write("a/c d/қазақша %41.bin", b"")
    place.write("ab", b"three")

    assert place.names() == ["a/b.json", "a/c d/қазақша %41.bin", "ab"]
    assert place.names("a") == ["a/b.json", "a/c d/қазақша %41.bin"]
    assert place.names("nothing") == []
    assert [place.read(name) for name in place.names()] == [b"one", b"", b"three"]
    assert [place.size(name) for name in place.names()] == [3, 0, 5]


def test_an_object_is_replaced_unless_the_writer_is_exclusive(place: ObjectStore) -> None:
    place.write("m", b"one")
    place.write("m", b"two")
    with pytest.raises(FileExistsError):
        place.write("m", b"three", exclusive=True)
    place.write("n", b"four", exclusive=True)

    assert (place.read("m"), place.read("n")) == (b"two", b"four")


def test_of_writers_that_race_for_a_name_one_wins(place: ObjectStore) -> None:
    won: list[tuple[str, bytes]] = []

    def write(name: str, content: bytes, start: threading.Barrier) -> None:
        start.wait()
        try:
            place.write(name, content, exclusive=True)
        except FileExistsError:
            return
        won.append((name, content))

    for round_no in range(5):
        start = threading.Barrier(4)
        arguments = [(f"{round_no}.json", str(i).encode(), start) for i in range(4)]
        threads = [threading.Thread(target=write, args=a) for a in arguments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [name for name, _ in won] == [f"{n}.json" for n in range(5)]
    assert [(name, place.read(name)) for name, _ in won] == won


@pytest.mark.parametrize("size", [0, 1, 2 * PART_BYTES + 3])
def test_a_file_goes_and_comes_back(place: ObjectStore, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "sent").write_bytes(content)

    place.put(tmp_path / "sent", "objects/x")
    place.fetch("objects/x", tmp_path / "new" / "back")

    assert (tmp_path / "new" / "back").read_bytes() == content
    assert (tmp_path / "new" / "back").stat().st_mode & 0o777 == 0o600
    assert place.size("objects/x") == size
    assert place.names() == ["objects/x"]


def test_what_is_not_there_is_said(place: ObjectStore, tmp_path: Path) -> None:
    place.write("folder/x", b"-")
    for name in ("none", "folder", "folder/x2"):
        for verb in (place.read, place.size, lambda n: place.fetch(n, tmp_path / "f")):
            with pytest.raises(FileNotFoundError):
                verb(name)
        assert not place.exists(name)
    place.remove("none")
    place.remove("folder/x")

    assert place.names() == []
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\nb", "a\\b", "x" * 2000]
)
def test_a_name_that_leads_out_is_refused(place: ObjectStore, tmp_path: Path, name: str) -> None:
    for verb in (place.read, place.size, place.remove, place.exists, lambda n: place.write(n, b"")):
        with pytest.raises(AltynError, match="place.name"):
            verb(name)
    with pytest.raises(AltynError, match="place.name"):
        place.fetch(name, tmp_path / "f")


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x").write_bytes(b"secret")
    place = FolderPlace(tmp_path / "place")
    place.write("a", b"")
    (place.path / "file").symlink_to(tmp_path / "secret" / "x")
    (place.path / "folder").symlink_to(tmp_path / "secret")

    for name in ("file", "folder/x"):
        with pytest.raises(AltynError, match="place.name"):
            place.read(name)
    with pytest.raises(AltynError, match="place.name"):
        place.write("folder/new", b"")
    place.write("file", b"ours")

    assert place.names() == ["a", "file"]
    assert (tmp_path / "secret" / "x").read_bytes() == b"secret"


def test_a_folder_is_private_and_what_a_dead_writer_left_is_no_object(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "place")
    place.write("a/b", b"1")
    left = place.path / ".unfinished" / "00"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))

    assert place.names() == ["a/b"]
    place.write("c", b"2")
    assert not left.exists()
    assert {p.stat().st_mode & 0o777 for p in place.path.rglob("*")} == {0o600, 0o700}


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "", "https://u:secret@host/b", "s3://", "s3:/b", "s3://k:secret@bucket", "s3://B"]
)
def test_an_address_that_is_none_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(AltynError, match="place.address") as caught:
        place_of(address)

    assert "secret" not in str(caught.value)


def test_a_bucket_that_is_not_there_or_does_not_answer_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address
    for verb in (lambda p: p.write("x", b""), lambda p: p.names()):
        with pytest.raises(AltynError, match="place.unreachable"):
            verb(place_of("s3://elsewhere"))
    monkeypatch.setattr("altyn.store.places._RETRIES", {"max_retries": 0})
    with pytest.raises(AltynError, match="place.unreachable") as caught:
        ObjectPlace("s3://backups", {"endpoint": "http://127.0.0.1:9"}).read("x")
    assert caught.value.retry


def test_http_is_spoken_only_where_the_endpoint_says_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place_of(address).write("x", b"")
    monkeypatch.setattr("altyn.store.places._RETRIES", {"max_retries": 0})
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["AWS_ENDPOINT_URL"].replace("http:", "https:"))
    with pytest.raises(AltynError, match="place.unreachable"):
        place_of(address).read("x")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(AltynError, match=r"altyn\[s3\]"):
        place_of("s3://backups/x")
