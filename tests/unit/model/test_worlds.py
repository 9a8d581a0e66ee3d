"""Worlds: the joins that a rendering may use name each table under a name of its own."""

from __future__ import annotations

import re

from altyn.engines.duckdb import Session
from altyn.model.worlds import home_of, names_of

ROWS = ("given", "stem", "maiden", "second", "bare", "female", "father_given", "old_way")


def test_names_of_several_people_stand_in_one_query() -> None:
    with Session(threads=1) as session:
        for table in ("given", "surname", "fathers", "place", "street"):
            session.run(f"CREATE TABLE {table} AS SELECT unnest(range(40)) AS no, '{table}' || no AS ru")
        numbers = {
            "given": 5,
            "stem": 3,
            "maiden": 4,
            "second": 6,
            "bare": 0,
            "female": 1,
            "father_given": 2,
            "old_way": 0,
        }
        columns = [f"{n} AS {prefix}{name}" for prefix in ("", "mother_") for name, n in numbers.items()]
        session.run(
            f"CREATE TABLE rows AS SELECT {', '.join(columns)}, 1 AS place, 2 AS street, 3 AS place_before, 4 AS street_before"
        )

        found = session.one(
            "SELECT g.ru, s.ru, m.ru, f.ru, d.ru, xg.ru, xs.ru, p.ru, t.ru, bp.ru, bt.ru FROM rows "
            f"{names_of()} {names_of('mother_', 'x')} {home_of()} {home_of('_before', 'b')}"
        )

    assert found == (
        "given5", "surname10", "surname13", "fathers11", "surname19", "given5", "surname10", "place1", "street2", "place3", "street4",
    )  # fmt: skip


def test_only_the_person_of_a_row_has_a_double_name() -> None:
    assert re.search(r"AS d\b", names_of())
    assert not re.search(r"AS xd\b", names_of("mother_", "x"))
