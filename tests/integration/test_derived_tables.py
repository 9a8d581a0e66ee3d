"""Derived tables: made of registers or of other tables, built again when anything they depend on changes, and erased with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.model.relations import Input, Relation
from altyn.serve.workspace import Workspace
from tests.crash.rounds import MEASURE
from tests.integration.conftest import Trial

OVER = (
    MEASURE.replace('"people"', '"doubled"').replace('["local.areas"]', '["local.people"]')
    .replace("SELECT code, people FROM areas", "SELECT value FROM people").replace("sum(people)", "2 * sum(value)")
)  # fmt: skip


def measures(trial: Trial, **texts: str) -> None:
    folder = trial.folder / "packs" / "local" / "measures"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def asked(trial: Trial, name: str) -> list[tuple[object, ...]]:
    from altyn.serve.use_cases import questions

    return questions.query(trial.open(), f"select value from {name}").rows()


def areas(trial: Trial) -> Path:
    return trial.folder / "data" / "areas.csv"


def test_a_measure_of_a_measure_follows_it(trial: Trial) -> None:
    # Called before the one it reads: the order is that of what they need.
    measures(trial, doubled=OVER, people=MEASURE)
    trial.run()
    before = asked(trial, "people")[0][0]
    assert asked(trial, "doubled") == [(2 * int(str(before)),)]
    text = areas(trial).read_text(encoding="utf-8")
    areas(trial).write_text(text + "9990,Тағы бір,7\n", encoding="utf-8")
    report = trial.run()

    assert [(m["measure"], m["built"]) for m in report.measures] == [("local.people", True), ("local.doubled", True)]
    assert asked(trial, "doubled") == [(2 * (int(str(before)) + 7),)]
    assert {t.kind for t in trial.open().snapshot().tables.values()} == {"measure"}


def test_a_measure_of_a_measure_is_as_closed_as_the_register_under_it(trial: Trial) -> None:
    measures(trial, doubled=OVER, people=MEASURE)
    contract = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("open: true", "open: false"), encoding="utf-8")
    trial.run()

    with pytest.raises(AltynError, match="gate.register-closed"):
        asked(trial, "doubled")


def test_measures_in_a_circle_are_refused_with_their_path(trial: Trial) -> None:
    circle = MEASURE.replace('["local.areas"]', '["local.doubled"]').replace("FROM areas", "FROM doubled")
    measures(trial, doubled=OVER, people=circle)

    with pytest.raises(AltynError, match=r"local\.\w+ > local\.\w+ > local\.\w+"):
        Workspace.open(trial.folder)


def test_another_parameter_is_another_table(trial: Trial) -> None:
    """A changed parameter of law must not leave the old amounts standing."""
    trial.run()

    def relation(least: object) -> Relation:
        return Relation(
            "SELECT count(*) AS n FROM areas WHERE people >= $least", {"areas": Input("local.areas")}, {"least": least}
        )

    with trial.open().store.run("nobody") as run:
        first, is_built = run.materialise("fact", "local.big", relation(10))
        again, is_built_again = run.materialise("fact", "local.big", relation(10))
        other, is_other_built = run.materialise("fact", "local.big", relation(1_000_000))
        text, _ = run.materialise("fact", "local.big", relation("10"))
        assert (is_built, is_built_again, is_other_built) == (True, False, True)
        assert first == again
        assert len({first.fingerprint, other.fingerprint, text.fingerprint}) == 3
        assert other.path.startswith("derived/facts/local.big/")
        rows = [
            run.session.one(f"SELECT n FROM read_parquet('{run.folders.root / t.path}')")[0] for t in (first, other)
        ]
    assert rows[0] > rows[1] == 0
