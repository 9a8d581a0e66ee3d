"""The portable subset: SQL that DuckDB and Spark give one meaning, the lint that keeps to it, and the translation.

The subset is a list of what is let in, not of what is kept out: a construct nobody compared on both engines is refused. Each
entry is run on both by tests/spark; the page for people is docs/explanation/portable-sql.md.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.sql import tree_of

if TYPE_CHECKING:
    from sqlglot import exp

# Parts of a query by sqlglot's names. What is not named here or below is outside the subset; what is, stands in a statement
# that both engines are asked (tests/meta/test_compared.py), or is refused in every form by a sentence of its own.
_PARTS = frozenset(
    """
    Add Alias And Between Boolean Bracket CTE Case Cast Column Concat DPipe DataType DataTypeParam Distinct
    Div EQ Escape Except Exists Filter From GT GTE Group Having Identifier If In Intersect Interval Is Join LT LTE Like
    Limit Literal Lower Mod Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Offset Or Order Ordered Paren Placeholder
    Qualify Select Star Sub Subquery Table TableAlias Tuple TryCast Union Upper Values Var Where Window
    WindowSpec With
    """.split()  # noqa: SIM905  # a list of names is read as prose
)
_FUNCTIONS = frozenset(
    """
    Abs AnyValue ArgMax ArgMin ArrayAgg Avg Ceil Coalesce Concat ConcatWs Contains Count CountIf DateDiff
    DateFromParts TimestampTrunc DateTrunc Day DenseRank Extract FirstValue Floor Greatest Lag LastDay LastValue Lead
    Least Left Length LogicalAnd LogicalOr MD5 Max Min Month Nullif Pad Quarter Rank RegexpLike Replace Right Round
    RowNumber SHA2 Array ArraySort SplitPart StartsWith StrPosition Substring Sum Trim Year
    """.split()  # noqa: SIM905
)
_WHOLE = frozenset({"INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "LONG", "HUGEINT"})
_TYPES = frozenset({"TEXT", "INT", "BIGINT", "DECIMAL", "DOUBLE", "DATE", "BOOLEAN", "TIMESTAMPTZ", "SMALLINT"})
_PAST = frozenset({"YEAR", "MONTH", "QUARTER", "WEEK"})
_EXTRACTED = frozenset({"YEAR", "MONTH", "DAY", "QUARTER"})


@functools.lru_cache(maxsize=1024)
def portable_faults(text: str) -> tuple[Message, ...]:
    """What in a query would mean something else on another engine; empty when it stays in the subset."""
    return tuple(dict.fromkeys(_faults(tree_of(text))))


def require_portable(text: str, where: str) -> None:
    """Refuse SQL outside the subset that DuckDB and Spark give one meaning.

    Raises:
        AltynError: `sql.subset` with the first fault.
    """
    faults = portable_faults(text)
    if faults:
        raise AltynError("sql.subset", what=faults[0], where=where, mend=say("See docs/explanation/portable-sql.md."))


# Whatever their arguments, these give no more than they were given: no text grows, no row is multiplied, nothing is gathered.
_MODEST = _PARTS - frozenset(
    {"CTE", "Concat", "DPipe", "Except", "Exists", "Intersect", "Join", "Union", "Values", "With"}
)
_MODEST_FUNCTIONS = _FUNCTIONS - frozenset({"Array", "ArrayAgg", "ArraySort", "Concat", "ConcatWs", "Pad", "Replace"})


@functools.lru_cache(maxsize=1024)
def is_modest(text: str) -> bool:
    """Whether a query takes time and memory as its rows do, whatever it says: one table, no join, nothing that grows.

    >>> is_modest("SELECT count(*) FROM births WHERE length(name) > 3")
    True
    >>> is_modest("SELECT length(lpad(name, 4000000000, 'x')) FROM births")
    False
    """
    from sqlglot import exp

    tree = tree_of(text)
    nodes = [type(node).__name__ for node in tree.walk() if not isinstance(node, exp.DataType)]
    # A query inside an expression is a join; one behind FROM reads its rows once.
    inner = [q for q in tree.find_all(exp.Subquery, exp.In) if isinstance(q, exp.Subquery) or q.args.get("query")]
    return all(n in _MODEST or n in _MODEST_FUNCTIONS for n in nodes) and all(
        isinstance(q.parent, exp.From) for q in inner
    )


def _faults(tree: exp.Expr) -> Iterator[Message]:
    from sqlglot import exp

    for node in tree.walk():
        kind = type(node).__name__
        if isinstance(node, exp.Anonymous):
            yield say("{name} was not compared on both engines.", name=f"{node.name.lower()[:40]}()")
        elif isinstance(node, (exp.ArrayAgg, exp.GroupConcat)) and node.find(exp.Order):
            yield say("An ordered aggregate loses its order elsewhere: use list_sort(list(...)).")
        elif isinstance(node, exp.DataType):
            if node.this.name not in _TYPES:
                yield say("{name} was not compared on both engines.", name=node.sql(dialect="duckdb")[:40])
        elif kind not in _PARTS and kind not in _FUNCTIONS:
            yield say("{name} was not compared on both engines.", name=_shown(node))
        else:
            yield from _local_faults(node)


def _local_faults(node: exp.Expr) -> Iterator[Message]:
    """Faults of a construct that is in the subset, but not in every form."""
    for kinds, is_fault, message in _forms():
        if isinstance(node, kinds) and is_fault(node):
            yield message


_Form = tuple[tuple[type, ...], Callable[[Any], bool], Message]


@functools.cache
def _forms() -> tuple[_Form, ...]:
    """(constructs, when one of them is outside the subset, what to say)."""
    from sqlglot import exp

    def other(name: str) -> Message:
        return say("{name} was not compared on both engines.", name=name)

    return (
        (
            (exp.DateDiff,),
            lambda n: _unit_name(n.args.get("unit")) in _PAST,
            say("date_diff in years or months counts boundaries: compare dates instead."),
        ),
        (
            (exp.Div, exp.Mod),
            lambda n: not _never_zero(n.expression),
            say("Division by zero is infinite here and an error elsewhere: divide by nullif(..., 0)."),
        ),
        (
            (exp.Substring,),
            lambda n: _constant(n.args.get("start")) == "0",
            say("substr(text, 0, n) starts before the text: count from 1."),
        ),
        (
            (exp.Cast,),
            lambda n: "." in _constant(n.this) and n.to.this.name in _WHOLE,
            say("Casting a fraction to a whole number rounds here and cuts elsewhere: use round or floor."),
        ),
        (
            (exp.Interval, exp.TimestampTrunc, exp.DateTrunc),
            lambda n: not _is_cast_to_date(n),
            say("Its type differs elsewhere: put CAST(... AS DATE) around it."),
        ),
        # Without an order each engine, and each run, may pick other rows.
        ((exp.Limit,), lambda n: not _is_ordered(n), say("LIMIT without ORDER BY picks any rows.")),
        (
            (exp.FirstValue, exp.LastValue, exp.AnyValue),
            lambda n: not n.find_ancestor(exp.Window),
            say("any_value and first pick any row: use min or max."),
        ),
        ((exp.Extract,), lambda n: _unit_name(n.this) not in _EXTRACTED, other("extract")),
        ((exp.Count,), lambda n: bool(n.expressions), other("count(a, b)")),
        (
            (exp.Table,),
            lambda n: any(n.args.get(k) for k in ("sample", "pivots", "version")) or not n.name,
            other("TABLESAMPLE, PIVOT, AT"),
        ),
        ((exp.Star,), lambda n: bool(n.args.get("replace") or n.args.get("rename")), other("* REPLACE")),
        ((exp.SetOperation,), lambda n: bool(n.args.get("by_name")), other("UNION BY NAME")),
        ((exp.Join,), lambda n: bool(n.args.get("method")), other("ASOF JOIN, POSITIONAL JOIN")),
        ((exp.Bracket,), lambda _: True, other("[]")),
    )


def _is_ordered(node: exp.Expr) -> bool:
    query = node.parent
    return bool(query and (query.args.get("order") or _constant(node.args.get("expression")) == "0"))


def _never_zero(node: object) -> bool:
    """Whether a divisor cannot be zero for what its text says: a constant, or nullif(..., 0)."""
    from sqlglot import exp

    while isinstance(node, (exp.Paren, exp.Cast, exp.Neg)):
        node = node.this
    if isinstance(node, exp.Literal):
        return not node.is_string and float(node.name) != 0
    if isinstance(node, exp.Mul):
        return _never_zero(node.this) and _never_zero(node.expression)
    return isinstance(node, exp.Nullif) and _constant(node.expression) == "0"


def _is_cast_to_date(node: exp.Expr) -> bool:
    from sqlglot import exp

    above = node.parent
    while isinstance(above, (exp.Add, exp.Sub, exp.Paren)):
        above = above.parent
    return isinstance(above, exp.Cast) and above.to.this.name == "DATE"


def _unit_name(unit: object) -> str:
    from sqlglot import exp

    return (unit.name if isinstance(unit, exp.Expr) else "").upper().rstrip("S")


def _constant(node: object) -> str:
    """The text of a number; empty for anything else."""
    from sqlglot import exp

    return node.name if isinstance(node, exp.Literal) and not node.is_string else ""


def _shown(node: exp.Expr) -> str:
    from sqlglot import exp

    return f"{node.sql_name().lower()}()" if isinstance(node, exp.Func) else type(node).__name__


def to_spark(text: str, tables: Mapping[str, str], parameters: Mapping[str, object] | None = None) -> str:
    """A query of the subset in Spark's words, its tables renamed.

    Args:
        text: DuckDB SQL.
        tables: name as written, lower case, parts joined by a point -> name of a view in Spark.
        parameters: values of `$name`, written as constants.

    Raises:
        AltynError: `sql.subset` when it reads a table that is not named, or holds a parameter without a value.
    """
    from sqlglot import exp

    tree = tree_of(text).copy()
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        written = ".".join(part.name for part in table.parts).lower()
        if written in own:
            continue
        if written not in tables:
            raise _unknown(written)
        alias = table.alias or table.name
        table.replace(
            exp.alias_(exp.to_table(tables[written], dialect="spark"), alias, table=True, quoted=True)
            if not table.args.get("joins")
            else _renamed(table, tables[written], alias)
        )
    for node in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        if node.name not in (parameters or {}):
            raise _unknown("$" + node.name)
        node.replace(_value((parameters or {})[node.name]))
    return tree.transform(_spark_node).sql(dialect="spark", comments=False)


def _renamed(table: exp.Table, name: str, alias: str) -> exp.Table:
    from sqlglot import exp

    copy = table.copy()
    copy.set("this", exp.to_identifier(name))
    copy.set("db", None)
    copy.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return copy


def _spark_node(node: exp.Expr) -> exp.Expr:
    """The few constructs of the subset that sqlglot carries over with another meaning."""
    from sqlglot import exp

    if isinstance(node, exp.Div) and not node.meta.get("done"):
        # DuckDB divides in DOUBLE whatever it is given; Spark would keep decimals.
        double = exp.Div(this=_double(node.this), expression=_double(node.expression))
        double.meta["done"] = True
        return exp.Paren(this=double)
    if isinstance(node, exp.Cast) and not node.meta.get("done") and not isinstance(node.this, (exp.Literal, exp.Null)):
        return _spark_cast(node)
    return node


def _spark_cast(node: exp.Cast) -> exp.Expr:
    """A cast that rounds as DuckDB does and writes instants as DuckDB writes them.

    `typeof` is a constant once Spark knows the column's type, so only one branch is left of the CASE.
    """
    from sqlglot import exp

    target = node.to.this.name
    if target not in _WHOLE and target not in {"TEXT", "VARCHAR"}:
        return node
    node = node.copy()
    node.meta["done"] = True
    inner = node.this
    kind = exp.Anonymous(this="typeof", expressions=[inner.copy()])

    def cast(value: exp.Expr, to: str) -> exp.Cast:
        made = exp.Cast(this=value, to=exp.DataType.build(to))
        made.meta["done"] = True
        return made

    if target in _WHOLE:
        rounded = cast(exp.Anonymous(this="round", expressions=[cast(inner.copy(), "DECIMAL(38,10)")]), node.to.sql())
        even = cast(exp.Anonymous(this="rint", expressions=[cast(inner.copy(), "DOUBLE")]), node.to.sql())
        return exp.Paren(
            this=exp.Case(
                ifs=[
                    exp.If(this=exp.Like(this=kind.copy(), expression=exp.Literal.string("decimal%")), true=rounded),
                    exp.If(
                        this=exp.In(this=kind, expressions=[exp.Literal.string(t) for t in ("double", "float")]),
                        true=even,
                    ),
                ],
                default=node,
            )
        )
    shown = exp.Anonymous(this="concat", expressions=[node.copy(), exp.Literal.string("+00")])
    refused = cast(exp.Anonymous(this="raise_error", expressions=[exp.Literal.string("a DOUBLE as text")]), "TEXT")
    return exp.Paren(
        this=exp.Case(
            ifs=[
                exp.If(this=exp.EQ(this=kind.copy(), expression=exp.Literal.string("timestamp")), true=shown),
                exp.If(
                    this=exp.In(this=kind, expressions=[exp.Literal.string(t) for t in ("double", "float")]),
                    true=refused,
                ),
            ],
            default=node,
        )
    )


def _double(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    made = exp.Cast(this=node.copy(), to=exp.DataType.build("DOUBLE"))
    made.meta["done"] = True
    return made


def _value(value: object) -> exp.Expr:
    from datetime import date, datetime
    from decimal import Decimal

    from sqlglot import exp

    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, Decimal):
        return exp.Literal.number(format(value, "f"))
    return exp.convert(value)


def _unknown(name: str) -> AltynError:
    return AltynError(
        "sql.subset",
        what=say("There is no table {name} here.", name=name[:80]),
        mend=say("See docs/explanation/portable-sql.md."),
    )
