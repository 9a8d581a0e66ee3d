"""Builds: a table is computed over the files it was given, with parameters as they were, and nothing else is reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from altyn.engines.builds import BuildFailedError, BuildLimits, Builds
from altyn.engines.duckdb import Session
from altyn.model.sql import literal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("builds")
    with Session() as session:
        session.write_parquet("SELECT unnest(['Ә', 'ң']) AS a, unnest([1, 2]) AS n", made / "in.parquet")
        session.write_parquet("SELECT 'hidden' AS a", made / "other.parquet")
    return made


@pytest.fixture(scope="module")
def builds(folder: Path) -> Iterator[Builds]:
    with Builds(folder / "spill", BuildLimits(memory_mb=200, cpu_s=20, wall_s=40, file_mb=50)) as made:
        yield made


def write(builds: Builds, folder: Path, sql: str, **parameters: object) -> int:
    bound = {"t": f"read_parquet({literal(str(folder / 'in.parquet'))})"}
    return builds.write(sql, bound, [folder / "in.parquet"], folder / "out.parquet", parameters)


def test_a_table_takes_the_place_of_what_stood_there(builds: Builds, folder: Path) -> None:
    (folder / "out.parquet").write_text("older")

    assert write(builds, folder, "SELECT a, n * 2 AS m FROM t ORDER BY n") == 2

    with Session() as session:
        assert session.run(f"SELECT * FROM read_parquet({literal(str(folder / 'out.parquet'))})") == [
            ("Ә", 2),
            ("ң", 4),
        ]


@pytest.mark.parametrize(
    "value",
    [
        "it's",
        7,
        0.1,
        Decimal("1.50"),
        date(2024, 2, 29),
        datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC),
        True,
        False,
        None,
    ],
    ids=lambda v: type(v).__name__ + str(v),
)
def test_a_parameter_arrives_as_it_was(builds: Builds, folder: Path, value: object) -> None:
    write(builds, folder, "SELECT $v AS v", v=value)

    with Session() as session:
        here = session.one("SELECT typeof($v), CAST($v AS VARCHAR)", {"v": value})
        there = session.one(
            f"SELECT typeof(v), CAST(v AS VARCHAR) FROM read_parquet({literal(str(folder / 'out.parquet'))})"
        )
    assert there[1] == here[1]
    assert value is None or there[0] == here[0]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT * FROM read_parquet('{folder}/other.parquet')", "PermissionException"),
        ("SELECT * FROM read_csv('/etc/passwd')", "PermissionException"),
        ("SELECT 'Айгүл'::BIGINT", "ConversionException"), ("SELECT * FROM nowhere", "CatalogException"), ("SELECT none FROM t", "BinderException"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_told_by_its_kind_alone(builds: Builds, folder: Path, sql: str, kind: str) -> None:
    with pytest.raises(BuildFailedError) as caught:
        write(builds, folder, sql.replace("{folder}", str(folder)))

    assert (caught.value.kind, caught.value.is_limit) == (kind, False)
    assert str(caught.value) == kind
    assert not (folder / "out.parquet").exists() or (folder / "out.parquet").stat().st_size == 0


def test_a_table_that_grows_without_end_is_stopped_and_the_next_is_built(builds: Builds, folder: Path) -> None:
    with pytest.raises(BuildFailedError) as caught:
        write(builds, folder, "SELECT repeat('x', 1000) || n AS x FROM range(3000000000) AS r(n)")

    assert caught.value.is_limit or caught.value.kind in {"OutOfMemoryException", "IOException"}
    assert write(builds, folder, "SELECT 1 AS one") == 1


def test_the_process_has_room_beside_the_engine() -> None:
    bounds = BuildLimits(memory_mb=100, cpu_s=7).bounds

    assert bounds.memory_mb > 2 * 100
    assert bounds.cpu_s == 7
