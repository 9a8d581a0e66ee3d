"""Manifests: what was written is read back, and whatever was changed in one is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.store.manifests import BackupFile, Manifest, Piece, backups_of, newest_manifest
from altyn.store.places import FolderPlace

SHA = hashlib.sha256(b"x").hexdigest()
MADE = Manifest(
    "Жоба", "run", "2026-03-01T06:00:00+00:00", "0.1", 2, 3, (1, 2, 3),
    (BackupFile("altyn.toml", 1, SHA, (Piece(SHA, 1),)), BackupFile(".altyn/store/ң", 0, SHA, ())), {"local.areas": {"rows": 2}},
)  # fmt: skip
NAME = "20260301T060000Z-000003"


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path / "backups")


def test_a_manifest_is_read_back(place: FolderPlace) -> None:
    place.write(f"backups/{NAME}.json", MADE.to_json())

    assert newest_manifest(place) == (NAME, MADE)
    assert newest_manifest(place, f"{NAME}.json") == (NAME, MADE)
    assert MADE.size == 1
    assert MADE.files[0].pieces[0].name == f"objects/{SHA[:2]}/{SHA}"


def test_the_newest_is_the_last_by_name_and_other_files_are_no_backups(place: FolderPlace) -> None:
    for name in ("20260301T060000Z-000003", "20260302T060000Z-000001", "notes", "99999999T999999Z-1"):
        place.write(f"backups/{name}.json", MADE.to_json())
    place.write("backups/20270301T060000Z-000009.part", b"x")

    assert backups_of(place) == ["20260301T060000Z-000003", "20260302T060000Z-000001"]
    assert newest_manifest(place)[0] == "20260302T060000Z-000001"


@pytest.mark.parametrize("name", [None, NAME, "../x"])
def test_a_backup_that_is_not_there_is_said_with_those_that_are(place: FolderPlace, name: str | None) -> None:
    with pytest.raises(AltynError) as caught:
        newest_manifest(place, name)
    assert caught.value.code == "backup.none"

    place.write(f"backups/{NAME}.json", MADE.to_json())
    with pytest.raises(AltynError) as caught:
        newest_manifest(place, "20250101T000000Z-000001")
    assert NAME in str(caught.value.mend)


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(MADE.to_json()), **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"7", b"{}", changed(snapshot=4), changed(altyn_backup=2), changed(more=1), changed(files=[]), changed(sha256=SHA),
        replace(MADE, files=(BackupFile("../x", 1, SHA, ()),)).to_json(), replace(MADE, files=(BackupFile("/etc/x", 1, SHA, ()),)).to_json(),
        replace(MADE, files=(BackupFile("x", 1, "no hash", ()),)).to_json(),
        replace(MADE, files=(BackupFile("x", 1, SHA, (Piece("../../x", 1),)),)).to_json(),
    ],
)  # fmt: skip
def test_what_is_not_what_was_written_is_refused(place: FolderPlace, content: bytes) -> None:
    place.write(f"backups/{NAME}.json", content)

    with pytest.raises(AltynError) as caught:
        newest_manifest(place)

    assert caught.value.code in {"backup.damaged", "place.name"}
