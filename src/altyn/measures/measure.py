"""A measure: what is counted, over which rows, split by what. Every number of it opens to its rows.

A measure is one TOML file. `rows` is the query whose rows are counted (one row per statistical unit); `value` is the
aggregate over them; the dimensions, and the time if there is one, are columns of `rows`.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import Label, Message, say
from altyn.model import Column, ColumnType, Input, Register, Relation
from altyn.model.columns import INTEGER, NAME, TEXT, TypeKind
from altyn.model.sql import identifier, tables_read

REQUIRED = ("measure", "version", "title", "definition", "unit", "grain", "owner", "source", "inputs", "rows", "value")
OPTIONAL = ("unit_label", "synonyms", "dimensions", "time", "type", "note", "pyramid")
_DIMENSION_KEYS = ("column", "label", "codes", "type", "added_up")
_PYRAMID = ("bands", "sides")
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
VALUE, COUNT = "value", "n"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column that splits a measure; `codes` names the code list or register that explains its values.

    `is_added_up`: whether a sum over its values means something. Years of a stock, editions and overlapping groups do not.
    """

    column: str
    label: Label
    codes: str | None = None
    type: ColumnType | None = None
    is_added_up: bool = True


@dataclass(frozen=True, slots=True)
class Pyramid:
    """How a measure is drawn as a pyramid: the dimension whose values lie upon one another, and that of the two sides."""

    bands: str
    sides: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator. `name` is `pack.measure`; `tables` maps the names `rows` reads to registers or other measures.

    `made_of` says of each of those measures which registers it is made of in the end; the catalogue finds out.
    """

    name: str
    version: str
    title: Label
    definition: Label
    unit: str
    grain: str
    owner: Label
    source: Label
    tables: Mapping[str, str]
    rows: str
    value: str
    unit_label: Label = field(default_factory=Label)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    dimensions: tuple[Dimension, ...] = ()
    time: str | None = None
    type: ColumnType = ColumnType("decimal", 38, 6)  # noqa: RUF009  # frozen
    note: Label = field(default_factory=Label)
    pyramid: Pyramid | None = None
    made_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def pack(self) -> str:
        """The pack that declares the measure."""
        return self.name.split(".", 1)[0]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Registers the measure is made of, in full names, those under other measures too."""
        return tuple(sorted({r for name in self.tables.values() for r in self.made_of.get(name, (name,))}))

    @property
    def where(self) -> str:
        """The measure as messages name it."""
        return f"measure {self.name}"

    @property
    def fingerprint(self) -> str:
        """sha256 over what the numbers depend on; titles and labels left out."""
        meaning = [
            self.name, self.rows.strip(), self.value.strip(), sorted(self.tables.items()), self.type.name, self.time,
            [[d.column, d.type.name if d.type else None] for d in self.dimensions],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(meaning, ensure_ascii=False).encode()).hexdigest()

    def columns(self, registers: Mapping[str, Register] | None = None) -> tuple[Column, ...]:
        """Columns of the measure's table: the dimensions, `value`, and `n`, the rows behind it.

        A dimension whose type the file leaves out takes that of the column of its name in the inputs, else text.
        """
        known = {c.name: c for name in self.inputs for c in _columns_of(registers, name)}
        split = [
            Column(
                d.column,
                d.type or (known[d.column].type if d.column in known else TEXT),
                d.label,
                code_list=d.codes,
                unit=known[d.column].unit if d.column in known else None,
                role="year" if d.column == self.time else known[d.column].role if d.column in known else None,
            )
            for d in self.dimensions
        ]
        count = Label({"kk": "Жолдар", "ru": "Строк", "en": "Rows"})
        return (*split, Column(VALUE, self.type, self.title, unit=self.unit), Column(COUNT, INTEGER, count))

    def relation(self, registers: Mapping[str, Register] | None = None) -> Relation:
        """The measure's table; grain: one row for each combination of its dimensions.

        Raises:
            AltynError: `measure.invalid` when `rows` reads what `inputs` does not name, `sql.syntax`.
        """
        columns = self.columns(registers)
        casts = [f"CAST({identifier(c.name)} AS {c.type.sql}) AS {identifier(c.name)}" for c in columns[:-2]]
        casts += [f"CAST({self.value} AS {self.type.sql}) AS {VALUE}", f"COUNT(*) AS {COUNT}"]
        names = [identifier(d.column) for d in self.dimensions]
        group = f" GROUP BY {', '.join(names)}" if names else ""
        text = f"SELECT {', '.join(casts)} FROM ({self.rows}) AS measured{group}"
        return Relation(text, self._inputs(), columns=columns, grain=self.grain)

    def rows_relation(self, **dimensions: object) -> Relation:
        """The rows behind one number: those of `rows` whose dimensions have the given values; None finds the missing.

        Raises:
            AltynError: `measure.missing` when a name is no dimension of the measure.
        """
        known = [d.column for d in self.dimensions]
        unknown = sorted(set(dimensions) - set(known))
        if unknown:
            raise AltynError(
                "measure.missing",
                what=say("The measure is not split by {name}.", name=unknown[0][:80]),
                where=self.where,
                mend=say("Its dimensions: {names}.", names=", ".join(known) or "-"),
            )
        tests, parameters = list[str](), dict[str, object]()
        for name, value in dimensions.items():
            # Compared as text: a value that comes from an address needs no guessing of its type.
            parameters |= {} if value is None else {f"d_{name}": str(value)}
            column = identifier(name)
            tests.append(f"{column} IS NULL" if value is None else f"CAST({column} AS VARCHAR) = $d_{name}")
        condition = f" WHERE {' AND '.join(tests)}" if tests else ""
        text = f"SELECT * FROM ({self.rows}) AS measured{condition}"
        return Relation(text, self._inputs(), parameters, grain="one row counted by the measure")

    def _inputs(self) -> dict[str, Input]:
        unknown = sorted(tables_read(self.rows) - set(self.tables))
        if unknown:
            raise _invalid(
                say("`rows` reads {name}, which `inputs` does not name.", name=unknown[0][:80]),
                self.where,
                say("Name it without its pack. Names here: {names}.", names=", ".join(sorted(self.tables))),
            )
        return {
            alias: Input(name, "table" if name in self.made_of else "current") for alias, name in self.tables.items()
        }


def relations_of(measures: Mapping[str, Measure], registers: Mapping[str, Register]) -> dict[str, Relation]:
    """The tables of those measures that can be read: what is wrong with another is its own trouble, and told by `check` and `run`."""
    found: dict[str, Relation] = {}
    for name, measure in measures.items():
        with contextlib.suppress(AltynError):
            found[name] = measure.relation(registers)
    return found


def _columns_of(registers: Mapping[str, Register] | None, name: str) -> Iterable[Column]:
    return registers[name].columns if registers and name in registers else ()


def _invalid(what: Message, where: str, mend: Message) -> AltynError:
    return AltynError("measure.invalid", what=what, where=where, mend=mend)


def load_measure(path: Path, pack: str) -> Measure:
    """The measure in a file of `measures/`.

    Raises:
        AltynError: `measure.invalid`.
    """
    where = f"{pack}/measures/{path.name}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise _invalid(
            say("The file cannot be read as TOML."),
            f"{where}, {place[0]}" if place else where,
            say("Correct the TOML."),
        ) from None
    measure = parse_measure(table, pack, where)
    if measure.name.split(".", 1)[1] != path.stem:
        raise _invalid(
            say("The file and the measure in it have different names."),
            where,
            say("Call the file {name}.toml.", name=table["measure"]),
        )
    return measure


def parse_measure(table: Mapping[str, Any], pack: str, where: str) -> Measure:
    """A measure from its TOML table.

    Raises:
        AltynError: `measure.invalid` with the key that is unknown, missing or of the wrong kind.
    """
    _keys(table, (*REQUIRED, *OPTIONAL), where)
    for key in REQUIRED:
        if not table.get(key):
            raise _invalid(
                say("{key} is missing.", key=key), where, say("Add it; docs/packs/quality.md shows a measure.")
            )
    name = _text(table, "measure", where)
    if not NAME.match(name):
        raise _invalid(say("{name} is not a name.", name=name[:80]), where, say("Use Latin lower case, digits and _."))
    time = _text(table, "time", where) if "time" in table else None
    return Measure(
        name=f"{pack}.{name}",
        version=_text(table, "version", where),
        title=_label(table, "title", where),
        definition=_label(table, "definition", where),
        unit=_text(table, "unit", where),
        grain=_text(table, "grain", where),
        owner=_label(table, "owner", where),
        source=_label(table, "source", where),
        tables=_tables(table["inputs"], pack, where),
        rows=_text(table, "rows", where).strip().rstrip(";"),
        value=_text(table, "value", where).strip(),
        unit_label=_label(table, "unit_label", where),
        synonyms=_synonyms(table.get("synonyms", {}), where),
        dimensions=_dimensions(table.get("dimensions", []), time, where),
        time=time,
        type=_type(table["type"], where) if "type" in table else ColumnType("decimal", 38, 6),
        note=_label(table, "note", where),
        pyramid=_pyramid(table["pyramid"], table.get("dimensions", []), where) if "pyramid" in table else None,
    )


def _pyramid(value: object, dimensions: object, where: str) -> Pyramid:
    found = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    names = {d.column for d in _dimensions(dimensions, None, where)}
    named = [found.get(key) for key in _PYRAMID]
    if set(found) != set(_PYRAMID) or len(set(map(str, named))) < len(_PYRAMID) or not set(map(str, named)) <= names:
        raise _invalid(
            say("pyramid names two dimensions of the measure: its bands and its sides."),
            where,
            say(
                'Write pyramid = {{ bands = "age_group", sides = "sex" }}. Dimensions: {names}.',
                names=", ".join(sorted(names)) or "-",
            ),
        )
    return Pyramid(*map(str, named))


def _keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            names = difflib.get_close_matches(key, list(known), n=3) or sorted(known)
            raise _invalid(
                say("The key {key} is not known here.", key=str(key)[:80]),
                where,
                say("Did you mean: {names}?", names=", ".join(names)),
            )


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    if not isinstance(table[key], str):
        raise _invalid(say("{key} must be a text.", key=key), where, say("Put it in quotes."))
    return table[key]


def _label(table: Mapping[str, Any], key: str, where: str) -> Label:
    value = table.get(key)
    if value is not None and not isinstance(value, str) and not _texts(value):
        raise _invalid(
            say("{key} must be a text, or one text for each language.", key=key),
            where,
            say('Write {{ kk = "...", ru = "...", en = "..." }}.'),
        )
    return Label(value)


def _texts(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(text, str) for text in cast("Mapping[str, object]", value).values()
    )


def _synonyms(value: object, where: str) -> dict[str, tuple[str, ...]]:
    """`{kk = [..], ru = [..]}`, or one list for all languages under `""`."""
    lists = value if isinstance(value, Mapping) else {"": value}
    found = {str(k): tuple(v) if isinstance(v, list) else (v,) for k, v in cast("Mapping[str, Any]", lists).items()}
    if not all(isinstance(word, str) for words in found.values() for word in words):
        raise _invalid(
            say("synonyms are lists of words by language."), where, say('Write synonyms = {{ ru = ["..."] }}.')
        )
    return found


def _tables(value: object, pack: str, where: str) -> dict[str, str]:
    """`["pack.register"]` or `{alias = "pack.register"}`; a name without pack is of the measure's own."""
    if isinstance(value, list):
        value = {str(name).rsplit(".", 1)[-1]: name for name in cast("list[object]", value)}
    pairs = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    if not pairs or not all(isinstance(name, str) for name in pairs.values()):
        raise _invalid(
            say("inputs names the registers that `rows` reads."), where, say('Write inputs = ["pack.register"].')
        )
    return {
        alias: name if "." in name else f"{pack}.{name}" for alias, name in cast("Mapping[str, str]", pairs).items()
    }


def _type(text: object, where: str) -> ColumnType:
    match = _DECIMAL.fullmatch(str(text).lower())
    try:
        return ColumnType("decimal", int(match[1]), int(match[2])) if match else ColumnType(cast("TypeKind", text))
    except (AltynError, TypeError) as error:
        mend = (
            error.mend
            if isinstance(error, AltynError)
            else say("Use text, integer, decimal(p,s), double, date or boolean.")
        )
        raise _invalid(say("The type is not known."), where, mend) from None


def _dimensions(value: object, time: str | None, where: str) -> tuple[Dimension, ...]:
    found: list[Dimension] = []
    for item in cast("list[Any]", value) if isinstance(value, list) else [value]:
        table = {"column": item} if isinstance(item, str) else item
        if not isinstance(table, Mapping) or not isinstance(cast("Mapping[str, Any]", table).get("column"), str):
            raise _invalid(
                say("A dimension names a column."), where, say('Write dimensions = [{{ column = "region" }}].')
            )
        entry = cast("Mapping[str, Any]", table)
        _keys(entry, _DIMENSION_KEYS, where)
        if not NAME.match(entry["column"]) or entry["column"] in (VALUE, COUNT):
            raise _invalid(
                say("{name} cannot be a dimension.", name=entry["column"][:80]),
                where,
                say("Give the column another name in `rows`."),
            )
        kind = _type(entry["type"], where) if "type" in entry else None
        codes = entry.get("codes")
        is_added_up = entry.get("added_up", True)
        if not isinstance(is_added_up, bool):
            raise _invalid(say("added_up is true or false."), where, say("Write added_up = false, or leave it out."))
        codes = None if codes is None else str(codes)
        found.append(Dimension(entry["column"], _label(entry, "label", where), codes, kind, is_added_up))
    if time and time not in {d.column for d in found}:
        found.append(Dimension(time, Label({"kk": "Уақыты", "ru": "Время", "en": "Time"})))
    return tuple(found)
