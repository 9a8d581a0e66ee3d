"""Validation: staged text against its contract. Every row is accepted or refused with its place and rule; none is repaired.

One pass over the text gives typed values, the row hash and one verdict; only rows that fail are asked which rules they
broke. Then come the questions that need more than one row, each over the rows that are right so far: duplicate keys,
the hierarchy, parents, row rules, and checks of the whole extract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model import Column, Hierarchy, Register, TableCheck, row_hash
from altyn.model.registers import CONTENT_KEY, WRITTEN
from altyn.model.sql import identifier, literal
from altyn.sources import alike, casts, derivations, expressions, forms, relationships
from altyn.sources.carried import Carried, NotCarriedError
from altyn.sources.context import CodeList, Context
from altyn.sources.findings import Finding, refusal
from altyn.sources.lines import Stream
from altyn.sources.rules import Condition, Rules, all_right, text_of
from altyn.sources.staging import TempTable

__all__ = ["CodeList", "Context", "Finding", "Validated", "validate"]

# Letters that are taken for digits, in the scripts a keyboard of several alphabets offers.
_LOOK_ALIKE = r"[0-9].*(\p{Cyrillic}|\p{Greek}|[OoIlSB])|(\p{Cyrillic}|\p{Greek}|[OoIlSB]).*[0-9]"

_ROWS = "_rows"


@dataclass(frozen=True)
class Validated:
    """What a load may take in, and what it may not.

    The tables live until the next validation in the session. `accepted`: the contract's columns typed and in order, for each with a
    form what was written (`written_columns`), then file_no INTEGER, line_no BIGINT, row_hash VARCHAR; one row per accepted row.
    `failures`: file_no, line_no, column_name, rule, key_text, raw; one row per refused row and rule it broke. `key_text` is the
    key as text, its parts joined with chr(31), NULL where the key itself is at fault. `rules`: (rule, column, refused rows), most
    first. `single`: SQL of (_n, key columns) of the accepted rows that are one plain line each, with its number; `other`: SQL of
    the keys of those that are not. `rows`: all rows in the order they were read, with `_ok` and `_line`, empty for one that is a
    line of a stream.
    """

    accepted: TempTable
    failures: TempTable
    rows: TempTable
    rows_read: int
    rows_accepted: int
    rows_refused: int
    rules: tuple[tuple[str, str | None, int], ...]
    findings: tuple[Finding, ...]
    single: str = ""
    other: str = ""


def validate(
    session: Session, register: Register, parts: Sequence[tuple[int, str | Stream]], context: Context
) -> Validated:
    """Check an extract against its contract.

    Args:
        session: where the tables are made, in place of those of the call before.
        parts: (file number, query) of each file. A query gives line_no BIGINT, _problem, _problem_column, _raw VARCHAR, and a
            VARCHAR for each of the register's source columns by name. In place of a query, a stream.
        register: the contract.
        context: code lists, kinds, parents.

    Raises:
        AltynError: `source.check-failed` when the extract as a whole breaks a check; `contract.*` when the contract
            cannot be applied.
    """
    return _Validation(session, register, context).run(parts)


class _Validation:
    """One extract on its way. Its state is the table `rows`, and `_faults` of (_row_id, number of rule).

    `_ok` in `rows` says if a row is right so far; NULL is a row that stands for a line read apart, and no row at all.

    `full` is `rows` with _row_id, line_no and the source's texts: of a value that says the same, `rows` keeps no text.
    """

    def __init__(self, session: Session, register: Register, context: Context) -> None:
        register = forms.in_zone(register, context.time_zone)
        self.session, self.register, self.context = session, register, context
        self.hierarchy: Hierarchy | None = derivations.require_hierarchy(register)
        rules = Rules(session, register, context)
        self.conditions: list[Condition] = []
        self.key_conditions: list[Condition] = []
        for column in register.columns:
            made = rules.conditions(column)
            self.conditions += made
            if column.name in register.key:
                self.key_conditions += made
        self.numbered: list[Condition] = list(self.conditions)
        self.findings: list[Finding] = []
        self.rows: TempTable
        self.full: TempTable
        self.contents: TempTable
        self.accepted: TempTable
        self.single: TempTable | None = None

    def run(self, parts: Sequence[tuple[int, str | Stream]]) -> Validated:
        self.stage(parts)
        self.explain_values()
        self.refuse_headers()
        self.refuse_duplicates()
        self.fill_parents()
        self.refuse_orphans()
        self.apply_row_rules()
        self.report_hierarchy()
        self.findings += alike.unseen_in_keys(self.session, self.register, self.rows)
        if self.register.is_keyless:
            self.contents = derivations.content_keys(
                self.session, self.register, self.rows, self.line, self.context.known_copies
            )
        self.offer_accepted()
        self.apply_table_checks()
        return self.report()

    def stage(self, parts: Sequence[tuple[int, str | Stream]]) -> None:
        register = self.register
        # A lookup joins, and a join may lose the order by which the rows of a stream are numbered.
        may_stream = not any(c.derivation and c.derivation.kind == "lookup" for c in register.columns)
        given = [(no, part if may_stream or isinstance(part, str) else part.staged()) for no, part in parts]
        while not self.fill(given):
            if any(not isinstance(part, str) and part.carried for _, part in given):
                raise NotCarriedError
            given = [(no, part if isinstance(part, str) else part.staged()) for no, part in given]
        full = "".join(
            f", coalesce({text_of(c)}, CAST({identifier(c.name)} AS VARCHAR)) AS {text_of(c)}"
            for c in self.typed_columns()
        ).removeprefix(", ")
        self.full = TempTable.view(
            self.session,
            "_full",
            f"SELECT * {f'REPLACE ({full})' if full else ''}, rowid AS _row_id, {self.line} AS line_no FROM {self.rows} "
            "WHERE _ok IS NOT NULL",
        )
        staged = "".join(f", {text_of(c)} AS {identifier(c.name)}" for c in register.source_columns)
        self.session.run(
            "CREATE OR REPLACE TEMP VIEW staged AS SELECT _row_id, file_no, line_no, _problem, "
            f"_problem_column, _raw{staged} FROM {self.full}"
        )
        self.session.run("CREATE OR REPLACE TEMP TABLE _faults (_row_id BIGINT, _number INTEGER)")

    def fill(self, parts: Sequence[tuple[int, str | Stream]]) -> bool:
        """Make the rows of all parts; False where the engine stumbles over a stream."""
        staged = [(no, part) for no, part in parts if isinstance(part, str)]
        streams = [(no, part) for no, part in parts if not isinstance(part, str)]
        self.line = "_line"
        nothing = "NULL::BIGINT AS line_no, NULL::VARCHAR AS _problem, NULL::VARCHAR AS _problem_column, NULL::VARCHAR AS _raw"
        empty = "".join(f", NULL::VARCHAR AS {identifier(c.name)}" for c in self.register.source_columns)
        if not streams:
            self.rows = TempTable.make(
                self.session, _ROWS, self.typed(staged or [(0, f"SELECT {nothing}{empty} WHERE false")])
            )
            return True
        place, lines, blank = 0, "", 0
        for no, stream in streams:
            rows = f"SELECT {nothing}, * FROM ({stream.source})"
            typed = self.typed([(no, rows)], holds_stand_ins=bool(stream.blank))
            try:
                if place:
                    self.session.run(f"INSERT INTO {self.rows} {typed}")
                else:
                    self.rows = TempTable.make(self.session, _ROWS, typed)
            except duckdb.Error:
                return False
            found, last, stand_ins = self.session.one(
                f"SELECT count(*), coalesce(max(rowid), -1), count(*) FILTER (_ok IS NULL) FROM {self.rows}"
            )
            blank += len(stream.blank)
            # A line of nothing but delimiters looks like a stand-in: then the other way must tell them apart.
            if found != place + stream.rows or last != found - 1 or stand_ins != blank:
                return False
            lines += f" WHEN {no} THEN rowid + {stream.first - place}"
            place += stream.rows
        # Rows that stand for lines of a stream know their own line.
        self.line = f"CASE WHEN _line IS NULL THEN CASE file_no{lines} END ELSE _line END"
        apart = [(no, f"SELECT * FROM {stream.apart}") for no, stream in streams if stream.blank]
        if apart or staged:
            self.session.run(f"INSERT INTO {self.rows} {self.typed([*apart, *staged])}")
        for _, stream in streams:
            if stream.carried:
                self.number_as_they_came(stream, stream.carried)
        return True

    def number_as_they_came(self, stream: Stream, carried: Carried) -> None:
        """Give the rows of new lines, read apart, the line numbers of the file they came in."""
        place = f"{self.line} - {stream.first} + 1"
        self.session.run(
            f"CREATE OR REPLACE TEMP TABLE _numbers AS SELECT r._row_id, l._n, r._is_line FROM (SELECT rowid AS _row_id, {place} AS _place, "
            f"_line IS NULL AS _is_line FROM {self.rows}) AS r JOIN "
            f"(SELECT _n, row_number() OVER (ORDER BY _n) AS _place FROM {carried.new_lines}) AS l "
            "ON l._place = r._place"
        )
        self.session.run(f"UPDATE {self.rows} SET _line = n._n FROM _numbers AS n WHERE n._row_id = {self.rows}.rowid")
        self.single = TempTable.make(self.session, "_single", "SELECT _row_id FROM _numbers WHERE _is_line")
        self.line = "_line"

    def typed_columns(self) -> list[Column]:
        """Columns whose text is another thing than their value."""
        derived = (
            c for c in self.register.columns if not (c.derivation and c.derivation.kind in {"hierarchy", "content"})
        )
        return [c for c in derived if not casts.is_kept_as_text(c)]

    def typed(self, parts: Sequence[tuple[int, str]], *, holds_stand_ins: bool = False) -> str:
        """SQL of typed rows from staged texts: values, verdict, and texts that say more than their values.

        Where rows stand in for lines read apart, a row without any text has no verdict. They are never deleted: the engine may
        fill gaps later, and every row behind one would take another row's number.
        """
        register = self.register
        texts = "".join(f", {identifier(c.name)} AS {identifier('_s_' + c.name)}" for c in register.source_columns)
        rows = " UNION ALL ".join(
            f"SELECT {int(no)}::INTEGER AS file_no, line_no AS _line, _problem, _problem_column, _raw{texts} "
            f"FROM ({query}) AS p"
            for no, query in parts
        )
        rows = derivations.with_derived_texts(self.session, register, self.context, rows)
        said = ", ".join(identifier("_s_" + c.name) for c in register.source_columns)
        tried, same, values, kept = f", coalesce({said}) IS NOT NULL AS _said", "", ", _said", ""
        for column in register.columns:
            name, text, candidate, equal = (identifier(p + column.name) for p in ("", "_s_", "_c_", "_e_"))
            kept += f", {name}"
            if column.derivation and column.derivation.kind in {"hierarchy", "content"}:
                values += f", NULL::{column.type.sql} AS {name}"
            elif casts.is_kept_as_text(column):
                values += f", {text} AS {name}"
            else:
                tried += f", {casts.cast(column, text)} AS {candidate}"
                same += f", {casts.is_same(text, candidate)} AS {equal}"
                values += (
                    f", {casts.typed(column, text, candidate, equal)} AS {name}, {text} AS {text_of(column)}, {equal}"
                )
                kept += f", CASE WHEN {equal} AND {name} IS NOT NULL THEN NULL ELSE {text_of(column)} END AS {text_of(column)}"
        # Each condition is a column of its own: inside AND, DuckDB would work out again what its parts share.
        asked = "".join(f", ({c.sql}) AS _k{number}" for number, c in enumerate(self.conditions))
        verdict = " AND ".join(f"_k{number}" for number in range(len(self.conditions))) or "true"
        right = f"_problem IS NULL AND ({verdict}) IS NOT FALSE"
        if holds_stand_ins:
            right = f"CASE WHEN _said THEN {right} END"
        return (
            f"SELECT file_no, _line, _problem, _problem_column, _raw{kept}, {right} AS _ok "
            f"FROM (SELECT *{asked} FROM "
            f"(SELECT file_no, _line, _problem, _problem_column, _raw{values} FROM (SELECT *{same} FROM (SELECT *{tried} FROM ({rows})))))"
        )

    def explain_values(self) -> None:
        """Ask the rows that failed which rules they broke. A row the reader could not read is not asked."""
        if not self.conditions:
            return
        broken = ", ".join(
            f"CASE WHEN ({c.sql}) IS FALSE THEN {number} END" for number, c in enumerate(self.conditions)
        )
        self.session.run(
            f"INSERT INTO _faults SELECT * FROM (SELECT _row_id, unnest([{broken}]) AS _number FROM {self.full} "
            "WHERE NOT _ok AND _problem IS NULL) WHERE _number IS NOT NULL"
        )

    def refuse(self, rule: str, column: str | None, row_ids: str) -> int:
        """Refuse the rows whose ids a query gives, and return how many there were."""
        number = len(self.numbered)
        self.numbered.append(Condition(rule, column, "true"))
        self.session.run(f"INSERT INTO _faults SELECT _row_id, {number} FROM ({row_ids})")
        count = int(self.session.one(f"SELECT count(*) FROM _faults WHERE _number = {number}")[0])
        if count:
            self.session.run(
                f"UPDATE {self.rows} SET _ok = false WHERE _ok AND rowid IN (SELECT _row_id FROM _faults WHERE _number = {number})"
            )
        return count

    def refuse_headers(self) -> None:
        rows = alike.header_rows(self.register, self.full)
        if rows:
            self.refuse("row.header", None, rows)

    def refuse_duplicates(self) -> None:
        """Rows that share a key, or a value that must be unique, all fall: nobody here knows which of them is right.

        Rows refused for another reason count too, so the outcome does not hang on the order of rules.
        """
        singles = [("unique", (c.name,)) for c in self.register.columns if c.unique and (c.name,) != self.register.key]
        for rule, columns in (("key", self.register.key), *singles):
            if not columns:
                continue
            names = ", ".join(map(identifier, columns))
            given = " AND ".join(f"{identifier(c)} IS NOT NULL" for c in columns)
            if len(columns) == 1:
                # Counting the different ones costs half of grouping, and mostly there is nothing to group.
                all_, different = self.session.one(
                    f"SELECT count({names}), count(DISTINCT {names}) FROM {self.rows} WHERE _problem IS NULL"
                )
                if all_ == different:
                    continue
            self.session.run(
                f"CREATE OR REPLACE TEMP TABLE _duplicates AS SELECT {names} FROM {self.rows} WHERE _problem IS NULL AND {given} "
                f"GROUP BY {names} HAVING count(*) > 1"
            )
            if self.session.one("SELECT count(*) FROM _duplicates")[0]:
                rows = f"SELECT rowid AS _row_id FROM {self.rows} WHERE _problem IS NULL AND ({names}) IN (SELECT ({names}) FROM _duplicates)"
                self.refuse(rule, ", ".join(columns), rows)

    def fill_parents(self) -> None:
        if self.hierarchy:
            known = self.context.parents.get(self.register.name) if self.context.is_partial else None
            self.farther, self.none = derivations.fill_parents(
                self.session, self.register, self.rows, self.hierarchy, known
            )

    def refuse_orphans(self) -> None:
        """Rows without a parent fall, and with them, in a register that refers to itself, the rows below."""
        mine = self.register.name
        for relationship in sorted(self.register.relationships, key=lambda r: r.parent == mine):
            while True:
                rows = relationships.orphans(self.session, self.register, relationship, self.context, self.rows)
                fell = self.refuse("relationship", ", ".join(relationship.columns), rows)
                if fell:
                    self.fill_parents()
                if not fell or relationship.parent != mine:
                    break

    def apply_row_rules(self) -> None:
        rules = self.register.row_rules
        if not rules:
            return
        names = ", ".join(identifier(c.name) for c in self.register.columns)
        wrong = expressions.false_rows(
            self.session, f"SELECT rowid AS _row_id, * FROM {self.rows} WHERE _ok", names,
            [(r.name, r.sql) for r in rules], f"register {self.register.name}",
        )  # fmt: skip
        fell = 0
        for rule, rows in zip(rules, wrong, strict=True):
            if rule.severity == "refuse":
                fell += self.refuse(f"row:{rule.name}", None, rows)
                continue
            count = int(self.session.one(f"SELECT count(*) FROM ({rows})")[0])
            if count:
                message = rule.message or say("{rows} rows do not satisfy the rule {rule}.", rows=count, rule=rule.name)
                self.findings.append(Finding(self.register.name, f"row:{rule.name}", count, message))
        if fell and (self.hierarchy or any(r.parent == self.register.name for r in self.register.relationships)):
            self.fill_parents()
            self.refuse_orphans()

    def report_hierarchy(self) -> None:
        if not self.hierarchy:
            return
        if self.farther:
            message = say(
                "{rows} rows have no row for their immediate parent; the nearest ancestor that exists was taken.",
                rows=self.farther,
            )
            self.findings.append(Finding(self.register.name, "hierarchy", self.farther, message, self.hierarchy.parent))
        if self.none:
            message = say(
                "{rows} rows below the top have no ancestor in the extract; their parent is empty.", rows=self.none
            )
            self.findings.append(
                Finding(self.register.name, "hierarchy.none", self.none, message, self.hierarchy.parent)
            )

    def offer_accepted(self) -> None:
        # The hash is worked out where it is used: while the journal is written, or while rows are compared.
        # A column that misses no value here takes the cheaper spelling of the same hash.
        names = ", ".join(identifier(c.name) for c in self.register.columns)
        filled = ({self.hierarchy.parent} if self.hierarchy else set[str]()) | {CONTENT_KEY}
        counted = [identifier(c.name) for c in self.register.columns if c.name not in filled]
        rows, *numbers = self.session.one(
            f"SELECT count(*), {', '.join(f'count({c})' for c in counted)} FROM {self.rows} WHERE _ok"
        )
        given = {
            c.name
            for c, n in zip((c for c in self.register.columns if c.name not in filled), numbers, strict=True)
            if n == rows
        } | {CONTENT_KEY}
        digest = row_hash.sql_expression(self.register.columns, never_missing=given)
        formed = [c for c in self.register.columns if c.form is not None]
        written = "".join(
            f", {'NULL::VARCHAR' if casts.is_kept_as_text(c) else text_of(c)} AS {identifier(WRITTEN + c.name)}"
            for c in formed
        )
        source, line = f"{self.rows} WHERE _ok", self.line
        if self.register.is_keyless:
            # Joined here, for writing it into the table afterwards costs more than all the rest.
            key, line = identifier(CONTENT_KEY), "_at"
            source = (
                f"(SELECT r.* EXCLUDE ({key}), c._key AS {key} FROM (SELECT *, rowid AS _id, {self.line} AS _at FROM {self.rows} WHERE _ok) AS r "
                f"JOIN {self.contents} AS c ON c._row_id = r._id)"
            )
        self.accepted = TempTable.view(
            self.session,
            "accepted",
            f"SELECT {names}{written}, file_no, {line} AS line_no, {digest} AS row_hash FROM {source}",
        )

    def apply_table_checks(self) -> None:
        if self.context.is_partial:
            return
        names = ", ".join(identifier(c.name) for c in self.register.columns)
        for check in self.register.table_checks:
            where = f"register {self.register.name}, check {check.name}"
            rows = f"SELECT {names} FROM temp.main.{self.accepted}"
            number = expressions.number_of(self.session, check.sql, self.register.table, rows, where)
            if number is not None and _is_between(number, check):
                continue
            # Yes or no, and of how many rows: the number itself may be somebody's.
            message = say(
                "The check {check} does not hold over {rows} rows: its number is not within {lowest} to {highest}.",
                check=check.name,
                rows=int(self.session.one(f"SELECT count(*) FROM {self.rows} WHERE _ok")[0]),
                lowest="-" if check.lowest is None else f"{check.lowest:.15g}",
                highest="-" if check.highest is None else f"{check.highest:.15g}",
            )
            if check.severity == "refuse":
                mend = say(
                    "Mend the extract; nothing of it was taken in. If the check is wrong, correct it in the contract."
                )
                raise AltynError("source.check-failed", what=message, where=where, mend=mend)
            self.findings.append(Finding(self.register.name, f"check:{check.name}", 0, message))

    def report(self) -> Validated:
        failures = self.write_failures()
        read, accepted = self.session.one(f"SELECT count(_ok), count(*) FILTER (_ok) FROM {self.rows}")
        counted = self.session.run(
            f"SELECT rule, column_name, count(*), min(line_no) FROM {failures} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        )
        refusals = [
            refusal(
                self.register,
                rule,
                column=column,
                rows=int(rows),
                lines=self.first_lines(rule, column, int(line)),
                look_alikes=self.look_alikes(rule, column),
            )
            for rule, column, rows, line in counted
        ]
        return Validated(
            accepted=self.accepted,
            failures=failures,
            rows=self.rows,
            rows_read=int(read),
            rows_accepted=int(accepted),
            rows_refused=int(read) - int(accepted),
            rules=tuple((str(rule), column, int(rows)) for rule, column, rows, _ in counted),
            findings=(*refusals, *self.findings),
            single=f"SELECT {self.line} AS _n, {self.key()} FROM {self.rows} WHERE _ok AND {self.is_single()}",
            other=f"SELECT {self.key()} FROM {self.rows} WHERE _ok AND NOT ({self.is_single()})",
        )

    def key(self) -> str:
        return ", ".join(map(identifier, self.register.key)) or "NULL"

    def is_single(self) -> str:
        """SQL that is true for a row that stands for one plain line of a stream."""
        if self.line != "_line":
            return "_line IS NULL"
        return f"rowid IN (SELECT _row_id FROM {self.single})" if self.single else "false"

    def write_failures(self) -> TempTable:
        register = self.register
        rules = ", ".join(
            f"({n}, {literal(c.rule)}, {literal(c.column) if c.column else 'NULL'})"
            for n, c in enumerate(self.numbered)
        )
        given = ", ".join(f"{literal(c.name)}, {text_of(c)}" for c in register.source_columns)
        row = f"CAST(json_object({given}) AS VARCHAR)"
        raw = f"CASE WHEN _problem IS NOT NULL AND _problem_column IS NULL THEN coalesce(_raw, {row}) ELSE {row} END"
        key = [identifier(k) for k in register.key]
        clear = [all_right(self.key_conditions), *(f"{k} IS NOT NULL" for k in key)]
        # In a row whose cells do not fit its columns, what stands under the key's name may be something else.
        clear.append(
            f"(_problem IS NULL OR _problem_column NOT IN ({', '.join(map(literal, register.key)) or 'NULL'}))"
        )
        text = "concat_ws(chr(31), " + ", ".join(f"CAST({k} AS VARCHAR)" for k in key) + ")" if key else "NULL"
        broken = f"SELECT rowid AS _row_id, _problem AS _rule, _problem_column AS _column, -1 AS _number FROM {self.rows} WHERE _problem IS NOT NULL"
        if rules:
            broken += (
                " UNION ALL SELECT DISTINCT f._row_id, r._rule, r._column, f._number FROM _faults AS f "
                f"JOIN (VALUES {rules}) AS r(_number, _rule, _column) ON r._number = f._number"
            )
        return TempTable.make(
            self.session,
            "failures",
            "SELECT file_no, line_no, _column AS column_name, _rule AS rule, "
            f"CASE WHEN {' AND '.join(clear)} THEN {text} END AS key_text, {raw} AS raw "
            f"FROM (SELECT * FROM {self.full} WHERE NOT _ok) AS w JOIN ({broken}) AS b ON b._row_id = w._row_id "
            "ORDER BY file_no, line_no, b._number",
        )

    def first_lines(self, rule: str, column: str | None, line: int) -> list[int]:
        """The first line at fault; for rows that share a key or a value, the first two that share it."""
        if rule not in {"key", "unique"} or column is None:
            return [line]
        names = ", ".join(identifier(c) for c in column.split(", "))
        found = self.session.run(
            f"SELECT list_sort(list(line_no)) FROM {self.full} WHERE NOT _ok AND _problem IS NULL GROUP BY {names} "
            f"HAVING count(*) > 1 AND {' AND '.join(f'{identifier(c)} IS NOT NULL' for c in column.split(', '))} ORDER BY 1 LIMIT 1"
        )
        return [int(n) for n in found[0][0][:2]] if found else [line]

    def look_alikes(self, rule: str, column: str | None) -> int:
        """How many of the rows that broke a rule of form mix digits with letters that look like digits."""
        if rule not in {"pattern", "identifier", "code-list", "type"}:
            return 0
        numbers = [n for n, c in enumerate(self.numbered) if (c.rule, c.column) == (rule, column) and c.text]
        if not numbers:
            return 0
        text = self.numbered[numbers[0]].text
        return int(
            self.session.one(
                f"SELECT count(*) FROM {self.full} WHERE _row_id IN (SELECT _row_id FROM _faults WHERE _number IN ({', '.join(map(str, numbers))})) "
                f"AND regexp_matches({text}, {literal(_LOOK_ALIKE)})"
            )[0]
        )


def _is_between(number: float, check: TableCheck) -> bool:
    return (check.lowest is None or number >= check.lowest) and (check.highest is None or number <= check.highest)
