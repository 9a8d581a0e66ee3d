"""A project whose engine is Spark: every query of the product, measures, past states and people's SQL, as on DuckDB."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from arro3.core import Table
from starlette.testclient import TestClient

from altyn.engines.spark import remove_rests
from altyn.errors import AltynError
from altyn.model.columns import Column
from altyn.model.relations import Relation
from altyn.policy.gate import Gate
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import questions, synthesising
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from tests.spark.conftest import MASTER, OPTIONS, same

pytestmark = [pytest.mark.slow, pytest.mark.needs("java")]

PAGES = 120


def on_spark(folder: Path) -> None:
    """Write Spark into a project's altyn.toml, for however little there is to read."""
    path = folder / "altyn.toml"
    text = path.read_text(encoding="utf-8")
    assert 'engine = "duckdb"' in text
    settings = "\n".join(f'"{key}" = "{value}"' for key, value in OPTIONS.items())
    table = f'\n[spark]\nmaster = "{MASTER}"\nfrom_mb = 0\n\n[spark.settings]\n{settings}\n'
    path.write_text(text.replace('engine = "duckdb"', 'engine = "spark"') + table, encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, loaded with DuckDB."""
    folder = tmp_path_factory.mktemp("demo") / "altyn-demo"
    synthesising.prepare_demo(folder)
    run_project(Workspace.open(folder))
    return folder


def test_every_query_of_every_page(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page asks, now or in a later issue, is asked of both engines."""
    home = tmp_path / "copy"
    shutil.copytree(demo, home)
    on_spark(home)
    workspace = Workspace.open(home)
    original = Gate._run  # pyright: ignore[reportPrivateUsage]
    seen: dict[str, str] = {}

    def on_both(
        gate: Gate, scene: object, relation: Relation, faces: Mapping[str, tuple[Column, ...]]
    ) -> tuple[Table, tuple[Column, ...]]:
        spark, gate.spark = gate.spark, None
        try:
            table, columns = original(gate, scene, relation, faces)  # type: ignore[arg-type]
        finally:
            gate.spark = spark
        asked = f"{relation.sql} {sorted(relation.inputs.items())}"
        if asked not in seen:
            seen[asked] = relation.sql
            there, described = original(gate, scene, relation, faces)  # type: ignore[arg-type]
            same(relation.sql, table, there)
            assert columns == described
        return table, columns

    monkeypatch.setattr(Gate, "_run", on_both)
    portal = TestClient(create_app(workspace), base_url="http://localhost")
    queue, visited = ["/en/"], set[str]()
    while queue and len(visited) < PAGES:
        page = queue.pop(0)
        shape = re.sub(r"\d{4,}", "N", page)
        if shape in visited:
            continue
        visited.add(shape)
        answer = portal.get(page)
        assert answer.status_code < 500, page
        queue += [a for a in re.findall(r'href="(/en[^"#]*)"', answer.text) if a not in queue]
    assert len(visited) > 40
    assert len(seen) > 15, seen
    assert workspace.store.spark
    assert len([n for n in workspace.store.spark.executors() if n != "driver"]) == 2


def test_measures_built_by_spark_are_those_of_duckdb(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "built"
    synthesising.prepare_demo(home)
    on_spark(home)
    run_project(Workspace.open(home))
    names = list(Workspace.open(demo).store.scene().tables)
    assert names
    for name in names:
        sql = f"SELECT * FROM {name} ORDER BY ALL"
        here, there = (questions.query(_embedded(folder), sql, purpose="synthetic").table for folder in (demo, home))
        assert here.num_rows
        same(sql, here, there)


def _embedded(folder: Path) -> Workspace:
    workspace = Workspace.open(folder)
    workspace.gate.spark = None
    return workspace


@pytest.mark.parametrize(
    ("sql", "how"),
    [
        (
            "SELECT area, sum(population) AS people FROM population WHERE year >= 2009 GROUP BY area ORDER BY people DESC, area",
            {},
        ),
        (
            "SELECT k.name_kk, t.rate FROM kato AS k JOIN kazakhstan.tax_rates AS t ON t.kato = k.kato ORDER BY t.rate, k.kato",
            {},
        ),
        ("SELECT level, count(*) FROM kato GROUP BY level ORDER BY level", {}),
        ("SELECT * FROM kazakhstan.population_by_region ORDER BY ALL LIMIT 20", {}),
        ("SELECT count(*) AS n FROM population", {"as_of": "2015-06-01"}),
    ],
)
def test_what_a_person_asks(demo: Path, tmp_path: Path, sql: str, how: dict[str, str]) -> None:
    home = tmp_path / "asked"
    shutil.copytree(demo, home)
    on_spark(home)
    here, there = questions.query(Workspace.open(demo), sql, **how), questions.query(Workspace.open(home), sql, **how)
    same(sql, here.table, there.table)
    assert here.columns == there.columns
    assert here.table.num_rows


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT median(population) FROM population", "sql.subset"),
        ("SELECT * FROM read_parquet('/etc/passwd')", "sql.forbidden"),
        ("SELECT * FROM parquet.`/etc/passwd`", "sql."),
        ("SELECT * FROM _files_0", "sql.forbidden"),
        ("SELECT CAST(name_kk AS BIGINT) FROM kato", "sql.failed"),
        ("SELECT no_such_column FROM kato", "sql.failed"),
    ],
)
def test_what_spark_may_not_be_asked(demo: Path, tmp_path: Path, sql: str, code: str) -> None:
    home = tmp_path / "refused"
    shutil.copytree(demo, home)
    on_spark(home)
    with pytest.raises(AltynError, match=code):
        questions.query(Workspace.open(home), sql)


def test_nothing_is_left_behind(demo: Path, tmp_path: Path) -> None:
    home = tmp_path / "tidy"
    shutil.copytree(demo, home)
    on_spark(home)
    workspace = Workspace.open(home)
    questions.query(workspace, "SELECT count(*) AS n FROM kato")
    assert list((home / ".altyn" / "spark").rglob("*.parquet")) == []
    killed = home / ".altyn" / "spark" / "999999999-dead"
    killed.mkdir(parents=True)
    (killed / "rows").write_text("x")
    remove_rests(home / ".altyn" / "spark")
    assert not killed.exists()
