"""Projects: the folder with an `altyn.toml`. It says which packs are used, and where their registers come from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from altyn.errors import AltynError
from altyn.language import LANGUAGES, OF_LABELS, Message, say
from altyn.model.columns import NAME
from altyn.model.instants import span, zone
from altyn.model.spark_settings import SparkSettings
from altyn.packs.documents import near
from altyn.packs.lines import with_toml_lines
from altyn.packs.manifest import builtin_folder, read_toml

FILE = "altyn.toml"
T = TypeVar("T")
_KINDS = {"str": "text", "bool": "true / false", "dict": "[table]"}
KEYS = (
    "name",
    "state",
    "languages",
    "timezone",
    "synthetic",
    "engine",
    "spark",
    "store",
    "packs",
    "sources",
    "access",
    "operate",
    "demo",
)
ACCESS_KEYS = ("folders",)
OPERATE_KEYS = ("late_after",)
SPARK_KEYS = ("master", "shared", "from_mb", "wall_s", "settings")
SOURCE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")


@dataclass(frozen=True, slots=True)
class Project:
    """What altyn.toml says.

    `sources` maps `pack.register` to its table as written; `allowed_folders` are absolute folders outside the project
    that sources may read from; `spark` is set where the engine is Spark; `store` is the bucket that holds the truth, empty where this folder does;
    `late_after` is how old the last good run may become, None where nobody said.
    """

    folder: Path
    name: str
    state: str = ""
    languages: tuple[str, ...] = OF_LABELS
    timezone: str = "UTC"
    synthetic: bool = False
    demo: bool = False
    engine: str = "duckdb"
    spark: SparkSettings | None = None
    store: str = ""
    packs: tuple[str, ...] = ()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    allowed_folders: tuple[str, ...] = ()
    late_after: timedelta | None = None

    @property
    def pack_folder(self) -> Path:
        """Where the project's own packs lie."""
        return self.folder / "packs"


def find_project(start: Path) -> Path:
    """The nearest folder with an altyn.toml, from `start` upwards.

    Raises:
        AltynError: `project.missing`.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise AltynError(
        "project.missing",
        what=say("There is no Altyn project here."),
        where=start.name or str(start),
        mend=say("Make one with `altyn init DIR`, look at `altyn demo`, or name one with --project DIR."),
    )


def load_project(folder: Path) -> Project:
    """The project in a folder.

    Raises:
        AltynError: `project.missing`, `project.invalid` with the key at fault and its line, `project.secret`.
    """
    path = folder / FILE
    if not path.is_file():
        return load_project(find_project(folder))
    try:
        return _project(folder, read_toml(path, FILE, "project.invalid"))
    except AltynError as error:
        if error.code == "environment.permission" or not error.where.startswith(FILE):
            raise
        raise with_toml_lines([error], path.read_text(encoding="utf-8-sig", errors="replace"), FILE)[0] from None


def _project(folder: Path, table: Mapping[str, Any]) -> Project:
    _known(table, KEYS, FILE)
    access = _of(table, "access", dict, dict[str, Any]())
    _known(access, ACCESS_KEYS, f"{FILE}, [access]")
    sources = _of(table, "sources", dict, dict[str, Any]())
    for name, source in sources.items():
        if not SOURCE_NAME.match(name) or not isinstance(source, dict):
            raise _invalid(
                say("A source is a table named after its register."),
                f"{FILE}, [sources.{_quoted_key(name)}]",
                say('Write [sources."pack.register"].'),
            )
    project = Project(
        folder=folder.resolve(),
        name=_of(table, "name", str, folder.resolve().name),
        state=_of(table, "state", str, ""),
        languages=_texts(table, "languages", OF_LABELS),
        timezone=_of(table, "timezone", str, "UTC"),
        synthetic=_of(table, "synthetic", bool, False),  # noqa: FBT003  # the default of a key
        demo=_of(table, "demo", bool, False),  # noqa: FBT003
        engine=_of(table, "engine", str, "duckdb"),
        spark=_spark(table),
        store=_of(table, "store", str, ""),
        packs=_texts(table, "packs", ()),
        sources=sources,
        allowed_folders=tuple(str(Path(os.path.expanduser(f))) for f in _texts(access, "folders", ())),  # noqa: PTH111  # text
        late_after=_late_after(table),
    )
    _require(project)
    return project


def _late_after(table: Mapping[str, Any]) -> timedelta | None:
    """What [operate] says."""
    given = _of(table, "operate", dict, dict[str, Any]())
    _known(given, OPERATE_KEYS, f"{FILE}, [operate]")
    text = _of(given, "late_after", str, "")
    found = span(text)
    if text and not found:
        raise _invalid(
            say("{key} has the wrong kind of value.", key="late_after"),
            f"{FILE}, [operate], late_after",
            say("Expected: {kind}.", kind='"26h", "90m", "2d"'),
        )
    return found


def _spark(table: Mapping[str, Any]) -> SparkSettings | None:
    """What [spark] says, where the engine is Spark."""
    given = _of(table, "spark", dict, dict[str, Any]())
    _known(given, SPARK_KEYS, f"{FILE}, [spark]")
    settings = _of(given, "settings", dict, dict[str, Any]())
    if not all(isinstance(value, (str, int, bool)) for value in settings.values()):
        raise _invalid(
            say("{key} has the wrong kind of value.", key="settings"),
            f"{FILE}, [spark.settings]",
            say("Expected: {kind}.", kind='"spark.executor.memory" = "8g"'),
        )
    shared = _of(given, "shared", str, "")
    found = SparkSettings(
        master=_of(given, "master", str, "local[*]"),
        shared=Path(shared) if shared else None,
        from_mb=_of(given, "from_mb", int, 2000),
        wall_s=_of(given, "wall_s", int, 600),
        options={key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in settings.items()},
    )
    return found if table.get("engine") == "spark" else None


def _require(project: Project) -> None:
    if project.engine not in {"duckdb", "spark"}:
        raise _invalid(say("The engine is not known."), f"{FILE}, engine", say('Write engine = "duckdb".'))
    if project.store and not project.store.startswith("s3://"):
        raise _invalid(
            say("A store elsewhere is a bucket."), f"{FILE}, store", say("Write s3://bucket/prefix, or leave it out.")
        )
    zone(project.timezone)
    for language in project.languages:
        if language not in LANGUAGES:
            raise _invalid(
                say("Altyn does not speak {language}.", language=language[:20]),
                f"{FILE}, languages",
                say("Languages here: {names}.", names=", ".join(LANGUAGES)),
            )
    for pack in project.packs:
        if not NAME.match(pack):
            raise _invalid(
                say("{name} is not a pack's name.", name=pack[:80]),
                f"{FILE}, packs",
                say("Name the pack's folder, without a path."),
            )
    for folder in project.allowed_folders:
        if not Path(folder).is_absolute():
            raise _invalid(
                say("The folder is not absolute."), f"{FILE}, [access] folders", say("Write the whole path.")
            )


def _known(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise _invalid(
                say("The key {key} is not known here.", key=key[:80]),
                f"{where}, {_quoted_key(key)}",
                say("Did you mean: {names}?", names=near(key, known)),
            )


def _quoted_key(key: str) -> str:
    return key[:80] if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key[:80])


def _of(table: Mapping[str, Any], key: str, kind: type[T], default: T) -> T:
    value = table.get(key, default)
    if not isinstance(value, kind):
        raise _invalid(
            say("{key} has the wrong kind of value.", key=key),
            f"{FILE}, {key}",
            say("Expected: {kind}.", kind=_KINDS.get(kind.__name__, kind.__name__)),
        )
    return value


def _texts(table: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid(
            say("{key} has the wrong kind of value.", key=key),
            f"{FILE}, {key}",
            say("Expected: {kind}.", kind='["...", "..."]'),
        )
    return tuple(value)


def _invalid(what: Message, where: str, mend: Message) -> AltynError:
    return AltynError("project.invalid", what=what, where=where, mend=mend)


_TEMPLATE = """\
# An Altyn project. `altyn check` looks through it, `altyn run` loads what is new.
name = {name}
# The state whose registers these are.
state = {state}
# The first is the one that pages open in.
languages = {languages}
# In which times without a zone are read.
timezone = {timezone}
# true: the people in this project are invented, and every page says so.
synthetic = {synthetic}
engine = "duckdb"
# Journals, snapshots and quarantine in a bucket instead of .altyn: store = "s3://bucket/prefix".
# Folders: packs/<name> of this project, else one that Altyn ships.
packs = {packs}
{demo}
# Where each register comes from. Passwords are references, never written out: env:NAME or file:/path.
# [sources."local.births"]
# path = "data/births-*.csv"

# Sources outside this folder must be allowed by name.
# [access]
# folders = ["/srv/registers"]

# From which age of the last good run /health and `altyn status` call it late.
# [operate]
# late_after = "26h"
"""


def init_project(  # noqa: PLR0913 - each is one line of altyn.toml
    folder: Path,
    *,
    name: str,
    packs: Iterable[str] = (),
    state: str = "",
    timezone: str = "",
    languages: Iterable[str] = OF_LABELS,
    synthetic: bool = False,
    demo: bool = False,
    extra: str = "",
) -> Project:
    """Make a project in a folder, which may hold other files but no altyn.toml.

    Args:
        folder: made where it is missing.
        name: the project's name.
        packs: names of packs it uses.
        state: the state it belongs to; else what the first of the packs that names one says.
        languages: of pages, the first one first.
        timezone: IANA name; else what the first of the packs that names one says, else UTC.
        synthetic: whether its people are invented.
        demo: marks a project that `altyn demo` made and may open again.
        extra: TOML put at the end: tables of sources.

    Raises:
        AltynError: `project.exists`, `environment.permission`.
    """
    path = folder / FILE
    if path.exists():
        raise AltynError(
            "project.exists",
            what=say("There is a project here already."),
            where=f"{folder.name}/{FILE}",
            mend=say("Choose another folder, or change this project's altyn.toml."),
        )
    packs = list(packs)
    text = _TEMPLATE.format(
        name=_quoted(name),
        state=_quoted(state or _first(packs, "state")),
        languages=json.dumps(list(languages)),
        timezone=_quoted(timezone or _first(packs, "timezone") or "UTC"),
        synthetic=str(synthetic).lower(),
        packs=json.dumps(packs),
        demo="# Made by `altyn demo`, which may open it again.\ndemo = true\n" if demo else "",
    )
    try:
        for part in ("packs", "data"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(
                "# The store: rows, quarantine, log. Never in version control.\n.altyn/\n", encoding="utf-8"
            )
        path.write_text(text + (f"\n{extra.strip()}\n" if extra else ""), encoding="utf-8")
    except OSError as error:
        raise AltynError(
            "environment.permission",
            what=say("The project cannot be written: {reason}.", reason=error.strerror or ""),
            where=folder.name,
            mend=say("Choose a folder you may write to."),
        ) from None
    return load_project(folder)


def _first(packs: Iterable[str], key: str) -> str:
    """What the first built-in pack that says something about `key` says."""
    paths = [builtin_folder() / pack / "pack.toml" for pack in packs]
    tables = [read_toml(path, f"{path.parent.name}/pack.toml") for path in paths if path.is_file()]
    return next((str(table[key]) for table in tables if table.get(key)), "")


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for U+007F, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_quoted(str(k))} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(str(value))
