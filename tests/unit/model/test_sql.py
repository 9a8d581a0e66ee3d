"""SQL text: one spelling, what it reads, and what would mean something else on another engine."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.model import sql


def test_canonical_text_ignores_case_of_words_spaces_and_comments() -> None:
    assert sql.canonical("select  a from t -- why\n where b=1") == sql.canonical("SELECT a FROM t WHERE b = 1")


def test_tables_read_leaves_out_names_the_query_makes() -> None:
    text = "with x as (select * from kato) select * from x join kazakhstan.tax_rates using (kato)"

    assert sql.tables_read(text) == {"kato", "kazakhstan.tax_rates"}


@pytest.mark.parametrize("text", ["", "select", "select 1; select 2", "drop table t where"])
def test_what_is_no_single_query_is_refused(text: str) -> None:
    with pytest.raises(AltynError, match="sql.syntax"):
        sql.canonical(text)
