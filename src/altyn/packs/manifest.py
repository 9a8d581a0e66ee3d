"""Manifests: a pack folder found, checked and loaded. What a pack may hold is fixed; what it holds is its own affair."""

from __future__ import annotations

import importlib.util
import operator
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from altyn.errors import AltynError
from altyn.language import Label, Message, say
from altyn.measures import Measure, load_measure
from altyn.model import Kind
from altyn.model.columns import NAME
from altyn.model.worlds import Country, Rendering
from altyn.packs.codes import load_code_list
from altyn.packs.collecting import Collecting
from altyn.packs.contracts import SUFFIX, Contract, collect_contract
from altyn.packs.documents import near
from altyn.packs.judged import Judged
from altyn.packs.secrets import secret_error, secret_places
from altyn.sources.context import CodeList

KEYS = (
    "pack",
    "version",
    "altyn",
    "title",
    "summary",
    "owners",
    "legal_basis",
    "depends",
    "quality",
    "state",
    "timezone",
    "words",
)
REQUIRED = ("pack", "version", "altyn", "title")
QUALITIES = ("bronze", "silver", "gold")
_PYTHON_FILES = ("kinds.py", "synth.py")
_PYTHON_FOLDERS = ("rules", "connectors", "synth")
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack folder: its manifest and everything it declares. Names in the mappings are without the pack.

    `state` and `timezone` are what a new project made from this pack begins with; `broken` names registers whose contract
    has faults, with the pack.
    """

    name: str
    folder: Path
    version: str
    altyn: str
    title: Label
    summary: Label = field(default_factory=Label)
    owners: tuple[str, ...] = ()
    legal_basis: Label = field(default_factory=Label)
    depends: tuple[str, ...] = ()
    quality: str = "bronze"
    state: str = ""
    timezone: str = ""
    contracts: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    broken: tuple[str, ...] = ()
    code_lists: Mapping[str, CodeList] = field(default_factory=dict[str, CodeList])
    measures: Mapping[str, Measure] = field(default_factory=dict[str, Measure])
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    scripts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


def builtin_folder() -> Path:
    """Where the built-in packs lie: beside the installed package, in a checkout at its root."""
    installed = _ROOT / "builtin_packs"
    return installed if installed.is_dir() else _ROOT.parents[1] / "packs"


def load_pack(folder: Path) -> Pack:
    """The pack in a folder, whole.

    Raises:
        AltynError: the first of the faults that `collect_pack` finds.
    """
    pack, faults = collect_pack(folder)
    if faults or pack is None:
        raise faults[0]
    return pack


def collect_pack(folder: Path, judged: Judged | None = None) -> tuple[Pack | None, list[AltynError]]:
    """The pack in a folder, and everything wrong in it; the pack is None when its manifest cannot be read."""
    folder = folder.resolve()
    try:
        table = _manifest(folder)
    except AltynError as error:
        return None, [error]
    name, faults = str(table["pack"]), list[AltynError]()
    contracts: dict[str, Contract] = {}
    broken: list[str] = []
    lists: dict[str, CodeList] = {}
    measures: dict[str, Measure] = {}
    scripts: dict[str, Mapping[str, Any]] = {}
    kinds: dict[str, Kind] = {}
    faults += _python_faults(folder, name)
    for path in _files(folder, "registers", f"*{SUFFIX}"):
        contract, found = collect_contract(path, f"{name}/registers/{path.name}", judged)
        faults += found
        if contract is None:
            broken.append(f"{name}.{path.name.removesuffix(SUFFIX)}")
            continue
        with Collecting(faults):
            _require_own(contract, path, name)
            contracts[contract.register.table] = contract
    for path in _files(folder, "codes", "*.csv"):
        with Collecting(faults):
            lists[path.stem] = load_code_list(path, name)
    for path in _files(folder, "measures", "*.toml"):
        with Collecting(faults):
            measures[path.stem] = load_measure(path, name)
    for path in _files(folder, "scripts", "*.toml"):
        with Collecting(faults):
            scripts[path.stem] = read_toml(path, f"{name}/scripts/{path.name}")
    if (folder / "kinds.py").is_file():
        with Collecting(faults):
            kinds = _kinds(folder / "kinds.py", name)
    pack = Pack(
        name=name,
        folder=folder,
        version=table["version"],
        altyn=table["altyn"],
        title=Label(table["title"]),
        summary=Label(table.get("summary")),
        owners=tuple(table.get("owners", ())),
        legal_basis=Label(table.get("legal_basis")),
        depends=tuple(table.get("depends", ())),
        quality=table.get("quality", "bronze"),
        state=table.get("state", ""),
        timezone=table.get("timezone", ""),
        contracts=contracts,
        broken=tuple(broken),
        code_lists=lists,
        measures=measures,
        kinds=kinds,
        scripts=scripts,
    )
    return pack, faults


def _files(folder: Path, part: str, pattern: str) -> list[Path]:
    return sorted(path for path in (folder / part).glob(pattern) if path.is_file())


def _invalid(what: Message, where: str, mend: Message) -> AltynError:
    return AltynError("pack.invalid", what=what, where=where, mend=mend)


def read_toml(path: Path, where: str, code: str = "pack.invalid") -> dict[str, Any]:
    """A TOML file as plain data; a literal secret in it is refused.

    Raises:
        AltynError: `code` with the line, `project.secret`, `environment.permission`.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        # Only the place: the parser's own words may quote the text around it, and that may be a secret.
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise AltynError(
            code,
            what=say("The file cannot be read as TOML."),
            where=f"{where}, {place[0]}" if place else where,
            mend=say("Correct the TOML."),
        ) from None
    except OSError as error:
        raise AltynError(
            "environment.permission",
            what=say("The file cannot be read: {reason}.", reason=error.strerror or ""),
            where=where,
            mend=say("Give the user that runs Altyn the right to read it."),
        ) from None
    secrets = [f"{where}, {place}" for place in secret_places(table)]
    if secrets:
        raise secret_error(secrets[0])
    return table


def _manifest(folder: Path) -> dict[str, Any]:
    path, where = folder / "pack.toml", f"{folder.name}/pack.toml"
    if not path.is_file():
        raise AltynError(
            "pack.missing",
            what=say("There is no pack {name} here.", name=folder.name),
            where=where,
            mend=say("A pack is a folder with a pack.toml."),
        )
    table = read_toml(path, where)
    for key in table:
        if key not in KEYS:
            raise _invalid(
                say("The key {key} is not known here.", key=key[:80]),
                where,
                say("Did you mean: {names}?", names=near(key, KEYS)),
            )
    for key in REQUIRED:
        if not table.get(key):
            raise _invalid(
                say("{key} is missing.", key=key), where, say("Add it; docs/packs/quality.md shows a manifest.")
            )
    _require_kinds(table, where)
    if table["pack"] != folder.name or not NAME.match(table["pack"]):
        raise _invalid(
            say("The pack is called {name}, its folder {folder}.", name=str(table["pack"])[:80], folder=folder.name),
            where,
            say("Give both one name, in Latin lower case."),
        )
    if table.get("quality", "bronze") not in QUALITIES:
        raise _invalid(
            say("The quality is not known."), where, say("Write one of: {names}.", names=", ".join(QUALITIES))
        )
    _require_version(table["altyn"], where)
    return table


def _require_kinds(table: Mapping[str, Any], where: str) -> None:
    for key, value in table.items():
        texts = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        listed = isinstance(value, list) and all(isinstance(v, str) for v in value)
        right = {"title": texts or isinstance(value, str), "summary": texts or isinstance(value, str)}.get(
            key,
            listed
            if key in {"owners", "depends", "words"}
            else isinstance(value, str) or (key == "legal_basis" and texts),
        )
        if not right:
            raise _invalid(say("{key} has the wrong kind of value.", key=key), where, say("See docs/packs/quality.md."))


def numbers_of(version: str) -> tuple[int, ...]:
    """A version as numbers, `1.2.0-beta` as (1, 2, 0); trailing zeros left out, for 1.2 is 1.2.0.

    >>> numbers_of("1.10.0")
    (1, 10)
    """
    numbers = [int(n) for n in re.findall(r"\d+", re.split(r"[-+a-z]", version, maxsplit=1)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def in_range(version: str, bounds: str) -> bool:
    """Whether a version lies in a range such as `>=0.4,<0.5`; ValueError for a range that cannot be read.

    >>> in_range("0.4.2", ">=0.4,<0.5")
    True
    """
    for part in bounds.split(","):
        match = re.fullmatch(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*", part)
        if not match:
            raise ValueError(part)
        if not _COMPARE[match[1]](numbers_of(version), numbers_of(match[2])):
            return False
    return True


def _require_version(bounds: str, where: str) -> None:
    from altyn import __version__

    try:
        fits = in_range(__version__, bounds)
    except ValueError:
        raise _invalid(say("altyn is not a range of versions."), where, say("Write for example >=0.1,<0.2.")) from None
    if not fits:
        raise AltynError(
            "pack.dependency",
            what=say("The pack is made for Altyn {bounds}, this is {version}.", bounds=bounds, version=__version__),
            where=where,
            mend=say("Install a version of the pack that fits, or of Altyn."),
        )


def _python_faults(folder: Path, name: str) -> Iterable[AltynError]:
    for path in sorted(folder.rglob("*.py")):
        relative = path.relative_to(folder)
        if relative.parts[0] not in _PYTHON_FOLDERS and str(relative) not in _PYTHON_FILES:
            yield _invalid(
                say("Python is not allowed here."),
                f"{name}/{relative.as_posix()}",
                say("Say it in data, or put it into rules/, connectors/, kinds.py or synth.py."),
            )


def _require_own(contract: Contract, path: Path, pack: str) -> None:
    where = f"{pack}/registers/{path.name}"
    if contract.register.pack != pack:
        raise AltynError(
            "contract.invalid",
            what=say("The contract is for the pack {name}.", name=contract.register.pack),
            where=f"{where}, id",
            mend=say("Write id: {name}.", name=f"{pack}.{contract.register.table}"),
        )
    if f"{contract.register.table}{SUFFIX}" != path.name:
        raise AltynError(
            "contract.invalid",
            what=say("The file and the register in it have different names."),
            where=where,
            mend=say("Call the file {name}.", name=f"{contract.register.table}{SUFFIX}"),
        )


def _kinds(path: Path, pack: str) -> dict[str, Kind]:
    """The `Kind` objects at the top of a pack's kinds.py, by name."""
    found = [value for name, value in vars(_python(path, pack)).items() if isinstance(value, Kind) and name[0] != "_"]
    return {kind.name: kind for kind in found}


def load_world(folders: Iterable[Path]) -> tuple[Country, tuple[Rendering, ...]]:
    """The country and the renderings that packs say in their synth.py: the first `country()` there is, and every `Rendering`.

    Raises:
        AltynError: `pack.invalid` where the Python fails, `synth.no-country` where no pack says a country.
    """
    country: Country | None = None
    renderings: list[Rendering] = []
    for folder in folders:
        path = folder / "synth.py"
        if not path.is_file():
            continue
        own = vars(_python(path, folder.name))
        if country is None and callable(own.get("country")):
            country = own["country"]()
        renderings += [value for name, value in own.items() if isinstance(value, Rendering) and name[0] != "_"]
    if country is None:
        raise AltynError(
            "synth.no-country",
            what=say("No pack says what the synthetic country is like."),
            where=", ".join(f.name for f in folders),
            mend=say("Name a pack whose synth.py has a function country()."),
        )
    return country, tuple(renderings)


def _python(path: Path, pack: str) -> ModuleType:
    module_name = f"altyn_packs_{pack}_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _invalid(
            say("The Python of the pack fails when it is loaded: {kind}.", kind=type(error).__name__),
            f"{pack}/{path.name}",
            say("Run it by itself to see why."),
        ) from error
    return module
