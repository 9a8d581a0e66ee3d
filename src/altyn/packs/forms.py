"""Forms: how a contract says that values are written, from ODCS `logicalTypeOptions` and the profile's `altyn.form`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import ColumnType, Form
from altyn.model.date_patterns import Needs, PatternError, date_pattern

PROPERTY = "altyn.form"
_NUMBERS = frozenset({"integer", "decimal", "double"})
_NUMBER_KEYS = ("decimal", "thousands", "percent", "currency")
_WORD_KEYS = ("trueWords", "falseWords")


def form_of(
    item: Mapping[str, Any], kind: ColumnType, own: Mapping[str, Any], default: Mapping[str, Any], where: str
) -> Form | None:
    """The form of a property's values; None where they are written plainly.

    Args:
        item: the property.
        kind: its type.
        own: its `altyn.form`.
        default: the register's, of which the column takes what can apply to its type.
        where: for messages.

    Raises:
        AltynError: `contract.profile` for a form that the type cannot have or that says two things at once,
            `contract.invalid` for a date pattern or time zone that cannot be read.
    """
    is_time = item.get("logicalType") == "time"
    fitting = _fitting(kind, is_time=is_time)
    strange = sorted(set(own) - fitting)
    if strange:
        raise _fault(
            say(
                "A column of the type {type} cannot have this form: {names}.", type=kind.name, names=", ".join(strange)
            ),
            where,
            say("Forms of this type: {names}.", names=", ".join(sorted(fitting)) or "-"),
        )
    said = {key: value for key, value in default.items() if key in fitting} | dict(own)
    options = item.get("logicalTypeOptions") or {}
    # A full stop cannot be both; who says it stands between thousands has a comma before the decimals.
    decimal = str(said.get("decimal", "," if said.get("thousands") == "." else "."))
    form = Form(
        pattern=_pattern(kind, options, where, is_time=is_time),
        zone=zone_of(kind, options, where),
        decimal=decimal,
        thousands=str(said.get("thousands", "")),
        percent=bool(said.get("percent", False)),
        currency=tuple(said.get("currency", ())),
        true_words=tuple(said.get("trueWords", ())),
        false_words=tuple(said.get("falseWords", ())),
        missing=tuple(said.get("missing", ())),
        time=is_time,
        duration=bool(said.get("duration", False)),
    )
    for fault in _contradictions(form):
        raise _fault(fault, where, say("Let each mark and each word mean one thing."))
    return form if form != Form() else None


def register_faults(default: Mapping[str, Any], where: str) -> None:
    """Refuse a register's default that would make every text of it something else.

    Raises:
        AltynError: `contract.profile`.
    """
    for key in ("duration", "percent"):
        if default.get(key):
            raise _fault(
                say("{name} is said of a column, not of a whole register.", name=f"{PROPERTY}: {key}"),
                where,
                say("Write it into the customProperties of the column."),
            )


def _fitting(kind: ColumnType, *, is_time: bool) -> set[str]:
    if kind.kind == "json":
        return set()
    fitting = {"missing"}
    if kind.kind in _NUMBERS:
        fitting.update(_NUMBER_KEYS)
    elif kind.kind == "boolean":
        fitting.update(_WORD_KEYS)
    elif kind.kind == "text" and not is_time:
        fitting.add("duration")
    return fitting


def _needs(kind: ColumnType, *, is_time: bool) -> Needs | None:
    if is_time:
        return "time"
    return {"date": "date", "timestamp": "moment"}.get(kind.kind)  # pyright: ignore[reportReturnType]  # values of Needs


def _pattern(kind: ColumnType, options: Mapping[str, Any], where: str, *, is_time: bool) -> str:
    needs = _needs(kind, is_time=is_time)
    text = options.get("format")
    if needs is None or not text:
        return ""
    try:
        pattern = date_pattern(str(text), needs)
    except PatternError as error:
        raise AltynError(
            "contract.invalid",
            what=say(
                "The format {format} cannot be applied: {part} is unknown here, missing, or could be read in two ways.",
                format=str(text)[:60], part=error.part[:20],
            ),
            where=f"{where}, logicalTypeOptions.format",
            mend=say(
                "Use yyyy, yy, MM, M, MMM, MMMM, dd, d, HH, H, mm, m, ss, s, S, XXX of the JDK; put other letters between '."
            ),
        ) from None  # fmt: skip
    if needs == "moment" and pattern.has_zone == (options.get("timezone") is False) and "timezone" in options:
        raise AltynError(
            "contract.invalid",
            what=say("format and timezone contradict each other."),
            where=f"{where}, logicalTypeOptions",
            mend=say("Let the format end with XXX where timezone is true, and hold no offset where it is false."),
        )
    return str(text)


def zone_of(kind: ColumnType, options: Mapping[str, Any], where: str) -> str | None:
    """The zone of moments written without one; empty for the project's, None where each moment says its own.

    Raises:
        AltynError: `contract.invalid` for a default that is no time zone.
    """
    if kind.kind != "timestamp" or options.get("timezone") is True:
        return None
    text = options.get("format")
    has_zone = bool(text) and date_pattern(str(text), "moment").has_zone
    zone = options.get("defaultTimezone")
    if has_zone or not (text or zone or options.get("timezone") is False):
        return None
    try:
        return ZoneInfo(str(zone)).key if zone else ""
    except (KeyError, ValueError, OSError):  # no zone, or no name of a file
        raise AltynError(
            "contract.invalid",
            what=say("{zone} is not a time zone.", zone=str(zone)[:60]),
            where=f"{where}, logicalTypeOptions.defaultTimezone",
            mend=say("Write it as in the IANA list: Asia/Almaty, Etc/UTC."),
        ) from None


def _contradictions(form: Form) -> Iterator[Message]:
    if form.decimal == form.thousands:
        yield say("The same mark stands between thousands and before decimals.")
    if bool(form.true_words) != bool(form.false_words):
        yield say("A yes needs a no: trueWords and falseWords stand together.")
    # One word in two spellings still means one thing.
    words = [
        w for words in (form.true_words, form.false_words, form.missing) for w in {x.strip().lower() for x in words}
    ]
    if len(words) != len(set(words)):
        yield say("One word means two things.")
    if form.duration and form.pattern:
        yield say("A text is a duration or a time, not both.")


def _fault(what: Message, where: str, mend: Message) -> AltynError:
    return AltynError("contract.profile", what=what, where=f"{where}, {PROPERTY}", mend=mend)
