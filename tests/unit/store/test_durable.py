"""Durable writes: whole or not at all, for their owner alone, and nothing unfinished is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.store.durable import make_last, name_durably, sync_folder, write_durably


def test_an_exclusive_file_is_never_replaced(tmp_path: Path) -> None:
    write_durably(tmp_path / "f", b"one", exclusive=True)
    with pytest.raises(FileExistsError):
        write_durably(tmp_path / "f", b"two", exclusive=True)

    assert (tmp_path / "f").read_bytes() == b"one"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"older and longer")
    (tmp_path / "f").chmod(0o644)

    write_durably(tmp_path / "f", b"new")

    assert (tmp_path / "f").read_bytes() == b"new"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").touch()
    with pytest.raises(OSError, match="directory"):
        write_durably(tmp_path / "folder", b"x")
    with pytest.raises(FileNotFoundError):
        write_durably(tmp_path / "none" / "f", b"x")

    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_file_written_before_gets_its_name(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"whole")

    name_durably(tmp_path / "f.part", tmp_path / "f")

    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_what_is_not_there_cannot_last(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_last(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")
