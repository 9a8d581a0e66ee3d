"""Rules: what each value of a row must satisfy, as SQL that is true for a right row. NULL is right: unknown is not wrong.

Patterns search, as JSON Schema says: a pattern that means the whole text says so with `^` and `$`. They are RE2's.
A required text must say something: the empty text is refused like a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model import Check, Column, Register
from altyn.model.sql import identifier, literal
from altyn.sources import casts, forms
from altyn.sources.context import CodeList, Context

_SHORT_LIST = 40
_MAX_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule over one row: `sql` is false for a wrong row. `text` is SQL of what the source said."""

    rule: str
    column: str | None
    sql: str
    text: str | None = None


def text_of(column: Column) -> str:
    """SQL of a column's text in the table of rows: the column itself where its type is text."""
    return identifier(column.name if casts.is_kept_as_text(column) else f"_t_{column.name}")


class Rules:
    """Makes the conditions of a register's columns; code lists become tables of the session, each once."""

    def __init__(self, session: Session, register: Register, context: Context) -> None:
        self._session = session
        self._register = register
        self._context = context
        self._lists: dict[str, str] = {}

    def conditions(self, column: Column) -> list[Condition]:
        """Everything that one column's value must satisfy."""
        written, value, name = text_of(column), identifier(column.name), column.name
        # A text in a form of its own is judged by what it says; of any other type, a pattern sees what was written.
        text = value if column.type.kind in {"text", "json"} else forms.given(column, written)
        derivation = column.derivation
        if derivation and derivation.kind in {"hierarchy", "content"}:
            return []
        made: list[Condition] = []
        # A name that stands for no code is a failed lookup, not a missing value.
        said = text
        if derivation and derivation.kind == "lookup":
            source, _ = lookup_of(self._register, column)
            said = forms.given(source, text_of(source))
            made.append(Condition("lookup", name, f"({text} IS NOT NULL OR {said} IS NULL OR {said} = '')", said))
        if column.type.kind != "text" or forms.reads_text(column):
            made.append(Condition("type", name, casts.is_right(column, written, value), written))
        if column.required or name in self._register.key:
            made.append(Condition("required", name, f"({said} IS NOT NULL AND {said} <> '')"))
        checks = list(column.checks)
        if column.code_list and not any(c.kind == "code-list" for c in checks):
            checks.append(Check("code-list", column.code_list))
        made += [
            Condition(c.kind, name, CHECKS[c.kind].sql(self, column, c.argument, text, value), text) for c in checks
        ]
        return made

    def pattern(self, column: Column, argument: object, text: str, _value: str) -> str:
        """True where the text holds the pattern."""
        pattern = str(argument)
        try:
            self._session.run(f"SELECT regexp_matches('', {literal(pattern)})")
        except duckdb.Error:
            raise self._invalid(
                column,
                say("The pattern cannot be used."),
                say("Write it in RE2's syntax: no look-ahead and no back-reference."),
            ) from None
        return f"regexp_matches({text}, {literal(pattern)})"

    def minimum(self, column: Column, argument: object, _text: str, value: str) -> str:
        """True from the bound on."""
        return f"{value} >= {self._bound(column, argument, ROUND_CEILING)}"

    def maximum(self, column: Column, argument: object, _text: str, value: str) -> str:
        """True up to the bound."""
        return f"{value} <= {self._bound(column, argument, ROUND_FLOOR)}"

    def shortest(self, column: Column, argument: object, text: str, _value: str) -> str:
        """True for so many signs or more."""
        return f"length({text}) >= {self._whole(column, argument)}"

    def longest(self, column: Column, argument: object, text: str, _value: str) -> str:
        """True for so many signs or fewer."""
        return f"length({text}) <= {self._whole(column, argument)}"

    def one_of(self, column: Column, argument: object, _text: str, value: str) -> str:
        """True for one of the values a contract lists."""
        items = argument if isinstance(argument, (tuple, list)) else (argument,)
        return self._enum(column, tuple(map(str, items)), value)

    def listed(self, column: Column, argument: object, _text: str, value: str) -> str:
        """True for a code of a list."""
        as_text = value if column.type.kind == "text" else f"CAST({value} AS VARCHAR)"
        return f"{as_text} IN {self.codes(str(argument), column.name)}"

    def _bound(self, column: Column, argument: object, rounding: str) -> str:
        """The bound in the column's own type, so that comparing casts nothing; a finer bound moves to the next value inside."""
        kind = column.type.kind
        wrong = self._invalid(
            column, say("The bound is not a value of the column's type."), say("Write minimum and maximum as values.")
        )
        if kind in {"text", "json", "boolean"}:
            return literal(str(argument))
        if kind in {"date", "timestamp"}:
            text = literal(str(argument))
            zone = "DATE" if kind == "date" else "TIMESTAMPTZ"
            if self._session.one(f"SELECT TRY_CAST({text} AS {zone}) IS NULL")[0]:
                raise wrong
            return f"{zone} {text}"
        try:
            number = Decimal(str(argument))
        except InvalidOperation:
            raise wrong from None
        if not number.is_finite():
            raise wrong
        if kind == "double":
            return f"CAST('{number}' AS DOUBLE)"
        scale = column.type.scale if kind == "decimal" else 0
        step = Decimal(1).scaleb(-scale)
        try:
            number = number.quantize(step, rounding)
        except InvalidOperation:
            # More digits than any value of the column can have: the comparison is still right as a double.
            return f"CAST('{number}' AS DOUBLE)"
        if kind == "integer":
            return f"({number:f})"
        digits = max(len(number.as_tuple().digits), scale + 1, column.type.precision)
        return f"CAST('{number:f}' AS DECIMAL({min(_MAX_DIGITS, digits)},{scale}))"

    def _whole(self, column: Column, argument: object) -> int:
        try:
            return int(str(argument))
        except ValueError:
            raise self._invalid(
                column, say("A length is a whole number."), say("Write minLength and maxLength as numbers.")
            ) from None

    def _enum(self, column: Column, items: tuple[str, ...], value: str) -> str:
        if not items:
            return "true"
        if column.type.kind == "text":
            return f"{value} IN ({', '.join(map(literal, items))})"
        listed = ", ".join(f"TRY_CAST({literal(i)} AS {column.type.sql})" for i in items)
        # A value the type cannot hold must not turn "not in" into NULL, which would count as right.
        return f"coalesce(list_contains([{listed}], {value}), false) OR {value} IS NULL"

    def codes(self, name: str, column: str) -> str:
        """SQL of the set of a list's codes, for IN.

        Raises:
            AltynError: `contract.code-list-missing`.
        """
        codes = code_list(self._register, self._context, name, column).codes
        if not codes:
            return "(SELECT NULL::VARCHAR WHERE false)"
        if len(codes) <= _SHORT_LIST:
            return f"({', '.join(map(literal, codes))})"
        if name not in self._lists:
            table = identifier(f"_codes_{len(self._lists)}")
            self._session.insert(table, [("code", "VARCHAR")], ([code] for code in codes))
            self._lists[name] = table
        return f"(SELECT code FROM {self._lists[name]})"

    def identifier(self, column: Column, argument: object, text: str, _value: str) -> str:
        """True for a number that its kind's expression accepts."""
        name = str(argument)
        kind = self._context.kinds.get(name)
        if kind is None:
            raise AltynError(
                "contract.kind-unknown",
                what=say("No identifier kind is called {name}.", name=name),
                where=f"register {self._register.name}, column {column.name}",
                mend=say("Kinds here: {names}.", names=", ".join(sorted(self._context.kinds)) or "-"),
            )
        # A pack's expression may say false of a missing value; only `required` refuses one.
        right = f"({text} IS NULL OR {kind.expression(text)})"
        if kind.reserved_sql and not self._context.synthetic:
            reserved = kind.reserved_sql.replace("{value}", text)
            return f"({right} AND ({reserved}) IS NOT TRUE)"
        return right

    def _invalid(self, column: Column, what: Message, mend: Message) -> AltynError:
        return AltynError(
            "contract.invalid", what=what, where=f"register {self._register.name}, column {column.name}", mend=mend
        )


@dataclass(frozen=True, slots=True)
class CheckKind:
    """A rule that one value must satisfy: its SQL, and how a contract asks for it.

    Args:
        sql: (rules, column, what the contract says, SQL of the text, SQL of the value) -> SQL that is false for a wrong value.
        option: the name under a property's `logicalTypeOptions`, where the standard has one.
        property: the custom property of a column, where it is Altyn's own.
    """

    sql: Callable[[Rules, Column, object, str, str], str]
    option: str = ""
    property: str = ""


# A rule of its own joins here; one that is a custom property stands in the profile's schema too.
CHECKS: Mapping[str, CheckKind] = {
    "pattern": CheckKind(Rules.pattern, option="pattern"),
    "minimum": CheckKind(Rules.minimum, option="minimum"),
    "maximum": CheckKind(Rules.maximum, option="maximum"),
    "min-length": CheckKind(Rules.shortest, option="minLength"),
    "max-length": CheckKind(Rules.longest, option="maxLength"),
    "enum": CheckKind(Rules.one_of),
    "code-list": CheckKind(Rules.listed, property="altyn.codeList"),
    "identifier": CheckKind(Rules.identifier, property="altyn.identifier"),
}


def code_list(register: Register, context: Context, name: str, column: str) -> CodeList:
    """A code list by name.

    Raises:
        AltynError: `contract.code-list-missing`.
    """
    if name not in context.code_lists:
        raise AltynError(
            "contract.code-list-missing",
            what=say("The pack has no code list called {name}.", name=name),
            where=f"register {register.name}, column {column}",
            mend=say("Lists here: {names}.", names=", ".join(sorted(context.code_lists)) or "-"),
        )
    return context.code_lists[name]


def lookup_of(register: Register, column: Column) -> tuple[Column, str]:
    """Source column and code list of a column that is looked up.

    Raises:
        AltynError: `contract.profile` where the source column does not exist or is derived itself.
    """
    assert column.derivation is not None
    source, name = column.derivation.argument  # type: ignore[misc]  # a lookup's argument is this pair
    for candidate in register.source_columns:
        if candidate.name == source:
            return candidate, str(name)
    raise AltynError(
        "contract.profile",
        what=say("The lookup reads the column {name}, which the source does not carry.", name=str(source)),
        where=f"register {register.name}, column {column.name}",
        mend=say("Columns of the source: {names}.", names=", ".join(c.name for c in register.source_columns)),
    )


def all_right(conditions: list[Condition]) -> str:
    """SQL that is true unless one condition is false."""
    return f"(({') AND ('.join(c.sql for c in conditions)})) IS NOT FALSE" if conditions else "true"
