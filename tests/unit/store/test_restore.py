"""Restores: nothing is put in place before all of it was compared, and what was begun goes on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.store.folders import FORMAT
from altyn.store.manifests import BackupFile, Manifest, Piece
from altyn.store.places import FolderPlace
from altyn.store.restore import STAGE, fetch_orders, put_in_place, stage_backup

CONTENTS = {
    "altyn.toml": b"name",
    "packs/local/pack.toml": "Ә".encode(),
    ".altyn/store/a": b"ab" * 9,
    ".altyn/empty": b"",
}


def pieces(content: bytes) -> tuple[Piece, ...]:
    return tuple(
        Piece(hashlib.sha256(part).hexdigest(), len(part))
        for part in (content[i : i + 5] for i in range(0, len(content), 5))
    )


def kept(name: str, content: bytes) -> BackupFile:
    return BackupFile(name, len(content), hashlib.sha256(content).hexdigest(), pieces(content))


MANIFEST = Manifest("p", "o", "", "0", FORMAT, 1, (1,), tuple(kept(n, c) for n, c in sorted(CONTENTS.items())))


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    made = FolderPlace(tmp_path / "b")
    for content in CONTENTS.values():
        for i, piece in enumerate(pieces(content)):
            made.write(piece.name, content[5 * i : 5 * i + 5])
    return made


def refused(place: FolderPlace, folder: Path, manifest: Manifest = MANIFEST, name: str = "one") -> str:
    with pytest.raises(AltynError) as caught:
        stage_backup(place, manifest, name, folder)
    return caught.value.code


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_was_kept_is_put_in_place_whole(place: FolderPlace, tmp_path: Path) -> None:
    files = stage_backup(place, MANIFEST, "one", tmp_path / "new")
    assert contents(files) == CONTENTS
    assert not (tmp_path / "new" / "altyn.toml").exists(), "not yet"

    put_in_place(tmp_path / "new")

    assert contents(tmp_path / "new") == CONTENTS
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "new").rglob("*") if p.is_file()} == {0o600}


@pytest.mark.parametrize("harm", ["gone", "other", "longer"])
def test_an_object_that_is_not_what_was_written_is_refused(place: FolderPlace, tmp_path: Path, harm: str) -> None:
    victim = tmp_path / "b" / MANIFEST.files[1].pieces[0].name
    whole = victim.read_bytes()
    victim.unlink()
    if harm != "gone":
        victim.write_bytes(whole + b"x" if harm == "longer" else b"x" * len(whole))

    assert refused(place, tmp_path / "new") == "backup.damaged"
    assert [p.name for p in (tmp_path / "new").iterdir()] == [STAGE], "nothing is in place"

    victim.write_bytes(whole)
    assert contents(stage_backup(place, MANIFEST, "one", tmp_path / "new")) == CONTENTS, "it goes on from there"


def test_pieces_in_another_order_are_not_the_file(place: FolderPlace, tmp_path: Path) -> None:
    swapped = replace(kept("altyn.toml", b"12345abcde"), pieces=tuple(reversed(pieces(b"12345abcde"))))
    for i, piece in enumerate(pieces(b"12345abcde")):
        place.write(piece.name, b"12345abcde"[5 * i : 5 * i + 5])

    assert refused(place, tmp_path / "new", replace(MANIFEST, files=(swapped,))) == "backup.damaged"


def test_what_an_interrupted_restore_left_is_compared_again(place: FolderPlace, tmp_path: Path) -> None:
    files = stage_backup(place, MANIFEST, "one", tmp_path / "new")
    (files / ".altyn" / "store" / "a").write_bytes(b"xy" * 9)
    (files / "packs").rename(tmp_path / "new" / "packs")
    (tmp_path / "new" / "packs" / "local" / "pack.toml").write_bytes(b"")

    assert contents(stage_backup(place, MANIFEST, "one", tmp_path / "new")) == CONTENTS
    assert [p.name for p in (tmp_path / "new").iterdir()] == [STAGE]


def test_files_of_two_backups_do_not_mix(place: FolderPlace, tmp_path: Path) -> None:
    stage_backup(place, MANIFEST, "one", tmp_path / "new")
    (tmp_path / "new" / STAGE / "files" / "left").write_bytes(b"x")
    assert contents(stage_backup(place, MANIFEST, "two", tmp_path / "new")) == CONTENTS

    (tmp_path / "new" / STAGE / "files" / "packs").rename(tmp_path / "new" / "packs")
    assert refused(place, tmp_path / "new", name="three") == "restore.folder-used"


@pytest.mark.parametrize("used", ["file", "folder", "link"])
def test_a_folder_in_use_stays_as_it_is(place: FolderPlace, tmp_path: Path, used: str) -> None:
    folder = tmp_path / "new"
    if used == "file":
        folder.write_bytes(b"x")
    else:
        folder.mkdir()
        if used == "link":
            (tmp_path / "elsewhere").mkdir()
            (folder / STAGE).symlink_to(tmp_path / "elsewhere")
        else:
            (folder / "mine").write_bytes(b"x")

    assert refused(place, folder) == "restore.folder-used"
    assert used != "link" or not list((tmp_path / "elsewhere").iterdir())
    assert used != "folder" or contents(folder) == {"mine": b"x"}


def test_a_newer_format_and_a_name_that_leads_elsewhere_are_refused(place: FolderPlace, tmp_path: Path) -> None:
    assert refused(place, tmp_path / "new", replace(MANIFEST, format=FORMAT + 1)) == "project.format"
    assert refused(place, tmp_path / "new", replace(MANIFEST, files=(kept("other/x", b""),))) == "backup.damaged"
    assert not (tmp_path / "new").exists()


def test_a_backup_that_does_not_fit_is_not_begun(place: FolderPlace, tmp_path: Path) -> None:
    huge = replace(MANIFEST, files=(replace(kept("altyn.toml", b"name"), size=1 << 60),))

    assert refused(place, tmp_path / "new", huge) == "environment.full"


def test_orders_given_since_come_along(place: FolderPlace, tmp_path: Path) -> None:
    files = stage_backup(place, MANIFEST, "one", tmp_path / "new")
    for name, content in (("1.json", b"same"), ("2.json", b"executed"), ("3.json", b"new"), ("key", b"secret")):
        place.write(f"orders/{name}", content)
    (files / ".altyn" / "orders").mkdir()
    (files / ".altyn" / "orders" / "1.json").write_bytes(b"same")
    (files / ".altyn" / "orders" / "2.json").write_bytes(b"requested")

    assert sorted(p.name for p in fetch_orders(place, files)) == ["2.json", "3.json"]
    assert (files / ".altyn" / "orders" / "2.json").read_bytes() == b"executed"
    assert (files / ".altyn" / "orders" / "key").read_bytes() == b"secret"
