"""What the kernel says of the ground a project stands on, from folders that look like /proc and /sys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from altyn.serve.operation.machine import is_clock_kept, is_encrypted, resident_bytes, version_fits, versions


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "sys" / "class" / "block").mkdir(parents=True)
    (tmp_path / "data dir").mkdir()
    return tmp_path


def mounted(kernel: Path, *lines: tuple[str, Path]) -> None:
    text = "".join(f"{device} {str(at).replace(' ', chr(92) + '040')} ext4 rw 0 0\n" for device, at in lines)
    (kernel / "proc" / "self" / "mounts").write_text(text, encoding="utf-8")


def block(kernel: Path, name: str, uuid: str = "", on: tuple[str, ...] = ()) -> None:
    folder = kernel / "sys" / "class" / "block" / name
    (folder / "slaves").mkdir(parents=True)
    if uuid:
        (folder / "dm").mkdir()
        (folder / "dm" / "uuid").write_text(f"{uuid}\n", encoding="ascii")
    for other in on:
        (folder / "slaves" / other).touch()


def encrypted(kernel: Path) -> bool | None:
    return is_encrypted(kernel / "data dir", proc=kernel / "proc", sys_folder=kernel / "sys")


def test_luks_is_seen_through_its_mapper_and_under_lvm(kernel: Path) -> None:
    block(kernel, "sda2")
    block(kernel, "dm-0", "CRYPT-LUKS2-0123-data", on=("sda2",))
    block(kernel, "dm-1", "LVM-abc", on=("dm-0",))
    (kernel / "mapper").symlink_to(kernel / "dm-0")

    mounted(kernel, ("/dev/sda1", Path("/")), (str(kernel / "mapper"), kernel / "data dir"))
    assert encrypted(kernel) is True
    mounted(kernel, ("/dev/dm-1", Path("/")))
    assert encrypted(kernel) is True


def test_a_disk_that_is_open_or_only_half_encrypted_is_not(kernel: Path) -> None:
    block(kernel, "sda1")
    block(kernel, "dm-0", "CRYPT-LUKS2-0123-data")
    block(kernel, "md0", on=("dm-0", "sda1"))

    mounted(kernel, ("/dev/sda1", Path("/")))
    assert encrypted(kernel) is False
    mounted(kernel, ("/dev/md0", Path("/")))
    assert encrypted(kernel) is False
    # The later mount on the same place is what is seen.
    mounted(kernel, ("/dev/sda1", Path("/")), ("/dev/dm-0", Path("/")))
    assert encrypted(kernel) is True


@pytest.mark.parametrize("device", ["tmpfs", "overlay", "pool/data", "server:/data", "/dev/nowhere"])
def test_what_has_no_block_device_is_unknown(kernel: Path, device: str) -> None:
    mounted(kernel, (device, Path("/")))

    assert encrypted(kernel) is None


def test_a_machine_without_proc_is_unknown(tmp_path: Path) -> None:
    assert is_encrypted(tmp_path, proc=tmp_path, sys_folder=tmp_path) is None


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("2.0.0", ">=2.0.0,<3", True),
        ("2.10", ">=2.9,<3", True),
        ("3.0.0", ">=2.0.0,<3", False),
        ("1.9", ">=2.0.0,<3", False),
        ("3.12.0rc1", ">=3.11", True),
        ("2", "==2.0.0", True),
        ("2.1", "!=2.1", False),
        ("1.4.5", "~=1.4.2", True),
        ("1.5", "~=1.4.2", False),
        ("1", "", True),
    ],
)
def test_ranges_of_versions(version: str, wanted: str, fits: object) -> None:
    assert version_fits(version, wanted) is fits


def test_ranges_are_those_altyn_declares() -> None:
    ((name, found, wanted),) = versions(["duckdb"])

    assert name == "duckdb"
    assert found[0].isdigit()
    assert wanted.startswith(">=")
    assert ",<" in wanted


def test_the_clock_is_kept_or_nobody_says() -> None:
    assert is_clock_kept() in {True, None}


def test_memory_is_read_in_bytes_and_unknown_without_proc(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text("900 250 100 1 0 80 0\n")

    assert resident_bytes(tmp_path) == 250 * os.sysconf("SC_PAGE_SIZE")
    assert resident_bytes(tmp_path / "nothing") is None
