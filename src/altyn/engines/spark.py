"""Apache Spark: the same SQL over the same Parquet files, on as many machines as there are.

DuckDB says which names and types a query gives; Spark computes the rows and is made to give them in these types. Its result
comes back as Parquet files, so nothing of it passes through Python. pyspark is imported when a query first goes there.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from arro3.core import Table

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model import portable
from altyn.model.columns import Column
from altyn.model.spark_settings import MEANING, SparkSettings
from altyn.model.sql import identifier, literal
from altyn.settings import java_home, set_python_of_spark

_MB = 1024 * 1024
_QUIET = """\
rootLogger.level = off
"""
_SPARK_TYPES = {
    "text": "STRING", "json": "STRING", "integer": "BIGINT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}  # fmt: skip
# A bare NULL, in DuckDB's words.
_UNTYPED = '"NULL"'
_RESULT_TYPES = {
    "VARCHAR": "STRING", "BIGINT": "BIGINT", "INTEGER": "INT", "SMALLINT": "SMALLINT", "TINYINT": "TINYINT",
    "HUGEINT": "DECIMAL(38,0)", "DOUBLE": "DOUBLE", "FLOAT": "FLOAT", "DATE": "DATE", "BOOLEAN": "BOOLEAN",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP_NTZ", _UNTYPED: "INT",
}  # fmt: skip


class Spark:
    """One project's way to Spark.

    Args:
        settings: from altyn.toml.
        folder: for results and spilled rows, private to the project.
    """

    def __init__(self, settings: SparkSettings, folder: Path) -> None:
        self.settings = settings
        self._folder = settings.shared or folder

    def is_worth(self, files: Sequence[Path]) -> bool:
        """Whether a query over these files should go to Spark."""
        return sum(f.stat().st_size for f in set(files) if f.exists()) >= self.settings.from_mb * _MB

    @contextlib.contextmanager
    def opened(self) -> Generator[SparkTables]:
        """Spark for one piece of work; what it wrote is gone afterwards.

        Raises:
            AltynError: `extra.missing` without pyspark, `engine.java` without Java, `engine.failed`.
        """
        folder = self._folder / f"{os.getpid()}-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            session = _session(self.settings, self._folder)
            yield SparkTables(session.newSession(), folder, self.settings.wall_s)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def executors(self) -> dict[str, int]:
        """Executors that did work so far -> tasks each ended; the driver is one only where it computes itself."""
        store = _session(self.settings, self._folder).sparkContext._jsc.sc().statusStore()  # noqa: SLF001  # pyspark has no public way
        found = store.executorList(False)  # noqa: FBT003  # Scala's
        summaries = [found.apply(i) for i in range(found.size())]
        return {str(s.id()): int(s.totalTasks()) for s in summaries if s.totalTasks()}


class SparkTables:
    """Views and queries of one piece of work, unseen by any other."""

    def __init__(self, session: Any, folder: Path, wall_s: int) -> None:
        self._session = session
        self._folder = folder
        self._wall_s = wall_s
        self._views: dict[str, tuple[Column, ...]] = {}

    def evolving(self, files: Sequence[Path], columns: Sequence[Column]) -> str:
        """A view over files of one journal; columns that older files lack read as NULL."""
        name = f"_files_{len(self._views)}"
        schema = ", ".join(f"`{c.name}` {_spark_type(c)}" for c in columns)
        with _translated():
            # The schema is given, not found: found, it would be that of one file, and newer columns would be lost in silence.
            if files:
                frame = self._session.read.schema(schema).parquet(*(f.absolute().as_uri() for f in files))
            else:
                frame = self._session.createDataFrame([], schema)
            frame.createOrReplaceTempView(name)
        self._views[name] = tuple(columns)
        return name

    def fixed(self, file: Path, columns: Sequence[Column]) -> str:
        """A view over one file."""
        return self.evolving([file], columns)

    def table(
        self,
        session: Session,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        names: Mapping[str, str] | None = None,
        limit: int | None = None,
    ) -> Table:
        """The rows of a query over these views, as Arrow.

        Args:
            session: DuckDB, which reads the result.
            sql: DuckDB SQL in the portable subset, over the views' names.
            parameters: values of `$name`.
            names: other names the query uses -> text over the views.
            limit: rows after which the rest is left out.

        Raises:
            AltynError: `sql.subset`, `sql.failed`, `gate.limit`, `engine.failed`.
        """
        return session.table(self._result(sql, parameters, names or {}, limit))

    def write_parquet(
        self, session: Session, sql: str, path: Path, parameters: Mapping[str, object] | None = None
    ) -> int:
        """Write a query's rows to one file, as DuckDB would; return how many there were."""
        return session.write_parquet(self._result(sql, parameters, {}, None), path)

    def _result(
        self, sql: str, parameters: Mapping[str, object] | None, names: Mapping[str, str], limit: int | None
    ) -> str:
        """DuckDB SQL of the result that Spark has computed."""
        columns = self._described(sql, parameters, names)
        target = self._folder / secrets.token_hex(6)
        # Spark would not keep two columns of one name apart, so they are numbered on the way.
        casts = [f"CAST(`_{i}` AS {_result_type(kind)}) AS `_{i}`" for i, (_, kind) in enumerate(columns)]
        with _translated(), self._limited():
            views = {name: name for name in self._views}
            for name, text in names.items():
                view = f"_named_{len(views)}"
                self._session.sql(portable.to_spark(text, views)).createOrReplaceTempView(view)
                views[name] = view
            frame = self._session.sql(portable.to_spark(sql, views, parameters))
            if limit is not None:
                frame = frame.limit(limit)
            frame.toDF(*(f"_{i}" for i in range(len(columns)))).selectExpr(*casts).write.parquet(
                target.absolute().as_uri(), compression="zstd"
            )
        files = ", ".join(literal(str(p)) for p in sorted(target.glob("part-*.parquet")))
        shown = ", ".join(f"{_typed(f'_{i}', kind)} AS {identifier(name)}" for i, (name, kind) in enumerate(columns))
        if not files:
            return _nothing(columns)
        # Part files are numbered in the order of the rows.
        return f"SELECT {shown} FROM read_parquet([{files}])"

    def _described(
        self, sql: str, parameters: Mapping[str, object] | None, names: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        """Names and DuckDB types the query gives, found over empty tables of the same types."""
        import duckdb

        def describe(text: str, given: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
            rows = session.run(f"DESCRIBE {text}", dict(given) if given else None)
            return [(str(name), str(kind)) for name, kind, *_ in rows]

        def stand_in(name: str, columns: Sequence[tuple[str, str]]) -> None:
            *schema, _ = parts = [identifier(part) for part in name.split(".")]
            for part in schema:
                session.run(f"CREATE SCHEMA IF NOT EXISTS {part}")
            session.run(f"CREATE VIEW {'.'.join(parts)} AS {_nothing(columns)}")

        try:
            with Session(threads=1) as session:
                for name, columns in self._views.items():
                    stand_in(name, [(c.name, c.type.sql) for c in columns])
                for name, text in names.items():
                    stand_in(name, describe(text))
                return describe(sql, parameters)
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
            raise _failed() from None

    @contextlib.contextmanager
    def _limited(self) -> Generator[None]:
        """Cancel what runs past the wall clock."""
        context, group = self._session.sparkContext, secrets.token_hex(8)
        context.setJobGroup(group, "altyn", interruptOnCancel=True)
        is_late = threading.Event()

        def late() -> None:
            is_late.set()
            context.cancelJobGroup(group)

        timer = threading.Timer(self._wall_s, late)
        timer.start()
        try:
            yield
        except Exception:
            if is_late.is_set():
                raise AltynError(
                    "gate.limit",
                    what=say("It took more than {wall} seconds.", wall=self._wall_s),
                    mend=say("Ask for less: fewer rows, a narrower join, a sum instead of rows."),
                ) from None
            raise
        finally:
            timer.cancel()


def _nothing(columns: Sequence[tuple[str, str]]) -> str:
    """DuckDB SQL of no rows with these columns."""
    shown = ", ".join(_typed("NULL", kind) + " AS " + identifier(name) for name, kind in columns)
    return f"SELECT {shown} WHERE false"


def _typed(value: str, kind: str) -> str:
    return "NULL" if kind == _UNTYPED else f"CAST({value} AS {kind})"


def _spark_type(column: Column) -> str:
    kind = column.type
    return f"DECIMAL({kind.precision},{kind.scale})" if kind.kind == "decimal" else _SPARK_TYPES[kind.kind]


def _result_type(kind: str) -> str:
    if kind.endswith("[]"):
        return f"ARRAY<{_result_type(kind[:-2])}>"
    if kind.startswith("DECIMAL"):
        return kind
    if kind not in _RESULT_TYPES:
        raise AltynError(
            "sql.subset",
            what=say("{name} was not compared on both engines.", name=kind[:40]),
            mend=say("See docs/explanation/portable-sql.md."),
        )
    return _RESULT_TYPES[kind]


_lock = threading.Lock()
_sessions: dict[tuple[object, ...], Any] = {}


def _session(settings: SparkSettings, folder: Path) -> Any:
    """This process's Spark session: one, for Spark allows no second context."""
    with _lock:
        key = (settings.master, tuple(sorted(settings.options.items())))
        if key in _sessions:
            return _sessions[key]
        for other in list(_sessions):
            _sessions.pop(other).stop()
        session = _sessions[key] = _started(settings, folder)
        return session


def _started(settings: SparkSettings, folder: Path) -> Any:
    if not (java_home() or shutil.which("java")):
        raise AltynError(
            "engine.java",
            what=say("Spark needs Java, and there is none here."),
            mend=say("Install Java 17: on Debian, openjdk-17-jre-headless."),
        )
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise AltynError(
            "extra.missing",
            what=say("Spark is not installed."),
            mend=say("Install it: pip install 'altyn[spark]'; or write engine = \"duckdb\"."),
        ) from None
    remove_rests(folder)
    spill = folder / f"{os.getpid()}-spill"
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    quiet = spill / "log4j2.properties"
    quiet.write_text(_QUIET)
    options = {
        "spark.app.name": "altyn",
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": str(spill / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={quiet.as_uri()} -Duser.timezone=UTC",
        "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
        **(
            {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
            if _is_here(settings.master)
            else {}
        ),
        **settings.options,
        **MEANING,
    }
    set_python_of_spark(sys.executable)
    with _translated(), _no_words():
        builder: Any = SparkSession.builder
        builder = builder.master(settings.master)
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    atexit.register(_stop, session, spill)
    return session


def _stop(session: Any, spill: Path) -> None:
    with contextlib.suppress(Exception):
        session.stop()
    shutil.rmtree(spill, ignore_errors=True)


def _is_here(master: str) -> bool:
    return master.startswith("local")


def remove_rests(folder: Path) -> None:
    """Remove what a killed process left: spilled rows may not outlive it."""
    if not folder.exists():
        return
    for rest in folder.iterdir():
        pid = rest.name.split("-", 1)[0]
        if pid.isdecimal() and int(pid) != os.getpid() and not _is_alive(int(pid)):
            shutil.rmtree(rest, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _no_words() -> Generator[None]:
    """Keep the launcher's greetings off the terminal: they come before any setting is read."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _failed() -> AltynError:
    return AltynError(
        "sql.failed",
        # Never the engine's own words: they quote values.
        what=say("The query was read, but could not be carried out."),
        mend=say("Check column names and types; use try_cast where a text may not be a number."),
    )


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Turn Spark's errors into ours: those of the query, and those of the cluster. Their words quote rows and stay here."""
    try:
        yield
    except AltynError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever py4j raises
        condition = _condition(error)
        if condition:
            raise _failed() from None
        raise AltynError(
            "engine.failed",
            what=say("Spark did not answer ({kind}).", kind=type(error).__name__),
            mend=say("Look at the cluster's own log; `altyn doctor` says what this machine has."),
            retry=True,
        ) from None


def _condition(error: Exception) -> str:
    """Spark's name for what is wrong with a query, such as DIVIDE_BY_ZERO; empty where the query is not at fault."""
    try:
        from pyspark.errors import PySparkException
    except ImportError:
        return ""
    if not isinstance(error, PySparkException):
        return ""
    with contextlib.suppress(Exception):
        return str(error.getCondition() or "")
    return ""
