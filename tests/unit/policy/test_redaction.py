"""What the log keeps of a statement: no value, in whatever form of a literal or a name it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.model.tokens import tokens
from altyn.policy.redaction import told
from altyn.policy.statements import statement_of

# A person's number and a person's name, as either may stand anywhere.
values = st.one_of(
    st.from_regex(r"\A[1-9][0-9]{8,11}\Z"),
    # No keyword begins so.
    st.text(st.characters(codec="utf-8", categories=["Lu", "Ll"]), min_size=6, max_size=20).map("Zq{}".format),
)
FORMS = [
    "'{}'", "e'{}'", "E'\\\\x41{}'", "$${}$$", "$t${}$t$", "U&'{}'", "x'{}'", '"{}"', 'q AS "{}"', "q AS x{}", "x{}",
    "{{'{}': 1}}", "{{x{}: 1}}", "kod->>'$.{}'", "kod->'{}'", "[1, '{}']", "struct_pack(x{} := 1)", "MAP {{'{}': 2}}",
    "1 /* {} */", "1 -- {}\n", "x{}.kod", "kod.x{}", "DATE '{}'", "INTERVAL '{}' DAY", "'it''s {}'", "'open {}", "$${}",
    '"{}', "$x{}", "1 /* {}", "'a' 'b{}'", "list_transform(l, x{} -> 1)", "kod::x{}", "kod COLLATE x{}", "#{}", "e'\\'{}'",
    "'{}'::JSON", "-- a\r{}", "\u00a0{}", "1e{}", "0x{}", "q AS '{}'",
]  # fmt: skip


@given(
    value=values, form=st.sampled_from(FORMS), word=st.sampled_from(["SELECT", "describe select", "summarize select"])
)
def test_no_value_is_kept(value: str, form: str, word: str) -> None:
    text = told(statement_of(f"{word} {form.format(value)} FROM kato WHERE kod = 1"), ["kazakhstan.kato", "kod"])

    assert value not in text
    assert value.lower() not in text.lower()


@given(text=st.text())
def test_the_tokens_are_the_text(text: str) -> None:
    assert "".join(part for _, part in tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("select kod, sum(n) as иван from kato group by 1", "select kod, sum(?) as ? from kato group by ?"),
        ("WITH t AS (SELECT 5) SELECT * FROM kazakhstan.kato", "WITH ? AS (SELECT ?) SELECT * FROM kazakhstan.kato"),
        ('select "kod" from "kato" where "921029350851" = 1', 'select "kod" from "kato" where ? = ?'),
        ("show tables", "SHOW TABLES"),
        ("describe kato", "DESCRIBE SELECT * FROM kato"),
        ("select " + "1" * 200_000, "(200007 signs)"),
    ],
    ids=["alias", "with", "quoted", "tables", "describe", "long"],
)
def test_what_is_kept(text: str, kept: str) -> None:
    assert told(statement_of(text), ["kazakhstan.kato", "kod"]) == kept
