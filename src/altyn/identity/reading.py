"""Reading: sources become rows of codes. Files come through the same readers as a register's, so encodings and sheets just work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.identity.columns import EncodedColumn
from altyn.identity.full_names import part_of
from altyn.identity.kinds import encode
from altyn.identity.letters import Letters
from altyn.identity.linking import SourceRows
from altyn.identity.proposing import Sample
from altyn.identity.specification import Specification
from altyn.language import say
from altyn.model.columns import Column as Declared
from altyn.model.columns import ColumnType
from altyn.model.sql import identifier, literal
from altyn.sources.headers import header_names
from altyn.sources.read import headers, read
from altyn.sources.spec import SourceSpec


@dataclass(frozen=True, slots=True)
class Source:
    """One source of rows: its name and either a file or a query.

    `query` gives VARCHAR columns and is run in the session that `gather` is given.
    """

    name: str
    spec: SourceSpec | None = None
    query: str = ""


@dataclass(frozen=True)
class Gathered:
    """Rows of all sources in one table `gathered` of a session: place (0-based, over all), source, row (1-based in it), id, fields."""

    session: Session
    rows: SourceRows
    specification: Specification


def workbench(scratch: Path) -> Session:
    """A session that spills into a scratch folder."""
    found = Session(scratch, threads=os.cpu_count())
    found.run("SET preserve_insertion_order = true")
    return found


def file_source(path: Path, name: str) -> Source:
    """A file as a source.

    Args:
        path: the file.
        name: how results name it.
    """
    found = path.resolve()
    return Source(name, SourceSpec(name, found.parent, path=found.name))


def sample(source: Source, scratch: Path, session: Session) -> Sample:
    """The first values of a source."""
    if source.spec is not None:
        found = headers(source.spec, scratch, rows=5000)
        return Sample(source.name, dict(zip(header_names([h for h, _ in found]), [v for _, v in found], strict=True)))
    names = [str(row[0]) for row in session.run(f"DESCRIBE {source.query}")]
    taken = session.run(
        f"SELECT {', '.join(f'{identifier(n)}::VARCHAR' for n in names)} FROM ({source.query}) LIMIT 5000"
    )
    return Sample(source.name, {name: [row[i] for row in taken] for i, name in enumerate(names)})


def gather(
    session: Session, sources: Sequence[Source], specification: Specification, letters: Letters, scratch: Path
) -> Gathered:
    """Read all sources and encode the fields of a specification.

    Raises:
        AltynError: `identity.column-missing` where a source has none of the fields, and the errors of reading.
    """
    parts = [_one(session, source, number, specification, scratch) for number, source in enumerate(sources)]
    _every_field_somewhere(sources, specification, [found for _, found in parts])
    session.run(
        "CREATE OR REPLACE TEMP TABLE gathered AS SELECT row_number() OVER (ORDER BY source, row) - 1 AS place, * FROM ("
        + " UNION ALL ".join(query for query, _ in parts)
        + ") ORDER BY source, row"
    )
    for number in range(len(sources)):
        session.run(f"DROP TABLE IF EXISTS _link_{number}")
    columns = tuple(_encoded(session, place, specification, letters) for place in range(len(specification.fields)))
    sources_of = numpy_column(session, "SELECT source FROM gathered ORDER BY place").astype(np.int16)
    return Gathered(session, SourceRows(columns, sources_of), specification)


def _one(
    session: Session, source: Source, number: int, specification: Specification, scratch: Path
) -> tuple[str, set[str]]:
    """A query of one source's rows in the common shape, and the fields it has."""
    available = sample(source, scratch, session).values if source.spec is not None else None
    names = (
        list(available) if available is not None else [str(row[0]) for row in session.run(f"DESCRIBE {source.query}")]
    )
    cells_of = {
        field.name: next((cell for c in specification.columns[field.name] if (cell := part_of(c, names))[0]), None)
        for field in specification.fields
    }
    headers_of = {name: cell[0] if cell else None for name, cell in cells_of.items()}
    own_id = next((h for h in specification.id_columns if h in names), None)
    wanted = list(dict.fromkeys(h for h in [*headers_of.values(), own_id] if h is not None))
    if source.spec is not None:
        declared = [Declared(f"c{place}", ColumnType("text"), header=h) for place, h in enumerate(wanted)]
        reading = read(session, source.spec, declared, scratch)
        reading.confirm_unchanged()
        column = {h: f"c{place}" for place, h in enumerate(wanted)}
        # A row that could not be read has no cells; it stays in its place, alone, so that row numbers are the file's.
        inner = " UNION ALL ".join(f"SELECT *, {part.no} AS part FROM ({part.query})" for part in reading.parts)
        session.run(
            f"CREATE OR REPLACE TEMP TABLE _link_{number} AS SELECT row_number() OVER (ORDER BY part, line_no) AS row, * FROM ({inner})"
        )
        start = f"SELECT {number} AS source, row"
        origin = f"_link_{number}"
    else:
        column = {h: h for h in wanted}
        start = f"SELECT {number} AS source, row_number() OVER () AS row"
        origin = f"({source.query})"
    cells = [f"{identifier(column[own_id])}::VARCHAR AS id" if own_id else "NULL::VARCHAR AS id"]
    for place, field in enumerate(specification.fields):
        cell = cells_of[field.name]
        text = cell[1].replace("{text}", f"{identifier(column[cell[0]])}::VARCHAR") if cell else "NULL::VARCHAR"
        cells.append(f"{text} AS f{place}")
    return f"{start}, {', '.join(cells)} FROM {origin}", {name for name, h in headers_of.items() if h is not None}


def _every_field_somewhere(sources: Sequence[Source], specification: Specification, found: Sequence[set[str]]) -> None:
    anywhere = set[str]().union(*found)
    for field in specification.fields:
        if field.name not in anywhere:
            raise AltynError(
                "identity.column-missing",
                what=say("No source has a column for the field {name}.", name=field.name),
                where=", ".join(s.name for s in sources)[:300],
                mend=say(
                    "Columns the specification asks for: {names}. Correct them, or leave the field out.",
                    names=", ".join(specification.columns[field.name]),
                ),
            )
    for source, fields in zip(sources, found, strict=True):
        if not fields:
            raise AltynError(
                "identity.column-missing",
                what=say("The source has none of the columns of the specification."),
                where=source.name,
                mend=say("Name its columns under the fields they belong to."),
            )


def _encoded(
    session: Session, place: int, specification: Specification, letters: Letters, given: EncodedColumn | None = None
) -> EncodedColumn:
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _values AS SELECT v, (row_number() OVER () - 1)::INTEGER AS code FROM "
        f"(SELECT f{place} AS v, min(place) AS first FROM gathered WHERE f{place} IS NOT NULL GROUP BY ALL ORDER BY first)"
    )
    values = np.array([row[0] for row in session.run("SELECT v FROM _values ORDER BY code")], dtype=object)
    codes = numpy_column(
        session,
        f"SELECT coalesce(code, -1)::INTEGER AS c FROM gathered LEFT JOIN _values ON f{place} = v ORDER BY place",
    )
    return encode(specification.fields[place], values, codes.astype(np.int32), letters, given)


def numpy_column(session: Session, query: str) -> NDArray[Any]:
    """One column of numbers without NULLs."""
    found = session.connection.execute(query).fetchnumpy()
    return np.asarray(next(iter(found.values())))


def write_clusters(
    gathered: Gathered, names: Sequence[str], labels: NDArray[Any], probability: NDArray[Any], path: Path
) -> None:
    """Write source, row, id, cluster and probability of every row to a Parquet file."""
    _place_results(gathered.session, {"cluster": labels, "probability": probability})
    gathered.session.write_parquet(
        f"SELECT ({_sources(names)})[source + 1] AS source, row::BIGINT AS row, id, _results.cluster::BIGINT AS cluster, "
        "_results.probability::DOUBLE AS probability FROM gathered JOIN _results USING (place) ORDER BY place",
        path,
    )


def write_pairs(gathered: Gathered, names: Sequence[str], pairs: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write compared pairs: source, row and id of both rows, weight in bits, probability, level of every field."""
    session = gathered.session
    import arro3.core

    session.connection.register(
        "_pairs",
        arro3.core.Table.from_pydict(
            {k: arro3.core.Array.from_numpy(np.ascontiguousarray(v)) for k, v in pairs.items()}
        ),
    )
    listed = _sources(names)
    session.write_parquet(
        f"SELECT ({listed})[a.source + 1] AS source_left, a.row::BIGINT AS row_left, a.id AS id_left, "
        f"({listed})[b.source + 1] AS source_right, b.row::BIGINT AS row_right, b.id AS id_right, "
        "_pairs.* EXCLUDE (left_place, right_place) FROM _pairs JOIN gathered a ON a.place = left_place "
        "JOIN gathered b ON b.place = right_place ORDER BY weight DESC, left_place, right_place",
        path,
    )
    session.connection.unregister("_pairs")


def _sources(names: Sequence[str]) -> str:
    return "[" + ", ".join(literal(name) for name in names) + "]"


def _place_results(session: Session, columns: Mapping[str, NDArray[Any]]) -> None:
    import arro3.core

    total = len(next(iter(columns.values())))
    table = {"place": np.arange(total), **columns}
    session.connection.register(
        "_results",
        arro3.core.Table.from_pydict(
            {k: arro3.core.Array.from_numpy(np.ascontiguousarray(v)) for k, v in table.items()}
        ),
    )
