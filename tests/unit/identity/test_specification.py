"""Specifications: what a person may write, what is refused with what there is, and a text that means the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.errors import AltynError
from altyn.identity.blocking import Rule
from altyn.identity.kinds import Field
from altyn.identity.specification import MOST_FIELDS, Specification, parse_specification, specification_of
from tests.unit.identity.people import specification

FIELD = '[fields.family]\nkind = "person name"\npart = "family"\n'


@pytest.mark.parametrize(
    "made",
    [
        specification(),
        replace(specification(), id_columns=("№ п/п", 'a "b" \\ c'), within=True, without_rarity=frozenset({"town"})),
        replace(specification(), within=False, rules=(Rule(((0, "skeleton"), (2, "value"))), Rule(((3, "value"),)))),
        Specification("ұйым", (Field("атауы: 1", "organisation name"),), {"атауы: 1": ("Атауы",)}),
    ],
)
def test_what_is_written_down_is_read_back(made: Specification) -> None:
    assert parse_specification(made.text(), "x.toml") == made


def test_what_is_left_out_has_its_default() -> None:
    found = parse_specification(FIELD, "x.toml")

    assert found.entity == "record"
    assert found.columns == {"family": ("family",)}, "a field is looked for by its own name"
    assert (found.within, found.rules, found.id_columns, found.max_pairs_per_row) == (None, (), (), 6.0)
    assert found.names == ("family",)
    assert found.sizes[0] > 2


@pytest.mark.parametrize(
    ("text", "said", "mend"),
    [
        ("entity = ", "not TOML: end of document", ""),
        ("x = " + "[" * 100_000, "not TOML|nested too deep", ""),
        ("", "names no fields", "[fields.NAME]"),
        ("fields = 7", "names no fields", ""),
        ("entitty = 'x'\n" + FIELD, "entitty is not a setting", "entity"),
        ("[fields]\nname = 7", "name must be a table", ""),
        ("[fields.name]\ncolumns = ['a']", "\\? is not a kind", "person name"),
        ("[fields.name]\nkind = 'person'", "person is not a kind", "person name"),
        (FIELD.replace('"family"\n', '"middle"\n'), "middle is not a part", "patronymic"),
        (FIELD + "colums = ['a']", "colums is not a setting", "columns"),
        (FIELD + "columns = [7]", "text or a list of texts", ""),
        (FIELD + "[[blocking]]\nagree = 'familly'", "no field familly", "family"),
        (FIELD + "[[blocking]]\nagree = 'family: sound'", "cannot be blocked by sound", "skeleton"),
        (FIELD + "[[blocking]]\nagree = []", "must name what agrees", "agree ="),
        ("id = 7\n" + FIELD, "text or a list of texts", ""),
    ],
)
def test_what_is_wrong_is_said_with_what_there_is(text: str, said: str, mend: str) -> None:
    with pytest.raises(AltynError, match=said) as caught:
        parse_specification(text, "x.toml")

    assert caught.value.code == "identity.specification"
    assert caught.value.where.startswith("x.toml")
    assert mend in str(caught.value.mend)


def test_a_text_that_is_no_toml_is_not_quoted() -> None:
    with pytest.raises(AltynError) as caught:
        parse_specification('entity = "ok"\nАйгүл 900101300017', "x.toml")

    assert "9001" not in str(caught.value)
    assert "Айгүл" not in str(caught.value)


def test_more_fields_than_can_be_told_apart_are_refused() -> None:
    fields = {f"f{n}": {"kind": "person name"} for n in range(60)}

    with pytest.raises(AltynError, match=f"60 fields are too many.*at most {MOST_FIELDS}"):
        specification_of({"fields": fields}, "x.toml")


def test_words_come_last_in_a_rule() -> None:
    text = '[fields.name]\nkind = "organisation name"\n[fields.town]\nkind = "category"\n[[blocking]]\nagree = ["name: word 30", "town"]\n'

    (rule,) = parse_specification(text, "x.toml").rules

    assert rule.parts == ((1, "value"), (0, "word 30"))
    assert rule.is_by_word
