"""Synthesising: a synthetic country from the packs that come with Altyn, as files, or as a project that has loaded them."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.worlds import Country, Rendering
from altyn.packs.manifest import builtin_folder, load_pack, load_world
from altyn.packs.project import init_project
from altyn.serve.use_cases.projects import is_demo, take_sources
from altyn.synth.writing import ChunkJob, write_world

WORLD = "world.json"
MOST_PERSONS, MOST_DAYS = 40_000_000, 365
# People of the demo's country, and up to how many one process writes them soonest.
SMALL, _FEW = 2_000, 20_000


@dataclass(frozen=True, slots=True)
class _Packs:
    """What a process of its own can load the world from."""

    folders: tuple[Path, ...]

    def __call__(self) -> tuple[Country, Sequence[Rendering]]:
        """The country and how its registers are written."""
        return load_world(self.folders)


@dataclass(frozen=True, slots=True)
class Synthesised:
    """What was written: rows by register, CPU seconds, peak memory of the largest process in MB, and where."""

    folder: Path
    rows: dict[str, int]
    cpu_seconds: float
    peak_mb: int

    def document(self) -> dict[str, Any]:
        """For --json."""
        return {
            "folder": str(self.folder),
            "rows": self.rows,
            "cpu_seconds": round(self.cpu_seconds, 1),
            "peak_mb": self.peak_mb,
            "synthetic": True,
        }


def synthesise(folder: Path, persons: int, seed: int = 1, day: int = 0, processes: int | None = None) -> Synthesised:
    """Write the registers of a synthetic country and the truth about them.

    Args:
        folder: `registers/`, `truth/` and `world.json` go there; empty, or the same country written before.
        persons: how many live there at the base day.
        seed: another number, another country.
        day: days after the base day; what happened meanwhile is in the files.
        processes: how many at once; the bytes do not depend on it.

    Raises:
        AltynError: `synth.range`, `synth.folder-used`.
    """
    _require_range(persons, day)
    _require_own_folder(folder, persons, seed)
    before = _cpu_seconds()
    packs = tuple(sorted(p.parent for p in builtin_folder().glob("*/synth.py")))
    written = write_world(ChunkJob(_Packs(packs), seed, persons, day, folder.resolve()), processes)
    return Synthesised(folder, written.rows, _cpu_seconds() - before, _peak_mb())


def prepare_demo(folder: Path, persons: int = SMALL, seed: int = 1) -> bool:
    """Make the demo project: the open registers that packs ship, beside a synthetic country; False where it is there already.

    The truth stays in a folder beside the project, where no source of the project may reach; what the country was made of comes
    along, and pages show it.

    Raises:
        AltynError: `demo.folder-used` when the folder holds something else, and those of `synthesise`.
    """
    if is_demo(folder):
        return False
    folder = folder.resolve()
    world = folder.with_name(folder.name + "-world")
    # Processes cost more than they save while the country is small.
    written = synthesise(world, persons, seed, processes=1 if persons <= _FEW else None)
    shipped = sorted(p.parent.parent.name for p in builtin_folder().glob("*/demo/sources.toml"))
    made = list(dict.fromkeys(register.split(".")[0] for register in written.rows))
    needed = [name for pack in made for name in load_pack(builtin_folder() / pack).depends]
    open_packs = list(dict.fromkeys([*shipped, *needed]))
    lines = [take_sources(folder, open_packs)]
    for register in written.rows:
        pack, table = register.split(".")
        path = folder / "data" / pack / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(world / "registers" / f"{register}.csv", path)
        # On the base day nobody has died yet.
        lines.append(f'[sources."{register}"]\npath = "data/{pack}/{table}.csv"\nallow_empty = true\n')
    (world / "registers").rmdir()
    shutil.copyfile(world / WORLD, folder / "data" / WORLD)
    init_project(
        folder, name=folder.name, packs=[*open_packs, *made], synthetic=True, demo=True, extra="\n".join(lines)
    )
    return True


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _peak_mb() -> int:
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024


def _require_range(persons: int, day: int) -> None:
    if not 1 <= persons <= MOST_PERSONS or not 0 <= day <= MOST_DAYS:
        raise AltynError(
            "synth.range",
            what=say(
                "A synthetic country has 1 to {persons} people, and days 0 to {days}.",
                persons=MOST_PERSONS,
                days=MOST_DAYS,
            ),
            where="--persons, --day",
            mend=say("Name numbers in that range."),
        )


def _require_own_folder(folder: Path, persons: int, seed: int) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        known = json.loads((folder / WORLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if (known.get("persons"), known.get("seed")) != (persons, seed):
        raise AltynError(
            "synth.folder-used",
            what=say("The folder holds something else than this synthetic country."),
            where=folder.name,
            mend=say("Name an empty folder, or the persons and seed it was made with."),
        )
