"""Properties: one property of a contract as a column, and the table checks its `quality` asks for."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import Label, Message, say
from altyn.model import Check, Column, ColumnType, Derivation, RowRule, TableCheck
from altyn.model.columns import NAME, TOLD, Sensitivity, TypeKind
from altyn.model.registers import RESERVED
from altyn.model.sql import identifier, literal
from altyn.packs.collecting import Collecting
from altyn.packs.documents import near
from altyn.packs.forms import PROPERTY, form_of
from altyn.packs.profile import label_of, properties_of
from altyn.sources.rules import CHECKS

_TYPES: dict[str, TypeKind] = {
    "string": "text", "integer": "integer", "date": "date", "timestamp": "timestamp", "boolean": "boolean",
    "object": "json", "array": "json", "map": "json", "vector": "json", "time": "text",
}  # fmt: skip
_TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?$"
_PHYSICAL: dict[str, TypeKind] = {
    "varchar": "text", "char": "text", "text": "text", "string": "text", "nvarchar": "text", "uuid": "text",
    "int": "integer", "integer": "integer", "bigint": "integer", "smallint": "integer", "tinyint": "integer", "long": "integer",
    "double": "double", "float": "double", "real": "double", "double precision": "double", "date": "date",
    "timestamp": "timestamp", "timestamptz": "timestamp", "datetime": "timestamp", "timestamp with time zone": "timestamp",
    "boolean": "boolean", "bool": "boolean", "json": "json", "jsonb": "json", "decimal": "decimal", "numeric": "decimal",
}  # fmt: skip
SENSITIVITIES = ("public", "internal", "confidential", "restricted")
_COMPARISONS = (
    "mustBe", "mustBeBetween", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo",
)  # fmt: skip
_FINDING = {"warning", "warn", "info", "finding", "low", "minor"}


def invalid(what: Message, where: str, mend: Message) -> AltynError:
    """A `contract.invalid` that can be raised or collected."""
    return AltynError("contract.invalid", what=what, where=where, mend=mend)


def column_type(item: Mapping[str, Any], where: str) -> ColumnType:
    """The type a property declares: `logicalType`, made precise by `physicalType`.

    Raises:
        AltynError: `contract.invalid` for a type nobody here can keep.
    """
    physical = " ".join(str(item.get("physicalType", "")).lower().split())
    match = re.fullmatch(r"([a-z_ ]+?) ?(?:\( ?(\d+) ?(?:, ?(\d+) ?)?\))?", physical)
    base, first, second = match.groups() if match else (physical, None, None)
    logical = item.get("logicalType")
    if logical == "number" or (logical is None and _PHYSICAL.get(base) in {"decimal", "double"}):
        if _PHYSICAL.get(base) == "double":
            return ColumnType("double")
        if base in {"decimal", "numeric"} and first:
            try:
                return ColumnType("decimal", int(first), int(second or 0))
            except AltynError as error:
                raise invalid(error.what, where, error.mend) from None
        return ColumnType("decimal")
    if logical is None:
        kind = _PHYSICAL.get(base) if base else "text"
        if kind is None:
            raise invalid(
                say("The type {type} is not known.", type=physical[:40]),
                where,
                say("Add logicalType: string, number, date ..."),
            )
        return ColumnType(kind)
    # ODCS 3.0 has no logical timestamp: it writes a date whose physical type keeps the time of day.
    if logical == "date" and _PHYSICAL.get(base) == "timestamp":
        return ColumnType("timestamp")
    return ColumnType(_TYPES[logical])


def column_of(
    item: Mapping[str, Any],
    where: str,
    *,
    hierarchy_parent: str | None,
    valid: tuple[str | None, ...],
    form: Mapping[str, Any],
) -> Column:
    """A property as a column of a register; `form` is the register's own `altyn.form`.

    Raises:
        AltynError: `contract.invalid`, `contract.name-reserved`.
    """
    _require_name(name := str(item["name"]), where, valid)
    profile = properties_of(item)
    code_list = profile.get("altyn.codeList")
    kind, derivation = column_type(item, where), _derivation(name, profile, hierarchy_parent)
    # What Altyn fills itself was written by nobody.
    default = form if derivation is None else {}
    return Column(
        name=name,
        type=kind,
        label=label_of(profile.get("altyn.label") or item.get("businessName") or None),
        summary=label_of(profile.get("altyn.summary")),
        description=str(item.get("description", "")),
        **{name: profile.get(f"altyn.{name}") for name in TOLD},
        required=bool(item.get("required")) or bool(item.get("primaryKey")),
        unique=bool(item.get("unique")),
        sensitivity=_sensitivity(item, where),
        header=item.get("physicalName"),
        renamed_from=profile.get("altyn.renamedFrom"),
        role=profile.get("altyn.role"),
        code_list=code_list,
        checks=_checks(item, profile),
        derivation=derivation,
        form=form_of(item, kind, profile.get(PROPERTY) or {}, default, where),
        text_from_any=bool(profile.get("altyn.textFromAny")),
    )


def _require_name(name: str, where: str, valid: tuple[str | None, ...]) -> None:
    if not NAME.match(name):
        raise invalid(
            say("{name} is not a column name.", name=name[:80]),
            where,
            say(
                "Use Latin letters, digits and _, beginning with a letter, in lower case; the source's own header goes to physicalName."
            ),
        )
    if name in RESERVED and not (name in {"valid_from", "valid_to"} and name in valid):
        raise AltynError(
            "contract.name-reserved",
            what=say("{name} is a name that Altyn gives to its own column.", name=name),
            where=where,
            mend=say("Give the column another name; the source's own header goes to physicalName."),
        )


def column_faults(
    item: Mapping[str, Any], where: str, *, valid: tuple[str | None, ...], is_typed: bool
) -> list[AltynError]:
    """What is wrong with a property, part by part; its form and its place among the others are not looked at.

    `is_typed` is False where a field of its type breaks the standard, and nothing can be said about the type.
    """
    faults = list[AltynError]()
    with Collecting(faults):
        _require_name(str(item["name"]), where, valid)
    with Collecting(faults):
        _sensitivity(item, where)
    if is_typed:
        with Collecting(faults):
            column_type(item, where)
    return faults


def _sensitivity(item: Mapping[str, Any], where: str) -> Sensitivity:
    # A column nobody classified is not public: refuse when unsure.
    value = item.get("classification", "internal")
    if value not in SENSITIVITIES:
        raise invalid(
            say("{value} is not a classification that Altyn knows.", value=str(value)[:40]),
            where,
            say("Use one of: {names}.", names=", ".join(SENSITIVITIES)),
        )
    return value


def _derivation(name: str, profile: Mapping[str, Any], hierarchy_parent: str | None) -> Derivation | None:
    if "altyn.constant" in profile:
        value = profile["altyn.constant"]
        return Derivation("constant", str(value).lower() if isinstance(value, bool) else str(value))
    if "altyn.lookup" in profile:
        lookup = profile["altyn.lookup"]
        return Derivation("lookup", (lookup["from"], lookup["list"]))
    return Derivation("hierarchy") if name == hierarchy_parent else None


def _checks(item: Mapping[str, Any], profile: Mapping[str, Any]) -> tuple[Check, ...]:
    options = item.get("logicalTypeOptions") or {}
    checks = [Check(kind, options[c.option]) for kind, c in CHECKS.items() if options.get(c.option) is not None]
    if item.get("logicalType") == "time":
        checks.append(Check("pattern", _TIME_OF_DAY))
    if item.get("enum"):
        checks.append(Check("enum", tuple(_text(entry["value"]) for entry in item["enum"])))
    for quality in item.get("quality") or []:
        checks += _valid_values(quality)
    checks += [Check(kind, profile[c.property]) for kind, c in CHECKS.items() if profile.get(c.property)]
    return tuple(checks)


def _valid_values(quality: Mapping[str, Any]) -> Iterator[Check]:
    """The metric `invalidValues` that must be 0, as checks of each value."""
    if quality.get("metric") == "invalidValues" and quality.get("mustBe") == 0 and not _is_finding(quality):
        arguments = quality.get("arguments") or {}
        if "validValues" in arguments:
            yield Check("enum", tuple(_text(value) for value in arguments["validValues"]))
        if "pattern" in arguments:
            yield Check("pattern", arguments["pattern"])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def option_rules(item: Mapping[str, Any], kind: TypeKind) -> list[RowRule]:
    """Options that no `Check` can say, as row rules: open bounds and multiples."""
    options, name, rules = item.get("logicalTypeOptions") or {}, str(item["name"]), list[RowRule]()
    cast = {"date": "DATE ", "timestamp": "TIMESTAMPTZ "}.get(kind, "")
    for option, sign in (("exclusiveMinimum", ">"), ("exclusiveMaximum", "<")):
        bound = options.get(option)
        if isinstance(bound, bool):  # ODCS 3.0: true makes the plain bound an open one
            bound = options.get("minimum" if sign == ">" else "maximum") if bound else None
        if bound is not None:
            text = cast + literal(bound) if isinstance(bound, str) else str(bound)
            rules.append(
                _rule(
                    f"{name}_{'above' if sign == '>' else 'below'}",
                    f"{identifier(name)} {sign} {text}",
                    f"{name} {sign} {bound}",
                )
            )
    if options.get("multipleOf"):
        step = options["multipleOf"]
        rules.append(_rule(f"{name}_multiple", f"{identifier(name)} % {step} = 0", f"{name}: {step} × n"))
    return rules


def _rule(name: str, sql: str, message: str) -> RowRule:
    return RowRule(name, sql, "refuse", Label(message))


def _is_finding(quality: Mapping[str, Any]) -> bool:
    return str(quality.get("severity", "")).lower() in _FINDING


def table_checks(
    quality: list[Mapping[str, Any]], table: str, column: str | None, where: str, faults: list[AltynError] | None = None
) -> list[TableCheck]:
    """The `quality` of a schema object or a property as checks over a new extract.

    `sql` and the library's metrics become checks; `text` and `custom` are for people and other tools.

    Args:
        quality: as written.
        table: the register's bare name.
        column: the property, None for the register.
        where: for messages.
        faults: where given, what is wrong joins it and the other checks are still looked at.

    Raises:
        AltynError: `contract.invalid` for a comparison that is not one range of numbers.
    """
    checks: list[TableCheck] = []
    for number, item in enumerate(quality):
        with contextlib.nullcontext() if faults is None else Collecting(faults):
            checks += _table_check(item, number, table, column, f"{where}.quality[{number}]")
    return checks


def _table_check(
    item: Mapping[str, Any], number: int, table: str, column: str | None, where: str
) -> Iterator[TableCheck]:
    kind = item.get("type", "library")
    if kind == "sql":
        query = _filled(str(item["query"]), table, column)
    elif kind == "library" and (item.get("metric") or item.get("rule")):
        # Without a severity of its own, a set of valid values is refused row by row (see `_checks`).
        if item.get("metric") == "invalidValues" and item.get("mustBe") == 0 and not _is_finding(item):
            return
        query = _metric(item, table, column, where)
    else:
        return
    lowest, highest = _range(item, where)
    name = str(item.get("name") or item.get("id") or f"{column or table}_{item.get('metric') or kind}_{number}")
    yield TableCheck(name, query, lowest, highest, "finding" if _is_finding(item) else "refuse")


def _filled(query: str, table: str, column: str | None) -> str:
    """The query with the placeholders of ODCS and datacontract-cli filled in."""
    query = re.sub(r"\$?\{(?:table|object|schema|model)\}", identifier(table), query)
    return re.sub(r"\$?\{(?:column|property|field)\}", identifier(column), query) if column else query


def _metric(item: Mapping[str, Any], table: str, column: str | None, where: str) -> str:
    metric, source = str(item.get("metric") or item.get("rule")), identifier(table)
    metric = {"nullCheck": "nullValues", "duplicateCount": "duplicateValues"}.get(metric, metric)  # ODCS 3.0
    arguments = item.get("arguments") or {}
    percent = item.get("unit") == "percent"
    if metric == "rowCount":
        return f"SELECT count(*) FROM {source}"
    if metric == "duplicateValues":
        names = [column] if column else list(map(str, arguments.get("properties") or []))
        if names:
            listed = ", ".join(map(identifier, names))
            return f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {source} GROUP BY {listed})"
    if column:
        name = identifier(column)
        wrong = {"nullValues": f"{name} IS NULL", "missingValues": f"{name} IS NULL"}.get(metric)
        if metric == "missingValues" and arguments.get("missingValues"):
            texts = [literal(str(v)) for v in arguments["missingValues"] if v is not None]
            wrong = f"{name} IS NULL" + (f" OR CAST({name} AS VARCHAR) IN ({', '.join(texts)})" if texts else "")
        elif metric == "invalidValues" and arguments.get("validValues"):
            wrong = f"CAST({name} AS VARCHAR) NOT IN ({', '.join(literal(_text(v)) for v in arguments['validValues'])})"
        elif metric == "invalidValues" and arguments.get("pattern"):
            wrong = f"NOT regexp_matches(CAST({name} AS VARCHAR), {literal(str(arguments['pattern']))})"
        if wrong and percent:
            return f"SELECT coalesce(100.0 * count(*) FILTER (WHERE {wrong}) / nullif(count(*), 0), 0) FROM {source}"
        if wrong:
            return f"SELECT count(*) FROM {source} WHERE {wrong}"
    raise invalid(
        say("The metric {metric} cannot be checked here.", metric=metric[:40]),
        where,
        say(
            "Known metrics: {names}.",
            names=near(metric, ["rowCount", "nullValues", "missingValues", "invalidValues", "duplicateValues"]),
        ),
    )


def _range(item: Mapping[str, Any], where: str) -> tuple[float | None, float | None]:
    # One comparison is the standard's rule from 3.1 on; a version before may carry several.
    bounds = [
        (key, value if isinstance(value, list) else [value]) for key, value in item.items() if key in _COMPARISONS
    ]
    others = any(key.startswith("must") and key not in _COMPARISONS for key in item)
    numbers = cast("list[tuple[str, list[Any]]]", bounds)
    if (
        others
        or not bounds
        or any(isinstance(n, bool) or not isinstance(n, (int, float)) for _, ns in numbers for n in ns)
    ):
        raise invalid(
            say("The check does not compare its number with one range."),
            where,
            say("Use mustBe, mustBeGreaterThan, mustBeLessThan or mustBeBetween with numbers."),
        )
    lowest: float | None = None
    highest: float | None = None
    for key, values in numbers:
        first, last = values[0], values[-1]
        match key:
            case "mustBe" | "mustBeBetween":
                lowest, highest = first, last
            case "mustBeGreaterThan":
                lowest = math.nextafter(first, math.inf)
            case "mustBeGreaterOrEqualTo":
                lowest = first
            case "mustBeLessThan":
                highest = math.nextafter(first, -math.inf)
            case _:
                highest = first
    return lowest, highest
