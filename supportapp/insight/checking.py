"""SQL is read into a tree and every node of it is looked at; what isn't known to be harmless is
refused. Pure.

What runs is written anew from the tree, with every name quoted and every view named in full: what
was checked is what runs, whatever else the text might have meant to Postgres.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from operator import is_not

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from supportapp.insight.catalogue import SCHEMA, View

LONGEST = 5_000
# As it is written anew: names are quoted, and views named in full.
LONGEST_WRITTEN = 4 * LONGEST
MOST_NODES = 600
# A text that is joined with itself doubles: thirty times over, it fills any machine's memory.
MOST_GROWING, MOST_NAMED = 8, 12
_GROWING = (exp.DPipe, exp.Concat, exp.ConcatWs, exp.GroupConcat, exp.Replace)
# The parser warns about statements that it doesn't know; they are refused anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# No Dot: "(1).pg_sleep" calls a function for Postgres.
_STRUCTURE = (
    "Select Union Except Intersect Subquery With CTE From Join Where Group Having Order Ordered "
    "Limit Offset Distinct Table TableAlias Alias Column Identifier Star Literal Null Boolean "
    "Paren Tuple Filter Window WindowSpec WithinGroup Var Interval DataType"
)
_OPERATORS = (
    "And Or Not EQ NEQ GT GTE LT LTE Is In Between Like ILike Add Sub Mul Div Mod Neg Case If "
    "Cast DPipe Exists NullSafeEQ NullSafeNEQ Escape"
)
_FUNCTIONS = (
    "Count CountIf Sum Avg Min Max Stddev StddevSamp StddevPop Variance PercentileCont "
    "PercentileDisc Mode GroupConcat Coalesce Nullif Greatest Least Round Abs Ceil Floor Sign "
    "Lower Upper Length Trim Substring Left Right Concat ConcatWs Replace StrPosition Initcap "
    "TimestampTrunc DateTrunc Extract CurrentDate CurrentTimestamp TimeToStr ToChar RowNumber Rank "
    "DenseRank Lag Lead FirstValue LastValue Ntile LogicalAnd LogicalOr AnyValue Power Sqrt "
    "AtTimeZone"
)
# Functions that the parser has no class for.
_NAMED = frozenset({"date_part", "to_char", "percent_rank", "cume_dist", "ntile", "age", "btrim"})
_TYPES = frozenset(
    {"INT", "BIGINT", "SMALLINT", "DOUBLE", "FLOAT", "DECIMAL", "TEXT", "VARCHAR", "DATE"}
    | {"TIMESTAMP", "TIMESTAMPTZ", "TIME", "BOOLEAN", "INTERVAL", "UUID"}
)
ALLOWED: frozenset[type] = frozenset(
    found
    for name in f"{_STRUCTURE} {_OPERATORS} {_FUNCTIONS}".split()
    if isinstance(found := getattr(exp, name, None), type)
)


class BadSql(Exception):
    """A query that won't be run; the message says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that may be run."""

    sql: str


def check(text: str, views: Iterable[View], *, longest: int = LONGEST) -> Checked:
    """Return the query as it will run; raises BadSql."""
    # Names are looked at as they will be written: in the letters that Postgres would read.
    tree = normalize_identifiers(_parsed(text, longest), dialect="postgres")
    names = {view.name for view in views}
    own = {str(each.alias) for each in tree.find_all(exp.CTE)}
    if own & names:
        raise BadSql(f"“{min(own & names)}” is a view's name; choose another.")
    for count, node in enumerate(tree.walk(), start=1):
        if count > MOST_NODES:
            raise BadSql("The query is too long.")
        _look(node, names)
    if sum(isinstance(node, _GROWING) for node in tree.walk()) > MOST_GROWING:
        raise BadSql(f"Texts can be joined or replaced {MOST_GROWING} times in a query.")
    if sum(1 for _ in tree.find_all(exp.CTE)) > MOST_NAMED:
        raise BadSql(f"WITH can name {MOST_NAMED} queries.")
    for table in tree.find_all(exp.Table):
        if table.name in names:
            table.set("db", exp.to_identifier(SCHEMA))
    return Checked(tree.sql(dialect="postgres", identify=True, comments=False))


def shown(checked: Checked) -> str:
    """Return the query with line breaks, for people."""
    return sqlglot.transpile(
        checked.sql, read="postgres", write="postgres", pretty=True, comments=False
    )[0]


def _parsed(text: str, longest: int) -> exp.Query:
    if len(text) > longest:
        raise BadSql(f"A query can have {longest} characters.")
    try:
        found = [each for each in sqlglot.parse(text, dialect="postgres") if each is not None]
    except (SqlglotError, RecursionError):
        raise BadSql("This can't be read as SQL.") from None
    if len(found) != 1:
        raise BadSql("Write one query.")
    tree = found[0]
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise BadSql("Only SELECT is allowed.")
    return tree


def _look(node: exp.Expr, names: set[str]) -> None:
    match node:
        case exp.Table():
            _look_at_table(node, names)
        case exp.With() if node.recursive:
            raise BadSql("WITH RECURSIVE isn't allowed.")
        case exp.Anonymous():
            if str(node.this).lower() not in _NAMED:
                raise BadSql(f"The function {node.this} isn't allowed.")
            return
        case exp.DataType():
            name = str(getattr(node.this, "name", node.this))
            if name not in _TYPES:
                raise BadSql(f"The type {name.lower()} isn't allowed.")
        case exp.Select() if node.args.get("into") or node.args.get("locks"):
            raise BadSql("SELECT INTO and FOR UPDATE aren't allowed.")
    if type(node) not in ALLOWED:
        kind = "function" if isinstance(node, exp.Func) else "part"
        raise BadSql(f"The {kind} {type(node).__name__} isn't allowed.")


def _look_at_table(table: exp.Table, names: set[str]) -> None:
    if not isinstance(table.this, exp.Identifier):
        raise BadSql("Only views can stand in FROM.")
    if table.args.get("catalog") or table.db not in {"", SCHEMA}:
        raise BadSql(f"“{table.sql(dialect='postgres')}” isn't one of the views.")
    if table.name not in names and (table.db or not _is_named_before(table)):
        raise BadSql(f"“{table.name}” isn't one of the views.")


def _is_named_before(table: exp.Table) -> bool:
    """Say whether a WITH that reaches this place has the name; else a table of ours would be read.

    A query of a WITH sees those before it, and neither itself nor those after it.
    """
    inner: exp.Expr = table
    while (outer := inner.parent) is not None:
        queries = outer if isinstance(outer, exp.With) else outer.args.get("with_")
        if isinstance(queries, exp.With) and queries is not inner:
            earlier = takewhile(partial(is_not, inner), queries.expressions)
            if any(each.alias == table.name for each in earlier):
                return True
        inner = outer
    return False
