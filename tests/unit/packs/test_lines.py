"""The line of a fault is that of the field it names, or of what should hold it."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.lines import with_lines, with_toml_lines
from altyn.packs.project import load_project

CONTRACT = """\
# a comment
schema:
  - name: places
    customProperties:
      - property: altyn.label
        value:
          en: Places
      - {property: altyn.rowRules, value: [{name: small, sql: a < 1}]}
    properties:
      - &code {name: code, logicalType: string}
      - name: area
        logicalType: number
        quality:
          - {name: few, type: sql, query: SELECT 1}
"""

TOML = '''\
name = "x"
about = """
[operate]
late_after = "no table"
"""
languages = ["kk"]
[operate]   # how late
late_after = "26h"
[sources."local.areas"]
path = "a.csv"
options.encoding = "utf-8"
'''


def placed(place: str) -> str:
    return with_lines([AltynError("usage", what="x", where=f"x.odcs.yaml, {place}")], CONTRACT, "x.odcs.yaml")[0].where


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("schema[0].name", 3),
        ("schema[0].properties[1].logicalType", 12),
        ("schema[0].properties[1].requird", 11),
        ("schema[0].properties[0].logicalType", 10),
        ("schema[0].customProperties, altyn.label.en", 7),
        ("altyn.label", 5),
        ("column area", 11),
        ("column area, altyn.form", 11),
        ("rule small", 8),
        ("contract.customProperties", 2),
    ],
)
def test_a_path_has_the_line_where_it_stands(place: str, line: int) -> None:
    assert placed(place) == f"x.odcs.yaml, line {line}, {place}"


def test_a_fault_that_has_its_line_or_is_of_another_file_stays_as_it_is() -> None:
    faults = [AltynError("usage", what="x", where=where) for where in ("x.odcs.yaml, line 3", "x.odcs.yaml2, schema")]

    assert [f.where for f in with_lines(faults, CONTRACT, "x.odcs.yaml")] == [f.where for f in faults]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("languages", 6),
        ("[operate], late_after", 8),
        ('[sources."local.areas"], path', 10),
        ('[sources."local.areas"], encodin', 9),
        ("sources.local.areas.path", 10),
    ],
)
def test_a_key_of_toml_has_its_line(place: str, line: int) -> None:
    fault = AltynError("usage", what="x", where=f"altyn.toml, {place}")

    assert with_toml_lines([fault], TOML, "altyn.toml")[0].where == f"altyn.toml, line {line}, {place}"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('name = "x"\nlanguage = ["kk"]\n', "altyn.toml, line 2, language"),
        ('name = "x"\n[operate]\nlate_after = "soon"\n', "altyn.toml, line 3, [operate], late_after"),
        ('name = "x"\n\ntimezone = "Mars/Base"\n', "altyn.toml, line 3, timezone"),
        ('name = "x"\npacks = "demo"\n', "altyn.toml, line 2, packs"),
        ('name = "x"\n[sources.births]\npath = "x"\n', "altyn.toml, line 2, [sources.births]"),
    ],
)
def test_a_wrong_project_file_names_key_and_line(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "altyn.toml").write_text(text, encoding="utf-8")

    with pytest.raises(AltynError) as caught:
        load_project(tmp_path)

    assert caught.value.where == where
