"""What somebody else's exception says is repeated nowhere: engines quote values in their errors.

The sources are read, not run: wherever an exception that is not ours is caught, its words may not be used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import altyn

ROOT = Path(altyn.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
# Exceptions of ours: what they say was written to be read.
OURS = {
    "AltynError", "BuildFailedError", "ClickException", "ExceededError", "JobFailedError", "NotCarriedError", "OtherTableError",
    "PatternError", "StatementFailedError", "TooMuchError", "_NoNumberError", "_TooLongError", "_TooManyError",
}  # fmt: skip
# Uses of a caught exception that leave its words behind: its class, where it came up, a kind from a closed list.
KEEPS = {"type", "isinstance", "place_of", "frames", "reason_of", "as_error"}
# What an exception has beside its words: numbers, places, and the system's own sentence for a number.
NO_WORDS = {"__traceback__", "__cause__", "__context__", "lineno", "colno", "errno", "strerror"}
# (file, function) -> why the words of another's exception are looked at there, or handed on.
LOOKED_AT: dict[tuple[str, str], str] = {
    ("cli/main.py", "main"): "hands it to _unforeseen, which notes class and frames; of a closed file the name is said",
    ("engines/duckdb.py", "translated"): "looks for a full or closed disk, says a sentence of its own",
    (
        "engines/spark.py",
        "_translated",
    ): "_condition asks for Spark's name of the condition, of which only presence counts",
    ("identity/specification.py", "parse_specification"): "takes line and column out of it",
    ("measures/measure.py", "load_measure"): "takes line and column out of it",
    ("measures/measure.py", "_type"): "the mend of an error of ours",
    ("model/sql.py", "tree_of"): "_place takes line and column out of it",
    ("packs/documents.py", "load_yaml"): "takes the line and the problem without what it quotes (test_documents.py)",
    ("packs/manifest.py", "read_toml"): "takes line and column out of it",
    ("policy/answers.py", "ipc_of"): "looks for one sentence of the engine's, in the child",
    ("serve/operation/last_run.py", "noted"): "note.end keeps class and place (test_last_run.py)",
    ("serve/portal/observed.py", "__call__"): "tells class and place (test_monitoring.py)",
    ("serve/use_cases/running.py", "run_folder"): "note.end keeps class and place (test_last_run.py)",
    ("serve/use_cases/synthesising.py", "synthesise"): "has_no_room looks for a full disk",
    ("world/writing.py", "_write"): "has_no_room looks for a full disk",
    ("sources/csv.py", "_records"): "looks for one sentence of the parser's",
    ("sources/encodings.py", "_decoded"): "counts the lines before the place",
    ("sources/encodings.py", "_first_bad_utf8"): "counts the lines before the place",
    ("sources/json_files.py", "_document"): "looks for one sentence of the parser's, and at the sign that follows",
    ("sources/postgres.py", "_cursor"): "_failure takes the SQLSTATE out of it",
    ("store/journal.py", "_delta_errors"): "hands it to `translated`",
}


def handlers() -> Iterator[tuple[Path, str, ast.ExceptHandler]]:
    """Every handler of an exception that is not ours and that it gives a name: file, function, handler."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside: dict[ast.AST, str] = {}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inside |= dict.fromkeys(ast.walk(function), function.name)
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler) or node.name is None or node.type is None:
                continue
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {ast.unparse(c).rsplit(".", 1)[-1] for c in caught}
            if not names <= OURS:
                yield path, inside.get(node, ""), node


def words_used(handler: ast.ExceptHandler) -> list[str]:
    """Uses of the caught exception that could repeat its words."""
    parents = {child: node for node in ast.walk(handler) for child in ast.iter_child_nodes(node)}
    found: list[str] = []
    for node in ast.walk(handler):
        if not (isinstance(node, ast.Name) and node.id == handler.name):
            continue
        parent = parents[node]
        if isinstance(parent, ast.Attribute) and parent.attr in NO_WORDS:
            continue
        if isinstance(parent, ast.Raise) and (parent.exc is node or parent.cause is node):
            continue
        if isinstance(parent, ast.Call) and ast.unparse(parent.func).rsplit(".", 1)[-1] in KEEPS:
            continue
        found.append(ast.unparse(parent))
    return found


HANDLERS = list(handlers())


@pytest.mark.parametrize(
    ("path", "function", "handler"), HANDLERS, ids=[f"{p.relative_to(ROOT)}:{f}:{h.lineno}" for p, f, h in HANDLERS]
)
def test_the_words_of_anothers_exception_are_not_used(path: Path, function: str, handler: ast.ExceptHandler) -> None:
    place = (str(path.relative_to(ROOT)), function)

    assert place in LOOKED_AT or not words_used(handler)


def test_each_exemption_is_needed() -> None:
    needed = {(str(p.relative_to(ROOT)), f) for p, f, h in HANDLERS if words_used(h)}

    assert set(LOOKED_AT) == needed


# Rooms that may import an engine: whatever else calls one does so through them.
ENGINES = {
    "duckdb",
    "deltalake",
    "arro3",
    "pyspark",
    "python_calamine",
    "adbc_driver_manager",
    "adbc_driver_postgresql",
    "obstore",
}
ROOMS = {"engines", "sources", "store", "policy", "identity", "world", "serve/exports.py"}


def test_engines_are_called_in_few_rooms() -> None:
    """Those that test_engine_faults.py breaks, and none that shows anything, but for the writer of Parquet answers."""
    found: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {n.partition(".")[0] for n in names} & ENGINES:
                place = path.relative_to(ROOT)
                found.add(str(place) if place.parts[0] == "serve" else place.parts[0])

    assert found <= ROOMS


def test_no_traceback_is_printed_or_logged() -> None:
    """A traceback ends with the exception's words."""
    forbidden = {"print_exc", "format_exc", "print_exception", "format_exception", "exception", "print_tb"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in forbidden
    ]

    assert not found
