"""Derivations: columns the source does not carry: a constant, a code found by its name, the parent in a hierarchy."""

from __future__ import annotations

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model import Column, Hierarchy, Register, row_hash
from altyn.model.registers import CONTENT_KEY
from altyn.model.sql import identifier, literal
from altyn.sources.context import Context
from altyn.sources.rules import code_list, lookup_of
from altyn.sources.staging import TempTable

_BLANKS = r"' ' || chr(9) || chr(10) || chr(13) || chr(160)"


def with_derived_texts(session: Session, register: Register, context: Context, rows: str) -> str:
    """SQL of `rows` (columns `_s_<name>`, the source's texts) with a text for each constant and each looked-up code.

    A lookup tries the alias as written, then without blanks around it and without regard to case. That is matching: the
    source's own text stays as it is. Two aliases that differ only so and mean different codes are not matched loosely.
    """
    chosen, joins = ["s.*"], ""
    for number, column in enumerate(c for c in register.columns if c.derivation):
        assert column.derivation is not None
        name = identifier(f"_s_{column.name}")
        if column.derivation.kind == "constant":
            chosen.append(f"{literal(str(column.derivation.argument))} AS {name}")
        elif column.derivation.kind == "lookup":
            source, listed = lookup_of(register, column)
            aliases = code_list(register, context, listed, column.name).aliases
            exact, loose = f"_alias_{number}", f"_alias_loose_{number}"
            session.insert(exact, [("alias", "VARCHAR"), ("code", "VARCHAR")], aliases.items())
            session.run(
                f"CREATE OR REPLACE TEMP TABLE {loose} AS SELECT {_loosely('alias')} AS alias, min(code) AS code FROM {exact} "
                "GROUP BY 1 HAVING count(DISTINCT code) = 1"
            )
            text = f"s.{identifier(f'_s_{source.name}')}"
            joins += f" LEFT JOIN {exact} AS x{number} ON x{number}.alias = {text}"
            joins += f" LEFT JOIN {loose} AS l{number} ON l{number}.alias = {_loosely(text)}"
            chosen.append(f"coalesce(x{number}.code, l{number}.code) AS {name}")
    return f"SELECT {', '.join(chosen)} FROM ({rows}) AS s{joins}"


def _loosely(text: str) -> str:
    return f"lower(trim({text}, {_BLANKS}))"


def require_hierarchy(register: Register) -> Hierarchy | None:
    """The register's hierarchy, if it has one.

    Raises:
        AltynError: `contract.profile` where it names columns the register lacks.
    """
    hierarchy = register.hierarchy
    names = {c.name for c in register.columns}
    derived = [c.name for c in register.columns if c.derivation and c.derivation.kind == "hierarchy"]
    if hierarchy is None and not derived:
        return None
    if hierarchy is None or hierarchy.code not in names or derived != [hierarchy.parent]:
        raise AltynError(
            "contract.profile",
            what=say("The hierarchy does not fit the columns: it needs its code, and one parent column that it fills."),
            where=f"register {register.name}, altyn.hierarchy",
            mend=say("Name columns of the register under code and parent."),
        )
    return hierarchy


def content_keys(session: Session, register: Register, rows: TempTable, line: str, known: str | None) -> TempTable:
    """Make a table of (_row_id, _key): the key of each right row of a register without one, its hash and number of copy.

    Args:
        session: where it is made, in place of that of the call before.
        register: whose rows they are.
        rows: the rows under validation.
        line: SQL of a row's line, by whose order copies are numbered.
        known: SQL of the register's current rows, where this extract adds to them; None where it says all.
    """
    content = row_hash.sql_expression([c for c in register.columns if c.name != CONTENT_KEY])
    key = identifier(CONTENT_KEY)
    before = "0"
    joined = ""
    if known:
        joined = f" LEFT JOIN (SELECT left({key}, 32) AS _hash, count(*) AS _copies FROM ({known}) GROUP BY 1) AS k ON k._hash = h._hash"
        before = "coalesce(k._copies, 0)"
    return TempTable.make(
        session,
        "_contents",
        "SELECT h._row_id, h._hash || '-' || "
        f"({before} + row_number() OVER (PARTITION BY h._hash ORDER BY h._file, h._line_no)) AS _key FROM "
        f"(SELECT rowid AS _row_id, file_no AS _file, {line} AS _line_no, {content} AS _hash FROM {rows} WHERE _ok) AS h{joined}",
    )


def fill_parents(
    session: Session, register: Register, rows: TempTable, hierarchy: Hierarchy, known: str | None
) -> tuple[int, int]:
    """Fill the parent column of the rows that are right so far.

    A code's ancestors are its prefixes at each position, filled up with zeros, where that gives another code. The nearest
    one among the extract's own codes is the parent; the top has none.

    Args:
        session: holds the rows.
        register: whose rows they are.
        rows: the rows under validation; their parent column is written.
        hierarchy: its hierarchy.
        known: SQL of the register's current rows, whose codes count too; None where the extract is whole.

    Returns:
        How many rows lack their immediate ancestor and got a farther one, and how many below the top found none at all.
    """
    code = f"CAST({identifier(hierarchy.code)} AS VARCHAR)"
    own: Column = register.column(hierarchy.parent)
    codes = f"SELECT {code} AS code FROM {rows} WHERE _ok"
    if known:
        codes += f" UNION SELECT {code} FROM ({known}) AS k"
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _hierarchy_codes AS SELECT DISTINCT code FROM ({codes}) WHERE code IS NOT NULL"
    )
    positions = sorted(hierarchy.positions, reverse=True)
    ancestors = {p: f"nullif(rpad(left(r.code, {p}), {hierarchy.width}, '0'), r.code)" for p in positions}
    immediate = f"coalesce({', '.join(ancestors.values())})"
    joins = "".join(f" LEFT JOIN _hierarchy_codes AS p{p} ON p{p}.code = {sql}" for p, sql in ancestors.items())
    nearest = f"coalesce({', '.join(f'p{p}.code' for p in positions)})"
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _parents AS SELECT r.code AS _code, {nearest} AS _parent, {immediate} AS _immediate "
        f"FROM (SELECT code FROM _hierarchy_codes WHERE length(code) = {hierarchy.width}) AS r{joins}"
    )
    session.run(
        f"UPDATE {rows} SET {identifier(hierarchy.parent)} = CAST(p._parent AS {own.type.sql}) "
        f"FROM _parents AS p WHERE p._code = {code} AND _ok"
    )
    farther, none = session.one(
        "SELECT count(*) FILTER (p._parent <> p._immediate), count(*) FILTER (p._parent IS NULL AND p._immediate IS NOT NULL) "
        f"FROM {rows} JOIN _parents AS p ON p._code = {code} WHERE _ok"
    )
    return int(farther), int(none)
