"""Types: what one column becomes, and why. Codes are text: what a number would lose, leading zeros above all, cannot be mended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from altyn.language import Message, say
from altyn.packs.guessing import forms
from altyn.packs.guessing.words import HeaderWords, is_identifier_word, means, tokens
from altyn.sources.trial import Evidence

MAX_DIGITS = 18
_CODE_WIDTH = 6
_FREE_TEXT = 60
_SHORT = 40
_MOST_PLACES, _MOST_WHOLE, _ROOM = 20, 18, 4
_LAST_YEAR, _FIRST_YEAR = 2200, 1500
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DIGITS = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DOUBLE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ]00:00:00(\.0+)?)?")
_CLOCK_OF_DAY = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)")
_CODE_LIKE = re.compile(r"[\w./\-:#]{1,40}")
_LIST = re.compile(r"\s*[\[{]")
_WHOLE_YEAR = re.compile(r"[12][0-9]{3}\.0+")
_YEAR_AND_PART = re.compile(r"(1[5-9]|20)[0-9]{2}(\.[0-9]+)?")
_JOINED_DAY = re.compile(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
# Short names without blanks that say what they mean to those who know the list: AKMO, 04G, kaz.
_SIGN = re.compile(r"[\w./\-]{1,12}")
_MOST_LOOSE, _MOST_LOWER = 6, 3
_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2}[T ])?\d{1,2}:\d{2}")
_REPORTED = ("report", "ref", "отч", "есеп")
_YEAR = re.compile(r"(?<!\d)(19|20)\d{2}(?!\d)")
_TOO_LARGE = 27
_REPEATS = 3
_NAMING = {"name", "names", "title", "label", "наименование", "название", "имя", "атауы", "аты"}
_FLAGS = {"true", "false"}
_FLAG_FORMS = {"true", "false", "True", "False", "TRUE", "FALSE"}

# What a column is for, as far as keys care.
Role = Literal["code", "number", "row-number", "period", "category", "dimension", "name", "value", "changed", "text"]


@dataclass(frozen=True)
class ColumnGuess:
    """What a column becomes.

    `properties` are those of ODCS (type, options), `profile` the customProperties; `reason` and `notes` are for people.
    """

    evidence: Evidence
    role: Role
    properties: dict[str, Any]
    reason: Message
    profile: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: tuple[Message, ...] = ()

    @property
    def name(self) -> str:
        """The column's name."""
        return self.evidence.name

    @property
    def is_text(self) -> bool:
        """Whether it stays text."""
        return self.properties["logicalType"] == "string"


def decide(evidence: Evidence, words: HeaderWords, timezone: str, said: forms.Said = forms.Said()) -> ColumnGuess:  # noqa: B008 - frozen
    """The narrowest type that loses nothing of what the whole column holds.

    Args:
        evidence: of the column.
        words: what headers mean.
        timezone: of the project, for moments without a zone.
        said: what a person said of the forms.
    """
    values = [v for v in evidence.sample if v is not None]
    made = _typed(evidence, values, words, timezone, said)
    made = replace(made, role=_role(evidence, values, made, words))
    if made.is_text and evidence.held in {"no-text", "both"}:
        made.profile["altyn.textFromAny"] = True
        if made.role in {"code", "number"} and any(map(_DIGITS.fullmatch, values)):
            made = _noted(made, say("The file holds numbers here: leading zeros may be lost already."))
    return made


def as_text(decision: ColumnGuess, reason: Message) -> ColumnGuess:
    """The same column left as text."""
    kept = {k: v for k, v in decision.profile.items() if k not in {"altyn.form", "altyn.identifier"}}
    made = replace(decision, properties={"logicalType": "string"}, profile=kept, reason=reason)
    if made.evidence.held in {"no-text", "both"}:
        made.profile["altyn.textFromAny"] = True
    return made


def _noted(decision: ColumnGuess, note: Message) -> ColumnGuess:
    return replace(decision, notes=(*decision.notes, note))


def is_code_header(header: str, words: HeaderWords) -> bool:
    """Whether a header speaks of a code, an identifier or a number that names something."""
    found = tokens(header)
    if found and (found[0] in {"number", "count"} and len(found) > 1):  # number of pupils
        return False
    return (
        means(header, words.code)
        or any(token in words.kinds for token in found)
        or is_identifier_word(header)
        or (means(header, words.number) and not means(header, words.measure) and not is_row_number(header, words))
    )


def is_row_number(header: str, words: HeaderWords) -> bool:
    """Whether a header only numbers the rows: № or № п/п, and not the № of something."""
    found = set(tokens(header))
    return means(header, words.row_number) and found <= words.row_number | words.number | words.measure


def _typed(evidence: Evidence, values: list[str], words: HeaderWords, timezone: str, said: forms.Said) -> ColumnGuess:  # noqa: C901, PLR0911, PLR0912 - one return a type
    def made(properties: dict[str, Any], reason: Message) -> ColumnGuess:
        return ColumnGuess(evidence, "text", properties, reason)

    text: dict[str, Any] = {"logicalType": "string"}
    if not values:
        return made(text, say("no values in the file"))
    if means(evidence.header, words.period) and all(map(_JOINED_DAY.fullmatch, values)):
        return made(
            {"logicalType": "date", "logicalTypeOptions": {"format": "yyyyMMdd"}},
            say("days written as {form}", form="yyyyMMdd"),
        )
    if all(map(_DIGITS.fullmatch, (v.removeprefix("-") for v in values))):
        kept = _why_code(evidence, values, words)
        if kept:
            return made(text, kept)
        return made({"logicalType": "integer"}, say("whole numbers"))
    if {v.lower() for v in values} <= _FLAGS and set(values) <= _FLAG_FORMS:
        return made({"logicalType": "boolean"}, say("true and false"))
    if means(evidence.header, words.period) and all(map(_WHOLE_YEAR.fullmatch, values)):
        return made({"logicalType": "integer"}, say("whole numbers"))
    if all(map(_DOUBLE.fullmatch, values)):
        if evidence.held == "text":
            return made(text, say("the file holds these numbers as text"))
        if is_code_header(evidence.header, words) or evidence.has_zeros:
            return made(text, say("a code: digits and points that must stay as they are"))
        return _fraction(evidence, values, made)
    if all(map(_DAY.fullmatch, values)):
        return made({"logicalType": "date"}, say("days"))
    if all(map(_ZONED.fullmatch, values)):
        return made({"logicalType": "timestamp"}, say("moments with their zone"))
    found = _form(evidence, values, words, timezone, said)
    if found and not (
        found.properties["logicalType"] in {"integer", "number"} and is_code_header(evidence.header, words)
    ):
        decision = made(found.properties, _form_reason(found))
        if found.form:
            decision.profile["altyn.form"] = found.form
        if found.is_doubtful and found.form:
            note = say("A comma is read as a sign between thousands; if decimals follow it: --decimal ,")
            decision = _noted(decision, note)
        elif found.is_doubtful:
            decision = _noted(decision, say("Day and month cannot be told apart; the day is read first."))
        return decision
    return made(text, say("text"))


def _form(
    evidence: Evidence, values: list[str], words: HeaderWords, timezone: str, said: forms.Said
) -> forms.GuessedForm | None:
    """The form of the values. A day or moment that a source keeps typed is read whatever form the texts beside it have."""
    if evidence.held not in {"no-text", "both"}:
        return forms.find_form(values, words, timezone, said)
    typed = [v for v in values if _DAY.fullmatch(v) or _CLOCK_OF_DAY.fullmatch(v)]
    texts = [v for v in values if v not in set(typed)]
    found = forms.find_form(texts, words, timezone, said) if typed and evidence.held == "both" else None
    options = found.properties.get("logicalTypeOptions", {}) if found else {}
    has_clock = any(map(_CLOCK_OF_DAY.fullmatch, typed))
    if found and "format" in options and not (has_clock and found.properties["logicalType"] == "date"):
        return found
    if has_clock:
        # Excel keeps a midnight as a day.
        values = [f"{v[:10]}T00:00:00" if _DAY.fullmatch(v) else v for v in values]
    return forms.find_form(values, words, timezone, said)


def _why_code(evidence: Evidence, values: list[str], words: HeaderWords) -> Message | None:
    """Why a column of digits stays text, None where it is a number."""
    # A column called 2022 holds what was counted in that year.
    measured = means(evidence.header, words.measure) or _YEAR.search(evidence.header) is not None
    if evidence.has_zeros:
        return say("a code: some values begin with a zero")
    if evidence.held == "text":
        return say("a code: the file holds it as text")
    if is_code_header(evidence.header, words):
        return say("a code by its header")
    if evidence.longest > MAX_DIGITS:
        return say("a code: more digits than a number keeps")
    same = evidence.shortest == evidence.longest >= _CODE_WIDTH
    if same and not measured and not any(v.startswith("-") for v in values):
        return say("a code: always {count} digits", count=evidence.longest)
    return None


def _fraction(evidence: Evidence, values: list[str], made: Any) -> ColumnGuess:
    whole = max(len(v.lstrip("-").partition(".")[0]) for v in values)
    plain = all(map(_DECIMAL.fullmatch, values))
    if plain and evidence.scale <= _MOST_PLACES and whole <= _MOST_WHOLE:
        # Room for one value ten thousand times as large as those seen.
        precision = min(38, max(18, whole + evidence.scale + _ROOM))
        return made(
            {"logicalType": "number", "physicalType": f"DECIMAL({precision},{evidence.scale})"},
            say("numbers with up to {count} decimals", count=evidence.scale),
        )
    if whole <= _TOO_LARGE:
        return made({"logicalType": "number", "physicalType": "DOUBLE"}, say("numbers of any size"))
    return made({"logicalType": "string"}, say("numbers longer than can be kept exactly"))


def _form_reason(found: forms.GuessedForm) -> Message:
    options = found.properties.get("logicalTypeOptions", {})
    if "format" in options:
        return say("written as {form}", form=options["format"])
    if "defaultTimezone" in options:
        return say("moments without a zone, read in {zone}", zone=options["defaultTimezone"])
    shown = ", ".join(f"{k} {v if isinstance(v, str) else ''}".strip() for k, v in found.form.items())
    return say("written in a form of its own: {form}", form=shown)


def _role(evidence: Evidence, values: list[str], made: ColumnGuess, words: HeaderWords) -> Role:  # noqa: C901, PLR0911, PLR0912 - as above
    header, kind = evidence.header, made.properties["logicalType"]
    if values and all(map(_LIST.match, values)):
        return "text"
    if means(header, words.changed):
        return "changed"
    if is_row_number(header, words) and not means(header, words.code) and all(map(_DIGITS.fullmatch, values)):
        return "row-number"
    if is_code_header(header, words):
        if means(header, words.number) and not (means(header, words.code) or is_identifier_word(header)):
            return "number"
        return "code"
    if kind == "number" or made.properties.get("physicalType"):
        # 1969.0833 is a month of 1969.
        return "period" if means(header, words.period) and all(map(_YEAR_AND_PART.fullmatch, values)) else "value"
    if kind == "timestamp":
        return "period" if means(header, words.period) else "value"
    if means(header, words.name):
        # The name of a region stands for the region where a table has no code for it.
        return "category" if means(header, words.category) and _is_naming(header) else "name"
    is_measure = means(header, words.measure) and not means(header, words.category)
    if kind == "integer" and not is_measure and not means(header, words.period) and _repeats(evidence):
        # Ages, plots, repetitions: counted in one table, a dimension of another.
        return "dimension"
    if kind != "string" and means(header, words.measure) and not _are_years(values, kind):
        return "value"
    if _is_period(header, values, kind, words):
        return "period"
    if kind in {"boolean", "date"} or (not made.is_text and means(header, words.measure)):
        return "value"
    if means(header, words.category):
        return "category"
    return _role_of_text(evidence, values) if made.is_text else "value"


def _repeats(evidence: Evidence) -> bool:
    return 1 < evidence.distinct <= evidence.filled / _REPEATS


def _is_naming(header: str) -> bool:
    return bool(_NAMING & set(tokens(header)))


def _is_period(header: str, values: list[str], kind: str, words: HeaderWords) -> bool:
    if kind == "date":
        # The day of an event belongs to its record; a day of reporting tells one record from another.
        found = tokens(header)
        return means(header, words.period) and (len(found) == 1 or any(token.startswith(_REPORTED) for token in found))
    return means(header, words.period) or _are_years(values, kind)


def _are_years(values: list[str], kind: str) -> bool:
    whole = [v.partition(".")[0] for v in values]
    return kind == "integer" and all(v.isdecimal() and _FIRST_YEAR <= int(v) <= _LAST_YEAR for v in whole)


def _role_of_text(evidence: Evidence, values: list[str]) -> Role:
    if evidence.longest > _FREE_TEXT:
        return "text"
    if values and evidence.longest <= _SHORT and all(map(_CODE_LIKE.fullmatch, values)):
        if all(map(_CLOCK.match, values)):
            return "value"
        with_digit = sum(any(sign.isdigit() for sign in v) for v in values)
        if with_digit == len(values):
            return "code"
    # Few values in many rows: a category, whatever it is called.
    if evidence.filled and evidence.distinct * 2 <= evidence.filled:
        return "category"
    return "code" if _are_signs(evidence, values) else "text"


def _are_signs(evidence: Evidence, values: list[str]) -> bool:
    """Whether values are short signs of one shape, as the entries of a code list are; words and names have many."""
    if not values or not all(map(_SIGN.fullmatch, values)):
        return False
    is_even = evidence.shortest == evidence.longest
    if all(v == v.upper() for v in values):
        return is_even or evidence.longest <= _MOST_LOOSE
    return is_even and evidence.longest <= _MOST_LOWER and all(v == v.lower() for v in values)
