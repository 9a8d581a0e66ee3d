"""Pages that packs declare under `pages/*.toml`: what each kind needs, and why one could not be drawn.

The portal shows sound pages only; a broken one costs no other page and no run. `altyn check` lists what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import Label, Message, say
from altyn.measures import Measure
from altyn.model import Register
from altyn.packs.documents import near
from altyn.packs.manifest import Pack, read_toml

_KEYS = {
    "home": ("measure", "total", "dimension", "time", "map", "prefer", "state"),
    "tour": ("statements", "figures", "intro"),
}
_REQUIRED = {"home": ("measure", "total", "dimension", "time", "map"), "tour": ("statements",)}
# Of a meridian, and more than any parallel; what is no number is not less.
_MOST_DEGREES = 180
_MAP = ("register", "code", "geometry", "parallels", "meridian")
# What the tour and the scoreboard read of their registers.
STATEMENT = (
    "id",
    "position",
    "indicator",
    "value",
    "unit",
    "qualifier",
    "period",
    "said_in",
    "passed_on_by",
    "passed_on",
)
FIGURE = ("id", "indicator", "period", "value", "unit", "qualifier", "source", "evidence")


@dataclass(frozen=True, slots=True)
class Known:
    """What pages may refer to. `elsewhere`: packs that are not here, of which nothing can be said."""

    packs: Sequence[Pack]
    registers: Mapping[str, Register]
    measures: Mapping[str, Measure]
    is_alone: bool = False

    def is_elsewhere(self, name: str) -> bool:
        """Whether the pack of a full name was not loaded, and need not be."""
        return self.is_alone and name.split(".", 1)[0] not in {pack.name for pack in self.packs}


def declared_pages(known: Known, pack: str | None = None) -> tuple[dict[str, Mapping[str, Any]], list[AltynError]]:
    """Sound pages by their kind, of which the first pack that declares one has it; and what is wrong with the others."""
    sound: dict[str, Mapping[str, Any]] = {}
    faults: list[AltynError] = []
    for one in known.packs:
        if pack not in {None, one.name}:
            continue
        for path in sorted(path for path in (Path(one.folder) / "pages").glob("*.toml") if path.is_file()):
            where = f"{one.name}/pages/{path.name}"
            try:
                table = read_toml(path, where, "page.invalid")
                found = list(_faults(table, where, known))
            except AltynError as error:
                faults.append(error)
                continue
            faults += found
            if not found:
                sound.setdefault(str(table["page"]), table)
    return sound, faults


def _faults(table: Mapping[str, Any], where: str, known: Known) -> Iterable[AltynError]:
    kind = table.get("page")
    if not isinstance(kind, str) or kind not in _KEYS:
        yield _invalid(
            where, say("The kind of page is not known."), say("Write page = one of: {names}.", names=", ".join(_KEYS))
        )
        return
    for key in table:
        if key not in (*_KEYS[kind], "page"):
            yield _invalid(
                where,
                say("The key {key} is not known here.", key=key[:80]),
                say("Did you mean: {names}?", names=near(key, _KEYS[kind])),
            )
    missing = [key for key in _REQUIRED[kind] if not table.get(key)]
    for key in missing:
        yield _invalid(where, say("{key} is missing.", key=key), say("See docs/packs/pages.md."))
    if not missing:
        yield from _of_home(table, where, known) if kind == "home" else _of_tour(table, where, known)


def _of_home(table: Mapping[str, Any], where: str, known: Known) -> Iterable[AltynError]:
    yield from _text_faults(table, ("measure", "total", "dimension", "time"), where)
    yield from _label_faults(table, "state", where)
    prefer = table.get("prefer", {})
    if not isinstance(prefer, Mapping) or not all(
        isinstance(v, str | int) for v in cast("Mapping[str, object]", prefer).values()
    ):
        yield _invalid(where, say("prefer has the wrong kind of value."), say("See docs/packs/pages.md."))
        prefer = {}
    by_time = [str(table["time"]), *cast("Mapping[str, object]", prefer)]
    yield from _measure_faults(str(table["measure"]), [str(table["dimension"]), *by_time], where, known)
    yield from _measure_faults(str(table["total"]), by_time, where, known)
    shapes: Any = table["map"]
    if not isinstance(shapes, Mapping) or any(not cast("Mapping[str, Any]", shapes).get(key) for key in _MAP[:4]):
        yield _invalid(where, say("{key} is missing.", key=f"map: {', '.join(_MAP)}"), say("See docs/packs/pages.md."))
        return
    shapes = cast("Mapping[str, Any]", shapes)
    numbers = [*(shapes["parallels"] if isinstance(shapes["parallels"], list) else []), shapes.get("meridian")]
    is_drawable = len(numbers) == len(("one", "two", "meridian")) and all(
        isinstance(n, int | float) and not isinstance(n, bool) and abs(n) <= _MOST_DEGREES for n in numbers
    )
    # Albers' cone has no tip where both parallels lie as far from the equator, on its two sides.
    if not is_drawable or numbers[0] + numbers[1] == 0:
        yield _invalid(
            where,
            say("parallels are two numbers of degrees, meridian is one."),
            say("Write for example parallels = [43, 53] and meridian = 67."),
        )
    yield from _register_faults(str(shapes["register"]), [str(shapes["code"]), str(shapes["geometry"])], where, known)


def _of_tour(table: Mapping[str, Any], where: str, known: Known) -> Iterable[AltynError]:
    yield from _text_faults(table, [k for k in ("statements", "figures") if k in table], where)
    yield from _label_faults(table, "intro", where)
    yield from _register_faults(str(table["statements"]), STATEMENT, where, known)
    if "figures" in table:
        yield from _register_faults(str(table["figures"]), FIGURE, where, known)


def _text_faults(table: Mapping[str, Any], keys: Sequence[str], where: str) -> Iterable[AltynError]:
    for key in keys:
        if not isinstance(table[key], str):
            yield _invalid(where, say("{key} must be a text.", key=key), say("Put it in quotes."))


def _label_faults(table: Mapping[str, Any], key: str, where: str) -> Iterable[AltynError]:
    value = table.get(key, "")
    try:
        Label(value)
    except (TypeError, ValueError, AttributeError):
        yield _invalid(
            where,
            say("{key} must be a text, or one text for each language.", key=key),
            say('Write {{ kk = "...", ru = "...", en = "..." }}.'),
        )


def _measure_faults(name: str, dimensions: Sequence[str], where: str, known: Known) -> Iterable[AltynError]:
    if known.is_elsewhere(name):
        return
    measure = known.measures.get(name)
    if measure is None:
        yield _invalid(
            where,
            say("There is no measure {name}.", name=name[:80]),
            say("Measures here: {names}.", names=near(name, known.measures) or "-"),
        )
        return
    has = [d.column for d in measure.dimensions]
    for column in dimensions:
        if column not in has:
            yield _invalid(
                where,
                say("The measure {measure} is not split by {name}.", measure=name, name=column[:80]),
                say("Its dimensions: {names}.", names=", ".join(has) or "-"),
            )


def _register_faults(name: str, columns: Sequence[str], where: str, known: Known) -> Iterable[AltynError]:
    if known.is_elsewhere(name) or any(name in pack.broken for pack in known.packs):
        # What is wrong with the register's own contract is told there.
        return
    register = known.registers.get(name)
    if register is None:
        yield _invalid(
            where,
            say("There is no register {name}.", name=name[:80]),
            say("Registers here: {names}.", names=near(name, known.registers) or "-"),
        )
        return
    has = {c.name: c for c in register.columns}
    for column in columns:
        if column not in has:
            yield _invalid(
                where,
                say("The register {register} has no column {name}.", register=name, name=column[:80]),
                say("Columns here: {names}.", names=", ".join(has)),
            )
        elif not register.is_open or has[column].sensitivity != "public":
            yield _invalid(
                where,
                say("The page shows {name} of {register}, which is not open.", register=name, name=column[:80]),
                say("Show an open register and its public columns."),
            )


def _invalid(where: str, what: Message, mend: Message) -> AltynError:
    return AltynError("page.invalid", what=what, where=where, mend=mend)
