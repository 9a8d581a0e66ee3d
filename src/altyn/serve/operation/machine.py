"""Machine: what a kernel says of the ground a project stands on: is its disk encrypted, is its clock kept right, do versions fit.

Each answer may be None: nobody here can say.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

_CLOCK_IS_WRONG = 5  # TIME_ERROR of adjtimex(2): nobody has set the clock right since the machine started
_COMPARED = re.compile(r"(<=|>=|==|!=|<|>|~=)\s*([0-9][0-9.]*)")


def is_encrypted(path: Path, *, proc: Path = Path("/proc"), sys_folder: Path = Path("/sys")) -> bool | None:
    """Whether the volume a path lies on is encrypted by the kernel (dm-crypt, also under LVM or RAID).

    None where that cannot be seen: a file system without a block device (ZFS, NFS, overlay), another kernel.
    """
    device = _device_of(path.resolve(), proc / "self" / "mounts")
    if device is None:
        return None
    block = sys_folder / "class" / "block" / Path(os.path.realpath(device)).name
    return _is_crypt(block) if block.exists() else None


def _device_of(path: Path, mounts: Path) -> str | None:
    """The device a path's file system is mounted from."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    found: tuple[int, str] | None = None
    for line in lines:
        device, at = (part.encode().decode("unicode_escape") for part in line.split(" ")[:2])
        # A later mount on the same place hides the earlier one.
        if path.is_relative_to(at) and (found is None or len(at) >= found[0]):
            found = len(at), device
    return found[1] if found and found[1].startswith("/") else None


def _is_crypt(block: Path) -> bool:
    uuid = block / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    below = list((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    # Rows lie on all of them: one that is open gives them away.
    return bool(below) and all(_is_crypt(block.parent / part.name) for part in below)


def is_clock_kept() -> bool | None:
    """Whether a time service keeps the clock right. None where none has said so: some do not tell the kernel."""
    if sys.platform != "linux":
        return None
    # Asked with nothing to set; the structure is 208 bytes on 64 bits.
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    return True if 0 <= answer < _CLOCK_IS_WRONG else None


def resident_bytes(proc: Path = Path("/proc")) -> int | None:
    """Memory this process holds now; None where the kernel does not say."""
    try:
        pages = int((proc / "self" / "statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def version_fits(found: str, wanted: str) -> bool:
    """Whether a version is within a range as requirements write it.

    >>> version_fits("2.0.1", ">=2.0.0,<3"), version_fits("3.0", ">=2.0.0,<3"), version_fits("3.11.7", ">=3.11")
    (True, False, True)
    """
    here = _numbers(found)
    for sign, text in _COMPARED.findall(wanted):
        there = _numbers(text)
        length = max(len(here), len(there))
        a, b = ((*n, *[0] * (length - len(n))) for n in (here, there))
        fits = {
            "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "==": a == b, "!=": a != b,
            "~=": a >= b and here[: len(there) - 1] == there[:-1],
        }  # fmt: skip
        if not fits[sign]:
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def versions(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """(package, installed version, the range Altyn was tested with), for those of `names` Altyn requires."""
    required = {re.split(r"[^A-Za-z0-9_.-]", r)[0].lower(): r for r in metadata.requires("altyn") or ()}
    return [(name, metadata.version(name), _range(required.get(name, ""))) for name in names]


def _range(requirement: str) -> str:
    return ",".join("".join(part) for part in reversed(_COMPARED.findall(requirement.partition(";")[0])))
