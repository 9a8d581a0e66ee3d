"""Finding: the packs a project uses and those they depend on, each after what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from altyn.errors import AltynError
from altyn.language import say
from altyn.packs.documents import near
from altyn.packs.judged import judged_in
from altyn.packs.manifest import Pack, builtin_folder, collect_pack
from altyn.packs.project import Project


def ordered(needs: Mapping[str, Iterable[str]], cycle: Callable[[Sequence[str]], AltynError]) -> list[str]:
    """Names so that each stands after what it needs; what is needed and not among the names is left out.

    Raises:
        AltynError: what `cycle` makes of a path that returns to its beginning.

    >>> ordered({"b": ["a"], "a": []}, lambda path: AltynError("contract.cycle", what=str(path)))
    ['a', 'b']
    """
    done: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise cycle((*path[path.index(name) :], name))
        if name not in done:
            for needed in needs[name]:
                if needed in needs:
                    visit(needed, (*path, name))
            done.append(name)

    for name in needs:
        visit(name, ())
    return done


def register_cycle(path: Sequence[str]) -> AltynError:
    """The error of registers that refer to each other in a circle."""
    return AltynError(
        "contract.cycle",
        what=say("Registers refer to each other in a circle: {path}.", path=" > ".join(path)),
        where=path[0],
        mend=say("Remove one of the relationships: a parent is loaded before its child."),
    )


def measure_cycle(path: Sequence[str]) -> AltynError:
    """The error of measures that are made of each other in a circle."""
    return AltynError(
        "measure.invalid",
        what=say("Indicators are made of each other in a circle: {path}.", path=" > ".join(path)),
        where=f"measure {path[0]}",
        mend=say("Remove one of them from the other's inputs."),
    )


def dependency_cycle(path: Sequence[str]) -> AltynError:
    """The error of packs that depend on each other in a circle."""
    return AltynError(
        "pack.dependency",
        what=say("Packs depend on each other in a circle: {path}.", path=" > ".join(path)),
        where=f"{path[0]}/pack.toml",
        mend=say("Remove one of the dependencies."),
    )


def pack_missing(name: str, known: Iterable[str]) -> AltynError:
    """The error of a pack that is named and not there."""
    return AltynError(
        "pack.missing",
        what=say("There is no pack {name}.", name=name[:80]),
        where="altyn.toml, packs",
        mend=say("Packs here: {names}.", names=near(name, known) or "-"),
    )


def find_packs(project: Project) -> tuple[list[Pack], list[AltynError]]:
    """The packs a project names, with those they depend on, each before what needs it; and what is wrong in them.

    A pack of the project hides a built-in one of the same name.
    """
    folders = {
        path.parent.name: path.parent
        for root in (builtin_folder(), project.pack_folder)
        for path in sorted(root.glob("*/pack.toml"))
    }
    loaded: dict[str, Pack] = {}
    faults: list[AltynError] = []
    waiting, seen = list(reversed(project.packs)), set[str]()
    with judged_in(project.folder / ".altyn") as judged:
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name not in folders:
                faults.append(pack_missing(name, folders))
                continue
            pack, found = collect_pack(folders[name], judged)
            faults += found
            if pack:
                loaded[name] = pack
                waiting.extend(reversed(pack.depends))
    try:
        names = ordered({name: pack.depends for name, pack in loaded.items()}, dependency_cycle)
    except AltynError:
        names = list(loaded)  # the catalogue reports the circle
    return [loaded[name] for name in names], faults
