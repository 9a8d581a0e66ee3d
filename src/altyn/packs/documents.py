"""Documents: contracts as plain data, in YAML that means the same to everybody, checked against the standard's schema.

YAML 1.1 reads NO as false, 2024-01-01 as a date object, 010 as eight and 12:30 as 750. A contract is full of country
codes, dates and codes, so here only `true`, `false`, `null` and plain numbers are anything but text.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import yaml

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.packs.nesting import MAX_DEPTH, TooMuchError, require_modest

if TYPE_CHECKING:
    from jsonschema import Draft201909Validator
    from jsonschema.exceptions import ValidationError

MAX_BYTES = 5_000_000
MAX_VALUES = 500_000
LAST_OF_BMP = 0xFFFF
# apiVersion -> the schema that describes it. Patch versions of one grammar share a schema.
SCHEMAS = {"v3.0": "3.0.2", "v3.1": "3.1.0", "v3.2": "3.2.0"}

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """Safe loader in the spirit of YAML 1.2: tags of Python are refused, few plain scalars are more than text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own name and shape

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, object]:  # noqa: FBT001, FBT002  # PyYAML's signature
        self.flatten_mapping(node)
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            # The key's own spelling: `on`, `1` and `null` are names here.
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
            if key_node.value in mapping:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} stands twice", key_node.start_mark
                )
            mapping[key_node.value] = self.construct_object(value_node, deep=deep)
        return mapping

    def construct_yaml_map(self, node: yaml.MappingNode) -> Iterator[dict[str, object]]:
        data: dict[str, object] = {}
        yield data
        data.update(self.construct_mapping(node))

    def construct_number(self, node: yaml.ScalarNode) -> object:
        number = json.loads(node.value.lstrip("+"))
        if number in {float("inf"), float("-inf")}:
            raise yaml.constructor.ConstructorError(None, None, "a number too large to keep", node.start_mark)
        return number


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    "!number", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
_Loader.add_constructor("!number", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_yaml_map)


class _Dumper(yaml.SafeDumper):
    """Writes no anchors, and quotes whatever any YAML reader could take for more than text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003  # lists are indented under their key

    def represent_text(self, data: str) -> yaml.ScalarNode:
        # 1e5 is a number to us and to YAML 1.2, text to YAML 1.1: quoted, it is text to all. PyYAML breaks long plain
        # lines at U+0085 and U+2028, which YAML 1.1 folds: quoted with escapes they survive.
        odd = _LIKE_NUMBER.match(data) or any(
            ord(sign) > LAST_OF_BMP or sign in "\x85\u2028\u2029\ufeff" for sign in data
        )
        if odd:
            return self.represent_scalar("tag:yaml.org,2002:str", data, style='"')
        style = "|" if "\n" in data and _is_block(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def represent_fraction(self, data: float) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:float", json.dumps(data))


# A sign or a kind of token between quotes is no text of anybody's.
_QUOTED = re.compile(r"(['\"])(?!<[a-z ]+>\1).{3,}?\1", re.DOTALL)
_LIKE_NUMBER = re.compile(r"^[-+]?[0-9.][0-9._:eExXoO+-]*$")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _is_block(data: str) -> bool:
    """Whether every reader gives a block of plain lines back as it stood: no blank line, no blank at an end, no control sign."""
    lines = data.removesuffix("\n").split("\n")
    return all(line and line == line.strip() for line in lines) and not _CONTROL.search(data)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(float, _Dumper.represent_fraction)


def load_yaml(text: str, where: str) -> object:
    """Plain data of one YAML document.

    Raises:
        AltynError: `contract.yaml` with the line, for what cannot be read, is too large or asks for Python objects.
    """
    try:
        if len(text.encode(errors="replace")) > MAX_BYTES:
            raise _yaml_error(where, say("The file is larger than {size} bytes.", size=MAX_BYTES))
        require_modest(text, _Loader, MAX_VALUES)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader of our own
    except TooMuchError as error:
        place = f"{where}, line {error.line}"
        raise _yaml_error(
            place,
            say(
                "The file is nested more than {depth} levels deep, or its anchors make too much of it.", depth=MAX_DEPTH
            ),
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        # The parser quotes what it stumbled over, which may be a secret or somebody's name.
        problem = _QUOTED.sub("…", str(getattr(error, "problem", None) or "")) or type(error).__name__
        place = f"{where}, line {mark.line + 1}" if mark else where
        raise _yaml_error(place, say("The file cannot be read as YAML: {problem}.", problem=problem)) from None
    return data


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of a document that `load_yaml` reads, with their lines; None for an empty one."""
    return yaml.compose(text, Loader=_Loader)


def _yaml_error(where: str, what: Message) -> AltynError:
    return AltynError(
        "contract.yaml",
        what=what,
        where=where,
        mend=say("Correct the YAML; indent with spaces, quote texts with a colon."),
    )


def dump_yaml(data: object) -> str:
    """YAML of plain data, in the order of the data; `load_yaml` gives the same data back."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def near(name: str, names: Iterable[str]) -> str:
    """Up to three names that look like `name`, else all of them, as text for a message."""
    known = sorted(set(names))
    return ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.6) or known[:40])


@functools.cache
def schema_text(file: str) -> Mapping[str, Any]:
    """One of the JSON schemas we ship."""
    return json.loads((resources.files("altyn.packs") / "schemas" / file).read_text(encoding="utf-8"))


@functools.cache
def _validator(file: str, definition: str = "") -> Draft201909Validator:
    # jsonschema costs 0.1 CPU seconds to import.
    from jsonschema import Draft201909Validator

    schema = schema_text(file)
    if definition:
        schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"}
    return Draft201909Validator(schema)


def odcs_faults(document: Mapping[str, Any], where: str) -> list[AltynError]:
    """What the standard's own schema says against a contract, as errors, in the order of the document.

    Codes: `contract.version`, `contract.field-unknown`, `contract.invalid`.
    """
    version = str(document.get("apiVersion", ""))
    file = SCHEMAS.get(".".join(version.split(".")[:2])) if re.fullmatch(r"v3\.\d+\.\d+", version) else None
    if file is None:
        return [
            AltynError(
                "contract.version",
                what=say("The contract is not of a version of ODCS that Altyn reads."),
                where=f"{where}, apiVersion",
                mend=say("Write apiVersion: v3.1.0 (v3.0 to v3.2 are read)."),
            )
        ]
    return schema_faults({**document, "apiVersion": f"v{file}"}, f"odcs-{file}.schema.json", where)


def schema_faults(
    data: object,
    file: str,
    where: str,
    *,
    definition: str = "",
    code: str = "contract.invalid",
    unknown: str = "contract.field-unknown",
) -> list[AltynError]:
    """What one of our JSON schemas (or one of its definitions) says against plain data."""
    validator = _validator(file, definition)
    found = list(_faults(validator.iter_errors(cast("Any", data)), schema_text(file), where, code, unknown))
    # A wrong value inside an `allOf` also makes its siblings look unknown; those echoes have lost their names by now.
    true = [error for error, echo in found if not echo]
    return true or [error for error, _ in found]


def _faults(
    errors: Iterable[Any], schema: Mapping[str, Any], where: str, code: str, unknown: str
) -> Iterator[tuple[AltynError, bool]]:
    for error in sorted(errors, key=lambda e: [str(p).zfill(6) for p in e.absolute_path]):
        best = _deepest(error)
        place = f"{where}, {_path(best.absolute_path)}".rstrip(", ")
        if best.validator in {"additionalProperties", "unevaluatedProperties"}:
            allowed = _allowed(best.schema, schema)
            reported = set(re.findall(r"'([^']*)'", best.message)) & set(cast("Any", best.instance))
            names = sorted(reported - allowed)
            for name in names or sorted(reported)[:1]:
                fault = AltynError(
                    unknown,
                    what=say("The field {field} is not known here.", field=name[:80]),
                    where=_under(place, name[:80], is_root=place == where),
                    mend=say("Did you mean: {names}?", names=near(name, allowed) or "-"),
                )
                yield fault, not names
        elif best.validator == "oneOf" and list(best.absolute_path)[-1:] in (["to"], ["from"]):
            yield (
                AltynError(
                    code,
                    what=say("The relationship is not written in a way that this version of ODCS knows."),
                    where=place,
                    mend=say(
                        "Write register.column for the same pack; for another ../../PACK/registers/REGISTER.odcs.yaml"
                        "#/schema/REGISTER/properties/COLUMN, or with apiVersion: v3.2.0 pack.register.column."
                    ),
                ),
                False,
            )
        else:
            yield (
                AltynError(
                    code,
                    what=say("The contract breaks its standard: {expected}.", expected=_expected(best)),
                    where=place,
                    mend=say("Correct the field; docs/reference/contract-profile.md shows a whole contract."),
                ),
                False,
            )


def _under(place: str, name: str, *, is_root: bool) -> str:
    """The place of a field: after the file, or after the names of the profile, a comma; else a full stop."""
    return f"{place}, {name}" if is_root else f"{place}.{name}"


def _deepest(error: ValidationError) -> ValidationError:
    """Of alternatives that all fail, the complaint that went furthest: it is the one the writer meant."""
    while error.context and error.validator in {"anyOf", "allOf", "if"}:
        error = max(error.context, key=lambda e: len(e.absolute_path))
    return error


def _path(parts: Iterable[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list",
    "object": "a table of fields", "null": "nothing",
}  # fmt: skip


def _expected(error: ValidationError) -> Message:  # noqa: PLR0911 - one return a rule reads best
    """What the schema wanted, never what it found: the value may be a secret or a person's."""
    value: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = [name for name in value if name not in instance]
            return say("required here: {names}", names=", ".join(missing))
        case "type":
            kinds = [value] if isinstance(value, str) else value
            return say("expected {types}", types=" or ".join(_TYPES.get(str(k), str(k)) for k in kinds))
        case "enum":
            return say("expected one of {names}", names=", ".join(map(str, value)))
        case "const":
            return say("expected {value}", value=value)
        case "pattern":
            return say("the text does not have the form {pattern}", pattern=value)
        case (
            "minimum"
            | "maximum"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "minItems"
            | "maxItems"
            | "minLength"
            | "maxLength"
        ):
            return say("the value is outside {limit} {bound}", limit=error.validator, bound=value)
        case "oneOf":
            return say(
                "exactly one of the allowed forms must fit; see the standard at {place}", place=_path(error.schema_path)
            )
        case _:
            return say("the rule {rule} does not hold", rule=str(error.validator))


def _allowed(schema: object, root: Mapping[str, Any], depth: int = 0) -> set[str]:
    """Every field name a schema mentions for one object, through references and alternatives."""
    if not isinstance(schema, Mapping) or depth > 12:  # noqa: PLR2004  # the standard's schemas are 6 deep
        return set()
    names = set(schema.get("properties", {}))
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, []):
            names |= _allowed(part, root, depth + 1)
    for key in ("if", "then", "else"):
        names |= _allowed(schema.get(key), root, depth + 1)
    reference = schema.get("$ref", "")
    if reference.startswith("#/"):
        target: Any = root
        for part in reference[2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        names |= _allowed(target, root, depth + 1)
    return names
