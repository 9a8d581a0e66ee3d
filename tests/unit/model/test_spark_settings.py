"""Spark settings: anything may be set but what the meaning of SQL hangs on."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.model.spark_settings import MEANING, SparkSettings


@pytest.mark.parametrize("key", [*MEANING, "spark.master", "hadoop.home", "SPARK.executor.memory", ""])
def test_what_would_change_an_answer_is_refused(key: str) -> None:
    with pytest.raises(AltynError) as caught:
        SparkSettings("local[*]", options={"spark.executor.memory": "1g", key: "true"})

    assert caught.value.code == "project.invalid"
    assert caught.value.where == "altyn.toml, spark.settings"


def test_everything_else_is_the_operators_affair() -> None:
    options = {"spark.executor.memory": "1g", "spark.sql.shuffle.partitions": "4"}

    assert SparkSettings("yarn", options=options).options == options
