"""The synthetic country: what it costs to write and to load, and how hard it is for whoever has equal numbers or raw names alone.

`ALTYN_BENCH_PEOPLE` says of how many people it is written and loaded: a million without it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.measure import Row, altyn
from bench.rivals import linkage

PEOPLE = int(os.environ.get("ALTYN_BENCH_PEOPLE", "1000000"))
# How hard it is does not depend on the size; a rival in Python takes long over a million.
LINKED = 20_000
# Register -> its record number, and what it has of a person's name, day of birth, place and telephone.
PERSONS = ("civil.persons", "record_no", "given_name, surname, patronymic, birth_date, residence_kato, NULL")
OTHERS = (
    ("bank.clients", "client_no", "given_name, surname, NULL, birth_date, NULL, phone"),
    ("health.attachments", "card_no", "given_name, surname, patronymic, birth_date, NULL, phone"),
)
# A country that equal numbers, or raw names with a good model, link well is too easy to learn from.
_EXACT, _RAW_NAMES = 0.80, 0.88


def rows() -> Iterator[Row]:
    """Cost of writing and loading, and F1 of two simple ways."""
    with tempfile.TemporaryDirectory() as folder:
        cost = altyn("synth", str(Path(folder) / "land"), "--persons", str(PEOPLE))
        yield Row(f"altyn synth, {PEOPLE:,} people, CPU", cost.cpu_s, "s", 90)
        yield Row(f"altyn synth, {PEOPLE:,} people, largest process", cost.peak_mb, "MB", 1000)
    with tempfile.TemporaryDirectory() as folder:
        cost = altyn("demo", str(Path(folder) / "land"), "--persons", str(PEOPLE), "--no-serve")
        yield Row(f"{PEOPLE:,} people written and loaded through contracts, CPU", cost.cpu_s, "s")
        yield Row(f"{PEOPLE:,} people written and loaded, largest process", cost.peak_mb, "MB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        altyn("synth", str(folder / "land"), "--persons", str(LINKED))
        python = linkage.environment()
        for other in OTHERS:
            what = f"{PERSONS[0]} and {other[0]} of {LINKED:,} people"
            yield Row(f"{what}: F1 of equal numbers alone", exact(folder / "land", other), "", _EXACT)
            people = folder / f"{other[0]}.parquet"
            put_people(folder / "land", other, people)
            missed = linkage.splink(python, f"{what}, raw names", [people])
            yield Row(missed.what, missed.value, missed.unit, round(1 - _RAW_NAMES, 2), is_least=True)


def _read(land: Path, register: str, key: str, columns: str) -> str:
    """SQL of a register's rows with the person each is about."""
    return (
        f"SELECT t.subject, x.{key} AS record, {columns} FROM read_csv('{land}/registers/{register}.csv', all_varchar = true) AS x "
        f"JOIN '{land}/truth/{register}.parquet' AS t ON t.record = x.{key}"
    )


def exact(land: Path, other: tuple[str, str, str]) -> float:
    """F1 of the pairs across two registers that have one and the same number."""
    one, two = (_read(land, register, key, "iin") for register, key, _ in (PERSONS, other))
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE a AS {one}")
    connection.execute(f"CREATE TABLE b AS {two}")
    said, right, true = (
        int(connection.execute(f"SELECT count(*) FROM a JOIN b ON {test}").fetchall()[0][0])
        for test in ("a.iin = b.iin", "a.iin = b.iin AND a.subject = b.subject", "a.subject = b.subject")
    )
    return 2 * right / max(1, said + true)


def put_people(land: Path, other: tuple[str, str, str], target: Path) -> None:
    """The people of two registers in one file, as the rival's own guide has them."""
    parts = " UNION ALL ".join(
        f"SELECT '{register}' || record AS unique_id, subject AS entity, * EXCLUDE (record, subject), NULL AS sex FROM "
        f"({_read(land, register, key, columns)}) AS r(subject, record, first_name, surname, patronymic, dob, locality, phone)"
        for register, key, columns in (PERSONS, other)
    )
    duckdb.connect().execute(f"COPY ({parts}) TO '{target}' (FORMAT parquet)")
