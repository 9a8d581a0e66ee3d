"""Synthesising: a synthetic country from the packs that come with Altyn, as files, or as a project that has loaded them."""

from __future__ import annotations

import json
import os
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
from altyn.world.writing import ChunkJob, has_no_room, write_world

WORLD, MANIFEST = "world.json", "altyn.toml"
MOST_PERSONS, MOST_DAYS, MOST_SEED = 40_000_000, 365, 2**63 - 1
# People of the demo's country, and up to how many one process writes them soonest.
SMALL, _FEW = 2_000, 20_000


@dataclass(frozen=True, slots=True)
class _Packs:
    """What a process of its own can load the world from; `only` one pack's registers, or all."""

    folders: tuple[Path, ...]
    only: str | None = None

    def __call__(self) -> tuple[Country, Sequence[Rendering]]:
        """The country and how its registers are written."""
        country, renderings = load_world(self.folders)
        return country, [r for r in renderings if self.only in {None, r.register.partition(".")[0]}]


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


def synthesise(  # noqa: PLR0917  # the verb's own options, in its order
    folder: Path, persons: int, seed: int = 1, day: int = 0, processes: int | None = None, pack: str | None = None
) -> Synthesised:
    """Write the registers of a synthetic country and the truth about them.

    Everything is written beside the folder and takes its place when it is whole: what fails leaves the folder as it was.

    Args:
        folder: `registers/`, `truth/` and `world.json` go there; empty, or the same country written before.
        persons: how many live there at the base day.
        seed: another number, another country.
        day: days after the base day; what happened meanwhile is in the files.
        processes: how many at once; the bytes do not depend on it.
        pack: only this pack's registers; those of every pack if None.

    Raises:
        AltynError: `synth.range`, `synth.folder-used`, `synth.pack-unknown`, `synth.contract`, `environment.full`.
    """
    _require_range(persons, seed, day, processes)
    folder = folder.resolve()
    _require_own_folder(folder, persons, seed)
    packs = _Packs(tuple(sorted(p.parent for p in builtin_folder().glob("*/synth.py"))), pack)
    _require_declared(packs)
    before = _cpu_seconds()
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.written-by-{os.getpid()}")
    try:
        written = write_world(ChunkJob(packs, seed, persons, day, beside), processes)
        # Somebody may have begun to use the folder meanwhile.
        _require_own_folder(folder, persons, seed)
        _take_place(beside, folder)
    except OSError as error:
        if has_no_room(error):
            raise _full(folder) from None
        raise
    except AltynError as error:
        raise (_full(folder) if has_no_room(error) else error) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Synthesised(folder, written.rows, _cpu_seconds() - before, _peak_mb())


def _take_place(beside: Path, folder: Path) -> None:
    if not folder.exists():
        beside.rename(folder)
        return
    old = folder.with_name(f"{beside.name}.old")
    folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old)


def _full(folder: Path) -> AltynError:
    return AltynError(
        "environment.full",
        what=say("The disk is full."),
        where=folder.name,
        mend=say("Free space, or ask for fewer persons or for one pack; nothing was written."),
        retry=True,
    )


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
    files = json.loads((world / WORLD).read_text(encoding="utf-8"))["files"]
    for register in written.rows:
        pack, table = register.split(".")
        file = world / files[register]["path"]
        path = folder / "data" / pack / f"{table}{file.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, path)
        said = "".join(f'{key} = "{value}"\n' for key, value in files[register].items() if key != "path")
        # In a small country a register may have nobody to write about.
        lines.append(f'[sources."{register}"]\npath = "data/{pack}/{path.name}"\n{said}allow_empty = true\n')
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


def _require_range(persons: int, seed: int, day: int, processes: int | None) -> None:
    fits = 1 <= persons <= MOST_PERSONS and 0 <= day <= MOST_DAYS and 0 <= seed <= MOST_SEED
    if not fits or (processes is not None and processes < 1):
        raise AltynError(
            "synth.range",
            what=say(
                "A synthetic country has 1 to {persons} people, days 0 to {days}, a seed of 0 or more, and at least one process.",
                persons=MOST_PERSONS,
                days=MOST_DAYS,
            ),
            where="--persons, --day, --seed, --processes",
            mend=say("Name numbers in that range."),
        )


def _require_own_folder(folder: Path, persons: int, seed: int) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if (folder / MANIFEST).exists():
        raise AltynError(
            "synth.folder-used",
            what=say("The folder is a project; extracts of a synthetic country are no part of one."),
            where=folder.name,
            mend=say("Name an empty folder, or make a project of the country: altyn demo DIR --persons N."),
        )
    try:
        known = json.loads((folder / WORLD).read_text(encoding="utf-8"))
        was = (known["persons"], known["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        was = None
    extra = [p.name for p in folder.iterdir() if p.name not in {WORLD, "registers", "truth"}] if folder.is_dir() else []
    if was != (persons, seed) or extra:
        raise AltynError(
            "synth.folder-used",
            what=say("The folder holds something else than this synthetic country."),
            where=folder.name,
            mend=say("Name an empty folder, or the persons and seed it was made with."),
        )


def _require_declared(packs: _Packs) -> None:
    """Every register that is rendered has a contract with all of its columns; the reader of the file would otherwise refuse it."""
    _, renderings = _Packs(packs.folders)()
    known = list(dict.fromkeys(r.register.partition(".")[0] for r in renderings))
    if packs.only is not None and packs.only not in known:
        raise AltynError(
            "synth.pack-unknown",
            what=say("No pack of that name writes registers of the synthetic country."),
            where="--pack",
            mend=say("Name one of: {packs}.", packs=", ".join(known)),
        )
    for pack in known if packs.only is None else [packs.only]:
        contracts = load_pack(next(f for f in packs.folders if f.name == pack)).contracts
        for rendering in (r for r in renderings if r.register.partition(".")[0] == pack):
            contract = contracts.get(rendering.register.partition(".")[2])
            register = contract.register if contract else None
            declared = {c.name for c in register.columns} if register else set[str]()
            unknown = sorted(set(rendering.columns) - declared)
            lacking = (
                sorted({c.name for c in register.columns if c.required} - set(rendering.columns)) if register else []
            )
            if unknown or lacking or rendering.key not in rendering.columns:
                raise AltynError(
                    "synth.contract",
                    what=say("A pack writes other columns of a register than its contract declares."),
                    where=f"{rendering.register}: {', '.join(unknown or lacking or [rendering.key])}",
                    mend=say("Correct its synth.py, or declare the columns in the contract."),
                )
