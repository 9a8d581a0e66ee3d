"""Where there are more rows than one piece of the engine's storage holds, every wrong line still keeps its place."""

from __future__ import annotations

from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.model import Check, Column, Register
from altyn.model.columns import INTEGER, TEXT
from altyn.model.registers import Relationship
from altyn.sources.read import read
from altyn.sources.validate import Context, validate
from tests.unit.sources.reading import spec

ROWS = 600_000


def test_every_wrong_line_of_many_is_refused_with_its_line(tmp_path: Path) -> None:
    """Lines taken out of a stream once moved the rows behind them: refused rows were lost, accepted ones got another line."""
    wrong: dict[int, str] = {}
    with (tmp_path / "in.csv").open("w", encoding="utf-8") as out:
        out.write("id,area,n\n")
        for i in range(ROWS):
            kind = (i // 300) % 4 if i % 300 == 299 else None
            line = [f"{i},a", f'{i},"a"ә,1', f"{i},a,-1", f"{i},z,1"][kind] if kind is not None else f"{i},a,1"
            out.write(line + "\n")
            if kind is not None:
                wrong[i + 2] = ("row.ragged", "row.quote", "minimum", "relationship")[kind]
    columns = (
        Column("id", INTEGER, required=True),
        Column("area", TEXT),
        Column("n", INTEGER, checks=(Check("minimum", 0),)),
    )
    register = Register(
        "lab.things", "1.0.0", columns, ("id",), "0", relationships=(Relationship(("area",), "lab.areas", ("code",)),)
    )
    context = Context(parents={"lab.areas": "SELECT 'a' AS code"})
    with Session() as session:
        reading = read(session, spec(tmp_path, "in.csv"), columns, tmp_path, may_stream=True)
        assert reading.parts[0].stream
        checked = validate(session, register, [(0, reading.parts[0].stream)], context)
        found = dict(session.run(f"SELECT line_no, min(rule) FROM {checked.failures} GROUP BY line_no"))
        gaps = session.one("SELECT max(rowid) + 1 - count(*) FROM _rows")[0]
        moved = session.one(f"SELECT count(*) FROM {checked.accepted} WHERE line_no <> id + 2")[0]

    assert (checked.rows_read, checked.rows_refused) == (ROWS, len(wrong))
    assert moved == 0
    assert gaps == 0, "rows were deleted, and the engine may give the rest other numbers"
    assert found == wrong


def test_a_line_of_nothing_but_delimiters_is_a_row(tmp_path: Path) -> None:
    """Also beside lines that are read apart."""
    lines = ["id,area,n", *(f"{i},a,1" for i in range(1000)), ",,", '5000,"a"ә,1', ",,", "6000,a,1"]
    (tmp_path / "in.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = (Column("id", INTEGER, required=True), Column("area", TEXT), Column("n", INTEGER))
    register = Register("lab.things", "1.0.0", columns, ("id",), "0")
    with Session() as session:
        reading = read(session, spec(tmp_path, "in.csv"), columns, tmp_path, may_stream=True)
        assert reading.parts[0].stream
        checked = validate(session, register, [(0, reading.parts[0].stream)], Context())
        found = session.run(f"SELECT line_no, min(rule) FROM {checked.failures} GROUP BY 1 ORDER BY 1")
        last = session.one(f"SELECT line_no FROM {checked.accepted} WHERE id = 6000")[0]

    assert (checked.rows_read, checked.rows_accepted) == (1004, 1001)
    assert [line for line, _ in found] == [1002, 1003, 1004]
    assert last == 1005
