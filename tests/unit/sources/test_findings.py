"""Findings: how many rows broke which rule, in each language, and never a value of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.language import LANGUAGES, Label, say
from altyn.model import Register, RowRule
from altyn.model.columns import DATE, TEXT, Column, Form
from altyn.sources.findings import Finding, refusal

OWN = Label({"en": "Too many.", "kk": "Тым көп."})
AREAS = Register(
    "lab.things", "1.0.0", (Column("code", TEXT), Column("day", DATE, form=Form(pattern="dd.MM.yyyy"))), ("code",), "0",
    row_rules=(RowRule("few", "true", message=OWN), RowRule("mute", "true")),
)  # fmt: skip


def told(rule: str, column: str | None = None, *, lines: list[int], look_alikes: int = 0) -> str:
    found = refusal(AREAS, rule, column=column, rows=3, lines=lines, look_alikes=look_alikes)
    assert (found.severity, found.rule, found.rows, found.register) == ("refused", rule, 3, "lab.things")
    return found.message.text("en")


@pytest.mark.parametrize(
    ("rule", "column", "lines", "look_alikes", "said"),
    [
        ("key", "code", [4, 9], 0, "first in lines 4 and 9"),
        ("unique", "code", [4, 9], 0, "share their code"),
        ("key", "code", [4], 0, "first in line 4"),
        ("pattern", "code", [2], 2, "2 of them mix digits with letters"),
        ("type", "day", [2], 0, "expected: date, dd.MM.yyyy"),
        ("type", "day", [2], 1, "mix digits with letters"),
        ("maximum", "day", [2], 0, "break the rule maximum in column day, first in line 2"),
        ("row.ragged", None, [7], 0, "column -, first in line 7"),
        ("row:mute", None, [], 0, "row:mute"),
        ("row:few", None, [2], 0, "Too many."),
    ],
)
def test_what_is_said_of_a_rule(rule: str, column: str | None, lines: list[int], look_alikes: int, said: str) -> None:
    assert said in told(rule, column, lines=lines, look_alikes=look_alikes)


def test_as_plain_data_it_has_every_language_and_a_column_only_where_there_is_one() -> None:
    whole = Finding("lab.things", "extra", 0, say("The disk is full."))

    document = whole.document()

    assert set(document["message"]) == set(LANGUAGES)
    assert len(set(document["message"].values())) == 3
    assert "column" not in document
    assert replace(whole, column="code").document()["column"] == "code"
    assert Finding("lab.things", "row:few", 1, OWN).document()["message"]["ru"] == "Тым көп.", (
        "what the pack says, as far as it says it"
    )
