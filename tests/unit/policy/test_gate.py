"""The gate: it decides, writes, and only then lets an engine answer; and it answers the same names to everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.model.relations import Input, Relation
from altyn.policy.child import QuestionLimits
from altyn.policy.gate import Answer, Gate
from altyn.policy.principals import PORTAL, local
from tests.integration.conftest import Trial, made
from tests.unit.policy.log.logs import NOW, log_in

PERSON = local()


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A project with one snapshot: areas are open, places too."""
    trial = made(tmp_path_factory.mktemp("gate") / "project")
    trial.run()
    return trial


@pytest.fixture
def gate(trial: Trial) -> Gate:
    return trial.open().gate


def relation(sql: str = "SELECT code, title FROM areas ORDER BY code") -> Relation:
    return Relation(sql, {"areas": Input("local.areas", "current")})


def asked(gate: Gate, sql: str, purpose: str = "open", **how: object) -> Answer:
    return gate.query(PERSON, purpose, sql, **how)  # pyright: ignore[reportArgumentType]


def refusal(look: Callable[[], object]) -> AltynError:
    with pytest.raises(AltynError) as caught:
        look()
    return caught.value


def test_no_answer_leaves_without_its_record(tmp_path: Path) -> None:
    gate = Gate(lambda _: None, log_in(tmp_path / "nowhere"), synthetic=False, clock=lambda: NOW)  # pyright: ignore[reportArgumentType]
    with pytest.raises(AltynError, match="gate.log"):
        gate.read(PERSON, "nonsense", [])


def test_relations_of_one_call_share_snapshot_and_record(gate: Gate) -> None:
    one, two = gate.read(PORTAL, "open", [relation(), relation("SELECT count(*) AS n FROM areas")], reason="page")

    assert (one.rows(), two.rows()) == ([("1000", "Алматы"), ("2000", "Ақтөбе")], [(2,)])
    assert one.record == two.record
    begun, answered = gate.log.records()[-2:]
    assert (begun["outcome"], answered["id"], answered["rows"]) == ("begun", one.record, [2, 1])
    assert one.columns[0].sensitivity == "public", "a column of an answer says what its register says of it"


@pytest.mark.parametrize("written", ["areas", "local.areas", "LOCAL.Areas", '"local"."areas"'])
def test_a_register_is_found_by_its_name_or_its_bare_name(gate: Gate, written: str) -> None:
    assert asked(gate, f"SELECT count(*) FROM {written}").rows() == [(2,)]


@pytest.mark.parametrize(("written", "meant"), [("aeras", "areas"), ("local.plcaes", "local.places")])
def test_a_table_that_is_none_is_offered_the_nearest(gate: Gate, written: str, meant: str) -> None:
    error = refusal(lambda: asked(gate, f"SELECT * FROM {written}"))

    assert error.code == "sql.forbidden"
    assert f"did you mean {meant}?" in error.what.text("en")
    assert "local.areas, local.places" in error.mend.text("en")


def test_a_refusal_leaves_one_record_and_runs_nothing(gate: Gate) -> None:
    before = len(gate.log.records())
    error = refusal(lambda: asked(gate, "SELECT * FROM areas", "research"))

    assert error.code == "gate.purpose-unknown"
    (record,) = gate.log.records()[before:]
    assert (record["outcome"], record["purpose"], record["code"]) == ("refused", "unknown", "gate.purpose-unknown")


def test_the_keepers_purpose_is_not_for_the_portal(gate: Gate) -> None:
    assert gate.is_keeper(PERSON)
    assert not gate.is_keeper(PORTAL)
    assert refusal(lambda: gate.read(PORTAL, "keeping", [relation()])).code == "gate.not-keeper"
    assert gate.read(PERSON, "keeping", [relation()])[0].rows()


def test_a_gate_without_a_folder_is_kept_by_nobody(tmp_path: Path) -> None:
    gate = Gate(lambda _: None, log_in(tmp_path), synthetic=False, clock=lambda: NOW)  # pyright: ignore[reportArgumentType]

    assert not gate.is_keeper(PERSON)


@pytest.mark.parametrize(
    ("day", "places"),
    [
        (date(2019, 1, 1), []),
        (date(2020, 1, 1), ["p1"]),
        (date(2022, 12, 31), ["p1", "p2"]),
        (date(2023, 1, 1), ["p2"]),
        (None, ["p1", "p2"]),
    ],
)
def test_a_day_shows_what_was_valid_on_it_open_at_the_end(gate: Gate, day: date | None, places: list[str]) -> None:
    found = asked(gate, "SELECT id FROM places ORDER BY id", as_of=day)

    assert [row[0] for row in found.rows()] == places


def test_an_answer_is_cut_at_its_limit_and_says_so(gate: Gate) -> None:
    found = asked(gate, "SELECT * FROM areas", limits=QuestionLimits(rows=1))

    assert (len(found.rows()), found.truncated) == (1, True)
    assert not asked(gate, "SELECT * FROM areas", limits=QuestionLimits(rows=2)).truncated


def test_what_there_is_to_ask_is_listed_with_its_kind(gate: Gate) -> None:
    found = asked(gate, "SHOW TABLES")

    assert [(name, kind) for name, kind, _ in found.rows()] == [
        ("local.areas", "register"),
        ("local.places", "register"),
    ]
    assert found.withheld == ()
    assert [row[0] for row in asked(gate, "DESCRIBE areas").rows()][:3] == ["code", "title", "people"]


def test_a_moment_before_the_first_snapshot_has_no_answer(gate: Gate) -> None:
    with pytest.raises(AltynError, match=r"snapshot\."):
        gate.read(PERSON, "open", [relation()], known_at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_statement_that_fails_keeps_its_value_to_itself(gate: Gate) -> None:
    error = refusal(lambda: asked(gate, "SELECT CAST(title || '900101300123' AS DATE) FROM areas"))

    assert error.code.startswith("sql.")
    assert "900101300123" not in str(error)
    assert "900101300123" not in str(gate.log.records()[-2:])


def test_what_was_given_can_be_decided_again_and_is_recorded_anew(gate: Gate) -> None:
    with gate.remembered() as found:
        (answer,) = gate.read(PORTAL, "open", [relation()], reason="page")
    assert found.is_whole
    (given,) = found.given

    record = gate.again(given)
    assert record is not None
    assert (record.repeats, record.outcome) == (answer.record, "answered")


def test_a_look_that_was_refused_is_not_whole(gate: Gate) -> None:
    with gate.remembered() as found:
        refusal(lambda: gate.read(PORTAL, "keeping", [relation()]))
    assert not found.is_whole


def test_a_snapshot_more_ends_what_was_given(tmp_path: Path) -> None:
    trial = made(tmp_path / "project")
    trial.run()
    gate = trial.open().gate
    with gate.remembered() as found:
        gate.read(PORTAL, "open", [relation()])
    trial.areas("1000,Алматы,21\n")
    trial.run()

    assert gate.again(found.given[0]) is None


def test_closed_registers_are_named_and_not_shown(tmp_path: Path) -> None:
    trial = made(tmp_path / "project")
    trial.contract(is_open=False)
    trial.run()
    gate = trial.open().gate

    assert refusal(lambda: gate.read(PORTAL, "open", [relation()])).code == "gate.register-closed"
    assert refusal(lambda: asked(gate, "SELECT 1 FROM areas")).code == "gate.register-closed"
    listed = asked(gate, "SHOW TABLES")
    assert [row[0] for row in listed.rows()] == ["local.places"]
    assert "local.areas" in listed.withheld[0].text("en")
    assert not gate.may_read(PORTAL, "open", trial.open().catalogue.registers["local.areas"]).is_allowed
