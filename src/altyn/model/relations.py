"""Relations: a query, frozen and engine-free. Rooms take relations and return relations; only engines give rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from altyn.errors import AltynError
from altyn.language import say
from altyn.model import sql as sql_text
from altyn.model.columns import Column

Face = Literal["current", "history", "quarantine", "held", "table"]


@dataclass(frozen=True, slots=True)
class Input:
    """What a name in a relation's SQL stands for: one face of one register, or a derived table.

    `current`: one row per key as known at the snapshot; `history`: every version with op, batch and line;
    `quarantine`: rows refused; `held`: those of the last batch, where it was refused whole; `table`: the derived table `name`, such as a measure's.
    """

    name: str
    face: Face = "current"


@dataclass(frozen=True, slots=True)
class Relation:
    """A query over named inputs. `parameters` are bound as `$name`, never pasted into the text.

    `grain` says what one row is ("one row per region and year").

    Raises:
        AltynError: `model.relation` when the text reads a name that is not among the inputs, `sql.syntax` when it
            cannot be parsed.

    >>> r = Relation("select  count(*) as n from births", {"births": Input("civil.births")})
    >>> r.sql
    'SELECT COUNT(*) AS n FROM births'
    """

    sql: str
    inputs: Mapping[str, Input]
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])
    columns: tuple[Column, ...] = ()
    grain: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sql", sql_text.canonical(self.sql))
        unknown = sql_text.tables_read(self.sql) - set(self.inputs)
        if unknown:
            raise AltynError(
                "model.relation",
                what=say("The query reads {names}, which its inputs do not name.", names=", ".join(sorted(unknown))),
                mend=say("Name each table the query reads among its inputs."),
            )

    @property
    def fingerprint(self) -> str:
        """sha256 over the text, the parameters, the inputs and the column types: what the relation means, not its rows."""
        meaning = {
            "sql": self.sql,
            "inputs": {name: [i.name, i.face] for name, i in sorted(self.inputs.items())},
            "columns": [[c.name, c.type.name] for c in self.columns],
        }
        if self.parameters:
            # With their types: 1 and "1" give other rows.
            meaning["parameters"] = [[n, type(v).__name__, str(v)] for n, v in sorted(self.parameters.items())]
        return hashlib.sha256(json.dumps(meaning, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def over(self, texts: Mapping[str, str]) -> str:
        """The query with its inputs bound: for each the SQL, in an engine's words, of the rows that it stands for.

        Args:
            texts: input's name -> what may stand after FROM; parameters stay `$name`.
        """
        assert set(texts) == set(self.inputs), "every input is bound, and nothing else"
        bound = ", ".join(f"{sql_text.identifier(name)} AS (SELECT * FROM {text})" for name, text in texts.items())
        return f"WITH {bound} SELECT * FROM ({self.sql})" if bound else self.sql
