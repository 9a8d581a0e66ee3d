"""A pack folder is loaded whole, or refused with what is wrong in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.packs.manifest import builtin_folder, collect_pack, in_range, load_pack
from tests.unit.packs.conftest import AREA, PLACES, MakePack

KINDS = """
from altyn.model import Kind

even = Kind("even", lambda text: text.endswith("0"), "right({value}, 1) = '0'")
_hidden = Kind("hidden", str.isdigit, "true")
"""


def refused(folder: Path) -> AltynError:
    with pytest.raises(AltynError) as caught:
        load_pack(folder)
    return caught.value


def test_everything_in_a_pack_is_loaded(make_pack: MakePack) -> None:
    files = {
        "codes/levels.csv": "code,kk,ru,en\n01,а,б,c\n",
        "codes/level_aliases.csv": "alias,code\nfirst,01\n1st,01\n",
        "measures/area.toml": AREA,
        "scripts/letters.toml": '[fold]\n"қ" = "к"\n',
        "kinds.py": KINDS,
    }

    pack = load_pack(make_pack("demo", PLACES, files=files))

    assert list(pack.contracts) == ["places"]
    assert pack.code_lists["levels"].codes == {"01": Label({"kk": "а", "ru": "б", "en": "c"})}
    assert pack.code_lists["level_aliases"].aliases == {"first": "01", "1st": "01"}
    assert list(pack.kinds) == ["even"]
    assert pack.kinds["even"].python("10")
    assert pack.measures["area"].name == "demo.area"
    assert pack.scripts["letters"]["fold"] == {"қ": "к"}


@pytest.mark.parametrize(
    ("manifest", "code", "told"),
    [
        ("owner = []", "pack.invalid", "owners"),
        ("owners = 3", "pack.invalid", "owners"),
        ('quality = "brass"', "pack.invalid", "bronze"),
        ("x = [", "pack.invalid", "end of document"),
        ('password = "hunter2"', "project.secret", "password"),
    ],
)
def test_a_bad_manifest_is_refused(make_pack: MakePack, manifest: str, code: str, told: str) -> None:
    error = refused(make_pack(manifest=manifest))

    assert error.code == code
    assert told in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(("bounds", "code"), [(">=9,<10", "pack.dependency"), ("new", "pack.invalid")])
def test_a_pack_for_another_altyn_is_refused(make_pack: MakePack, bounds: str, code: str) -> None:
    folder = make_pack()
    path = folder / "pack.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(">=0.1,<1", bounds), encoding="utf-8")

    assert refused(folder).code == code


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("0.10.0", ">=0.9", True),
        ("0.4", ">=0.4.0,<0.5", True),
        ("0.5.0", ">=0.4,<0.5", False),
        ("1.0.0", "!=1.0", False),
        ("1.0", "==1.0.0", True),
    ],
)
def test_version_ranges_count_numbers_not_letters(version: str, bounds: str, fits: bool) -> None:  # noqa: FBT001
    assert in_range(version, bounds) is fits


def test_the_folder_bears_the_name_of_the_pack(make_pack: MakePack) -> None:
    folder = make_pack()
    other = folder.rename(folder.with_name("other"))

    assert refused(other).code == "pack.invalid"
    assert refused(folder).code == "pack.missing"


def test_python_stands_only_where_it_may(make_pack: MakePack) -> None:
    folder = make_pack(files={"rules/a.py": "", "connectors/b.py": "", "registers/c.py": "", "d.py": ""})

    _, faults = collect_pack(folder)

    assert [(f.code, f.where) for f in faults] == [
        ("pack.invalid", "demo/d.py"),
        ("pack.invalid", "demo/registers/c.py"),
    ]


def test_kinds_that_fail_say_which_error_and_nothing_else(make_pack: MakePack) -> None:
    error = refused(make_pack(files={"kinds.py": "raise ValueError('850101300123')"}))

    assert "ValueError" in str(error)
    assert "850101300123" not in str(error)


def test_every_fault_is_collected(make_pack: MakePack) -> None:
    wrong: dict[str, Any] = {**PLACES, "id": "other.places"}
    folder = make_pack(
        "demo", wrong, files={"measures/area.toml": AREA.replace("unit", "unti"), "codes/x.csv": "kode\n"}
    )

    _, faults = collect_pack(folder)

    assert sorted(f.code for f in faults) == ["contract.invalid", "measure.invalid", "pack.invalid"]


@pytest.mark.parametrize(
    "text",
    ["code,kk\n1,a\n1,b\n", "code,kk\n1\n", "alias,code\na,1\na,2\n", "kk,ru\na,b\n", "", 'code\n"1\n'],
    ids=["twice", "ragged", "ambiguous", "no code", "empty", "quote"],
)
def test_a_bad_code_list_is_refused(make_pack: MakePack, text: str) -> None:
    assert refused(make_pack(files={"codes/x.csv": text})).code == "pack.invalid"


def test_built_in_packs_lie_beside_the_package_or_at_the_root() -> None:
    assert builtin_folder().name in {"packs", "builtin_packs"}
