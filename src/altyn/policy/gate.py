"""The gate: the one way to rows. It decides, writes the record, and only then lets an engine answer.

Two ways in: `read` for the product's own relations (pages, exports, histories), `query` for a person's text. Both name a principal
and a purpose; both deny by default; both leave a record also when they refuse.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from arro3.core import Table

from altyn.engines.duckdb import Rows, Session, arrow_rows, table_columns
from altyn.engines.spark import Spark
from altyn.engines.tables import EMBEDDED, Tables
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.model.governed import Governed
from altyn.model.portable import require_portable
from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.policy import child, guard
from altyn.policy.child import QuestionLimits
from altyn.policy.governed import decide, require
from altyn.policy.log import AccessLog, AccessRecord
from altyn.policy.log.looks import recorded
from altyn.policy.principals import Principal, is_keeper
from altyn.policy.purposes import PURPOSES, Purpose, purpose_of
from altyn.policy.reasons import failed, near, table_of
from altyn.policy.redaction import told
from altyn.policy.repeats import Given, RememberedLooks
from altyn.policy.statements import Statement, statement_of


class ShownTable(Protocol):
    """A derived table: its kind, the registers it was made of, its columns, its SQL and file."""

    @property
    def kind(self) -> str: ...  # noqa: D102

    @property
    def inputs(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def columns(self) -> tuple[Column, ...]: ...  # noqa: D102
    def sql(self, tables: Tables = EMBEDDED) -> str: ...  # noqa: D102
    @property
    def path(self) -> Path: ...  # noqa: D102


class ShownScene(Protocol):
    """A snapshot as the store shows it to the gate."""

    number: int
    published_at: datetime
    registers: Mapping[str, Register]

    @property
    def tables(self) -> Mapping[str, ShownTable]: ...  # noqa: D102
    def today(self, register: str) -> Register | None: ...  # noqa: D102
    def face_sql(  # noqa: D102
        self, register: str, face: str, governed: Governed, tables: Tables = EMBEDDED
    ) -> str: ...
    def files(self, register: str, face: str, governed: Governed) -> tuple[Path, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Answer:
    """Rows that passed the gate, and under what: snapshot, purpose, log record, what was left out, and what people they are of.

    `kinds` are those of the registers read (`real`, `synthetic` ...): whoever hands rows on says which they are.
    """

    columns: tuple[Column, ...]
    table: Table
    snapshot: int
    published_at: datetime
    purpose: str
    record: str
    truncated: bool = False
    withheld: tuple[Message, ...] = ()
    kinds: tuple[str, ...] = ()

    def rows(self) -> Rows:
        """The rows as Python values, one tuple a row."""
        return arrow_rows(self.table)


class Gate:
    """The gate of one project.

    Args:
        scenes: gives the scene known at a moment, the newest for None.
        log: where every look is recorded before it is answered.
        synthetic: whether the project says that nobody in it is real.
        root: the project's `.altyn`, whose owner is its keeper; None where nobody is.
        spill: folder for a big sort of the product's own relations.
        spark: where relations and queries over much data are answered; None answers all here.
    """

    def __init__(
        self,
        scenes: Callable[[datetime | None], ShownScene],
        log: AccessLog,
        *,
        synthetic: bool,
        clock: Callable[[], datetime],
        root: Path | None = None,
        spill: Path | None = None,
        spark: Spark | None = None,
    ) -> None:
        self.log = log
        self._scenes = scenes
        self._synthetic = synthetic
        self._clock = clock
        self._root = root
        self._spill = spill
        self.spark = spark
        self._local = threading.local()

    def is_keeper(self, principal: Principal) -> bool:
        """Whether somebody keeps this project."""
        return self._root is not None and is_keeper(principal, self._root)

    def may_read(self, principal: Principal, purpose: str, register: Register, face: str = "current") -> Governed:
        """Whether and what somebody may read for a purpose, with the reason; reads nothing."""
        return decide(principal, self._granted(principal, purpose), None, register, face)

    def _granted(self, principal: Principal, purpose: str) -> Purpose:
        return purpose_of(purpose, synthetic=self._synthetic, is_keeper=self.is_keeper(principal))

    def told(self, principal: Principal, register: Register, reason: str = "") -> str:
        """Record that somebody is told what a register is: its contract and its counts, which are no rows; the record's id.

        Raises:
            AltynError: `gate.log`; nothing may be told then.
        """
        self._asked()
        read = (f"{register.name}/contract",)
        record = AccessRecord.of(principal, "answered", purpose="open", reason=reason, read=read)
        identity = self.log.write(record)
        self._given(Given(principal, replace(record, repeats=identity)))
        return identity

    @contextmanager
    def remembered(self) -> Generator[RememberedLooks]:
        """What this thread asks and is given meanwhile, for whoever keeps a page that was made of it."""
        found = self._local.remembered = RememberedLooks()
        try:
            yield found
        finally:
            self._local.remembered = None

    def _asked(self) -> None:
        remembered: RememberedLooks | None = getattr(self._local, "remembered", None)
        if remembered is not None:
            remembered.asked += 1

    def _given(self, given: Given) -> None:
        remembered: RememberedLooks | None = getattr(self._local, "remembered", None)
        if remembered is not None:
            remembered.given.append(given)

    def again(self, given: Given) -> AccessRecord | None:
        """Decide once more on a look whose answer is still at hand, as strictly as the first time.

        Returns:
            The record that must be on the disk before the answer leaves, as `log.write_all` takes it. None where the same
            question would be answered otherwise now: what is at hand may not be given then.

        Raises:
            AltynError: `gate.*` where it would be refused now.
        """
        granted = self._granted(given.principal, given.record.purpose)
        if given.faces:
            scene = self._scenes(given.known_at)
            if scene is not given.scene:
                return None
            if any(self._face(scene, given.principal, granted, i) != governed for i, governed in given.faces):
                return None
        return given.record

    def read(
        self,
        principal: Principal,
        purpose: str,
        relations: Sequence[Relation],
        known_at: datetime | None = None,
        reason: str = "",
    ) -> list[Answer]:
        """Answer the product's own relations, all from one snapshot, under one record.

        Raises:
            AltynError: `gate.*` when refused; `snapshot.none`.
        """
        self._asked()
        texts = tuple(r.sql for r in relations)
        record = AccessRecord.of(principal, "refused", purpose=_known(purpose), statement=texts, reason=reason)
        with recorded(self.log, record) as look:
            granted = self._granted(principal, purpose)
            scene = self._scenes(known_at)
            faces = [
                {alias: self._face(scene, principal, granted, i) for alias, i in r.inputs.items()} for r in relations
            ]
            seen = {
                f"{i.name}.{c.name}"
                for r, f in zip(relations, faces, strict=True)
                for a, i in r.inputs.items()
                for c in f[a].columns
            }
            look.begin(
                basis=granted.basis,
                snapshot=scene.number,
                read=tuple(sorted({f"{i.name}/{i.face}" for r in relations for i in r.inputs.values()})),
                columns=tuple(sorted(seen)),
            )
            tables = [self._run(scene, r, f) for r, f in zip(relations, faces, strict=True)]
            identity = look.answered(rows=tuple(t.num_rows for t, _ in tables))
        seen_through = {i: f[a] for r, f in zip(relations, faces, strict=True) for a, i in r.inputs.items()}
        self._given(
            Given(principal, replace(look.record, repeats=identity), known_at, scene, tuple(seen_through.items()))
        )
        return [
            Answer(
                columns,
                table,
                scene.number,
                scene.published_at,
                purpose,
                identity,
                kinds=_kinds(scene, relation.inputs.values()),
            )
            for relation, (table, columns) in zip(relations, tables, strict=True)
        ]

    def query(
        self,
        principal: Principal,
        purpose: str,
        sql: str,
        *,
        as_of: date | None = None,
        known_at: datetime | None = None,
        limits: QuestionLimits | None = None,
    ) -> Answer:
        """Answer a person's SQL, run unchanged in a child process over governed copies.

        DESCRIBE, SUMMARIZE and SHOW TABLES are answered too, for what the purpose may see.

        Raises:
            AltynError: `gate.*`, `sql.*`, `snapshot.none`.
        """
        limits = limits or QuestionLimits()
        # Asked and never given: a page made of a person's own statement is kept by nobody.
        self._asked()
        record = AccessRecord.of(
            principal,
            "refused",
            purpose=_known(purpose),
            statement_mac=self.log.keyed(sql),
            as_of=as_of.isoformat() if as_of else "",
        )
        with recorded(self.log, record) as look:
            statement = statement_of(sql)
            look.says(statement=(told(statement, ()),))
            granted = self._granted(principal, purpose)
            scene = self._scenes(known_at)
            look.says(statement=(told(statement, _declared(scene)),))
            if statement.kind == "tables":
                found = {}
                look.begin(basis=granted.basis, snapshot=scene.number)
                table, withheld = self._listed(scene, principal, granted)
            else:
                parsed = guard.parse(self._session(), statement.query)
                found, withheld = self._tables(scene, principal, granted, parsed.tables), ()
                names = tuple(sorted({given.name for given, _ in found.values()}))
                look.begin(basis=granted.basis, snapshot=scene.number, read=names)
                table = self._answered(scene, statement, found, as_of, limits)
            truncated = table.num_rows > limits.rows
            if truncated:
                table = table.slice(0, limits.rows)
            labelled = {
                c.name: c
                for name in {given.name for given, _ in found.values()}
                if name in scene.registers and statement.kind == "select"
                for c in decide(principal, granted, None, scene.registers[name], "current").columns
            }
            columns = tuple(_described(c, labelled.get(c.name)) for c in table_columns(table))
            identity = look.answered(rows=(table.num_rows,))
        return Answer(
            columns,
            table,
            scene.number,
            scene.published_at,
            purpose,
            identity,
            truncated=truncated,
            withheld=withheld,
            kinds=_kinds(scene, [given for given, _ in found.values()]),
        )

    def _listed(self, scene: ShownScene, principal: Principal, purpose: Purpose) -> tuple[Table, tuple[Message, ...]]:
        """The tables a purpose may read, one row each, and word of those it may not."""
        found: list[tuple[str, str, int]] = []
        closed: list[str] = []
        for given in [*(Input(n, "current") for n in scene.registers), *(Input(n, "table") for n in scene.tables)]:
            try:
                columns = self._face(scene, principal, purpose, given).columns
            except AltynError:
                closed.append(given.name)
                continue
            kind = scene.tables[given.name].kind if given.face == "table" else "register"
            found.append((given.name, "indicator" if kind == "measure" else kind, len(columns)))
        names, kinds, counts = ([row[i] for row in found] for i in range(3))
        table = self._session().table(
            'SELECT unnest(CAST($names AS VARCHAR[])) AS "table", unnest(CAST($kinds AS VARCHAR[])) AS kind, '
            "unnest(CAST($counts AS BIGINT[])) AS columns",
            {"names": names, "kinds": kinds, "counts": counts},
        )
        listed = ", ".join(sorted(closed))
        words = say("closed for the purpose {purpose}: {names}", purpose=purpose.code, names=listed)
        return table, (words,) if closed else ()

    def _face(self, scene: ShownScene, principal: Principal, purpose: Purpose, given: Input) -> Governed:
        """What may be seen of one input.

        Raises:
            AltynError: `gate.register-closed`, `sql.forbidden` where there is none of that name.
        """
        if given.face == "table":
            table = scene.tables.get(given.name)
            if table is None:
                raise _unknown(given.name, [*scene.registers, *scene.tables])
            _require_table(principal, purpose, scene, table)
            return Governed(purpose.code, table.columns)
        register = scene.registers.get(given.name)
        # A batch refused whole came under today's contract, and may be the first of its register.
        today = scene.today(given.name) if given.face == "held" else None
        if today is not None:
            governed = require(principal, purpose, None, today, given.face)
            return require(principal, purpose, None, register, given.face) if register else governed
        if register is None:
            raise _unknown(given.name, list(scene.registers))
        return require(principal, purpose, None, register, given.face)

    def _run(
        self, scene: ShownScene, relation: Relation, faces: Mapping[str, Governed]
    ) -> tuple[Table, tuple[Column, ...]]:
        def text(tables: Tables) -> str:
            return relation.over({a: _face_sql(scene, relation.inputs[a], g, tables) for a, g in faces.items()})

        parameters = dict(relation.parameters) or None
        files = [f for alias, governed in faces.items() for f in _face_files(scene, relation.inputs[alias], governed)]
        if self.spark and self.spark.is_worth(files):
            with self.spark.opened() as spark:
                table = spark.table(self._session(), text(spark), parameters)
        else:
            table = table_of(self._session(), text(EMBEDDED), parameters)
        labelled = {c.name: c for governed in faces.values() for c in governed.columns} | {
            c.name: c for c in relation.columns
        }
        return table, tuple(_described(c, labelled.get(c.name)) for c in table_columns(table))

    def _tables(
        self, scene: ShownScene, principal: Principal, purpose: Purpose, tables: Sequence[tuple[str, ...]]
    ) -> dict[tuple[str, ...], tuple[Input, Governed]]:
        """What the tables a statement names stand for, with what may be seen of them."""
        found: dict[tuple[str, ...], tuple[Input, Governed]] = {}
        for path in tables:
            name = _resolve(".".join(path), [*scene.registers, *scene.tables])
            given = Input(name, "current" if name in scene.registers else "table")
            found[tuple(p.lower() for p in path)] = (given, self._face(scene, principal, purpose, given))
        return found

    def _answered(
        self,
        scene: ShownScene,
        statement: Statement,
        found: Mapping[tuple[str, ...], tuple[Input, Governed]],
        as_of: date | None,
        limits: QuestionLimits,
    ) -> Table:
        """A statement's rows, one more than allowed at most: from a child process, or from Spark if there is much to read."""

        def views(tables: Tables) -> list[tuple[tuple[str, ...], str]]:
            return [
                (path, f"SELECT * FROM {_face_sql(scene, given, governed, tables)}{_valid(given, as_of)}")
                for path, (given, governed) in found.items()
            ]

        files = [f for given, governed in found.values() for f in _face_files(scene, given, governed)]
        if statement.kind == "select" and self.spark and self.spark.is_worth(files):
            sql = statement.text
            require_portable(sql, "")
            with self.spark.opened() as spark:
                names = {".".join(path): text for path, text in views(spark)}
                return spark.table(self._session(), sql, names=names, limit=limits.rows + 1)
        try:
            return _from_ipc(child.run(child.job_of(statement.text, views(EMBEDDED), files, limits)))
        except child.StatementFailedError as error:
            columns = [c.name for _, known in found.values() for c in known.columns]
            raise failed(error.reason, statement.text, columns, [".".join(path) for path in found]) from None

    def _session(self) -> Session:
        """This thread's own session; one worker thread each, for readers run side by side."""
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = Session(spill=self._spill, memory_mb=1024, threads=1)
        return session


def _face_sql(scene: ShownScene, given: Input, governed: Governed, tables: Tables) -> str:
    if given.face == "table":
        return scene.tables[given.name].sql(tables)
    return scene.face_sql(given.name, given.face, governed, tables)


def _face_files(scene: ShownScene, given: Input, governed: Governed) -> tuple[Path, ...]:
    if given.face == "table":
        return (scene.tables[given.name].path,)
    return scene.files(given.name, given.face, governed)


def _valid(given: Input, as_of: date | None) -> str:
    if as_of is None or given.face == "table":
        return ""
    day = f"DATE '{as_of.isoformat()}'"
    return f" WHERE (valid_from IS NULL OR valid_from <= {day}) AND (valid_to IS NULL OR valid_to > {day})"


def _kinds(scene: ShownScene, inputs: Iterable[Input]) -> tuple[str, ...]:
    """What the registers read call their people; a table is of the kinds of all it was made of."""
    names = {n for i in inputs for n in (scene.tables[i.name].inputs if i.face == "table" else (i.name,))}
    # A batch refused whole may be the first of its register.
    found = (scene.registers.get(name) or scene.today(name) for name in names)
    return tuple(sorted({register.data_kind for register in found if register}))


def _resolve(written: str, names: Sequence[str]) -> str:
    """The full name of a table as written, pack.name or the bare name while it is unique."""
    wanted = written.lower()
    if wanted in names:
        return wanted
    found = [n for n in names if n.split(".", 1)[1] == wanted] if "." not in wanted else []
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise AltynError(
            "register.ambiguous",
            what=say("{name} may be one of {names}.", name=wanted[:80], names=", ".join(found)),
            mend=say("Write pack.register."),
        )
    raise _unknown(written, names)


def _unknown(name: str, names: Sequence[str]) -> AltynError:
    # The pack's name is common to many; only what stands behind it says which is meant.
    pack, _, table = name.rpartition(".")
    bare = [n.split(".", 1)[1] for n in names if not pack or n.startswith(f"{pack}.")]
    meant = [f"{pack}.{n}" if pack else n for n in near(table, [n for n in bare if bare.count(n) == 1])]
    return AltynError(
        "sql.forbidden",
        what=say("There is no table {name} here: did you mean {near}?", name=name[:80], near=", ".join(meant))
        if meant
        else say("There is no table {name} here.", name=name[:80]),
        mend=say("Tables: {names}.", names=", ".join(sorted(names)) or "-"),
    )


def _require_table(principal: Principal, purpose: Purpose, scene: ShownScene, table: ShownTable) -> None:
    """A derived table is as open as the least open register it was made of: it was made of whole registers."""
    for name in table.inputs:
        if name not in scene.registers:
            raise AltynError(
                "gate.policy-unreadable",
                what=say(
                    "A register the indicator was made of is not declared any more, so nobody can say if it is open."
                ),
                where=name,
                mend=say("Run `altyn run` to build the indicator again."),
            )
        register = scene.registers[name]
        if not require(principal, purpose, None, register, "current").is_whole:
            raise AltynError(
                "gate.register-closed",
                what=say("The indicator is made of columns that are not all public."),
                where=name,
                mend=say("Ask the register's owner: {owner}.", owner=register.owner or register.pack),
            )


def _known(purpose: str) -> str:
    """A purpose for the log: what is none may be anything that somebody typed."""
    return purpose if purpose in PURPOSES else "unknown"


def _declared(scene: ShownScene) -> set[str]:
    """Names that a record may keep: those of registers, indicators and their columns, which the contracts say to everybody."""
    tables = [*scene.registers.items(), *scene.tables.items()]
    return {name for name, _ in tables} | {column.name for _, table in tables for column in table.columns}


def _described(found: Column, declared: Column | None) -> Column:
    """A column of an answer with what its register says about it, where name and type agree."""
    if declared is None or declared.type.kind != found.type.kind:
        return found
    return replace(declared, type=found.type)


def _from_ipc(content: bytes) -> Table:
    from arro3.io import read_ipc_stream

    return Table.from_arrow(read_ipc_stream(io.BytesIO(content)))
