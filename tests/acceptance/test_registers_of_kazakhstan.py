"""The real registers and their traps: each trap of the sources is a case here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.running import RunReport
from altyn.serve.workspace import Workspace

Ask = Callable[..., list[tuple[object, ...]]]


def _finding(report: RunReport, register: str, rule: str) -> int:
    return sum(int(f["rows"]) for f in report.findings if f["register"] == register and f["rule"] == rule)


def test_all_registers_load_and_nothing_is_lost(loaded: tuple[Workspace, RunReport]) -> None:
    _, report = loaded

    assert report.errors == []
    assert {str(line["status"]) for line in report.lines} == {"loaded"}
    for line in report.lines:
        assert line["read"] == line["put"] + line["refused"], line["register"]


def test_kato_has_15594_rows_and_20_regions(ask: Ask) -> None:
    assert ask("select count(*) from kato") == [(15594,)]
    assert ask("select level, count(*) from kato group by level order by 2") == [
        ("oblast", 20),
        ("district", 209),
        ("sub_district", 2379),
        ("settlement", 12986),
    ]


def test_39_rows_without_a_positional_parent_belong_to_the_nearest_ancestor(
    ask: Ask, loaded: tuple[Workspace, RunReport]
) -> None:
    assert _finding(loaded[1], "kazakhstan.kato", "hierarchy") == 39
    assert ask("select parent_kato from kato where kato = '113820100'") == [("113800000",)]
    # Every parent exists, and only the regions have none.
    assert ask(
        "select count(*) from kato c where parent_kato is not null and not exists (select 1 from kato p where p.kato = c.parent_kato)"
    ) == [(0,)]
    assert ask("select count(*) from kato where parent_kato is null") == [(20,)]


def test_every_tax_decision_lies_in_kato_and_holds_through_its_last_day(ask: Ask) -> None:
    assert ask("select count(*) from tax_rates") == [(158,)]
    assert ask("select count(*) from tax_rates t join kato k on k.kato = t.kato") == [(158,)]
    assert ask("select count(*) from tax_rates", as_of="2026-12-31") == [(158,)]
    assert ask("select count(*) from tax_rates", as_of="2027-01-01") == [(0,)]
    assert ask("select count(*) from tax_rates", as_of="2025-12-31") == [(0,)]


def test_both_figures_of_1_january_2023_are_kept_with_their_vintage(ask: Ask) -> None:
    rows = ask("select vintage, value from population_total where year = 2023 order by vintage")

    assert [(v, int(str(n))) for v, n in rows] == [("first", 19765004), ("revised", 19766807)]


def test_the_double_count_is_caught(ask: Ask, demo: Workspace, loaded: tuple[Workspace, RunReport]) -> None:
    # In the file of 2020 the republic stands among its regions: summed as it is, 37.26 million.
    assert demo.quarantine_count("kazakhstan.population_2020_by_sex")["by_rule"] == [("row:total_among_parts", "", 2)]
    assert ask("select sum(population) from population_2020_by_sex") == [(18631779,)]
    # Where the national total is kept, indicators leave it out, and the run says so.
    assert _finding(loaded[1], "kazakhstan.population", "row:total_among_parts") == 24
    assert ask(
        "select cast(sum(value) as bigint) from population_by_region where year = 2023 and vintage = 'revised'"
    ) == [(19766807,)]


def test_three_regions_exist_only_from_2022(ask: Ask, demo: Workspace) -> None:
    new = ask("select area, min(year) from population group by area having min(year) = 2022 order by area")
    breaks = {(b.value, b.start) for b in demo.catalogue.registers["kazakhstan.population"].series_breaks}

    assert [a for a, _ in new] == ["100000000", "330000000", "620000000"]
    assert {(str(a), str(y)) for a, y in new} <= breaks


def test_boundaries_of_two_times_do_not_mix(ask: Ask) -> None:
    assert ask("select count(*) from boundaries") == [(20,)]
    assert ask("select count(*) from boundaries_2018") == [(16,)]
    assert ask("select count(*) from boundaries b join kato k on k.kato = b.area where k.level = 'oblast'") == [(20,)]


def test_kazakh_names_are_sorted_by_their_alphabet(ask: Ask) -> None:
    names = [n for (n,) in ask("select name_kk from kato where level = 'oblast' order by name_kk collate kk")]

    assert names[:4] == ["Абай облысы", "Ақмола облысы", "Ақтөбе облысы", "Алматы қ."]
    assert names[-2:] == ["Шығыс Қазақстан облысы", "Шымкент қ."] or names[-1] in {
        "Шығыс Қазақстан облысы",
        "Шымкент қ.",
    }
    assert names.index("Қарағанды облысы") < names.index("Маңғыстау облысы") < names.index("Ұлытау облысы")


def test_any_number_opens_to_rows_that_add_up_to_it(demo: Workspace) -> None:
    from altyn.model.relations import Input, Relation
    from altyn.policy.principals import local

    for measure in demo.catalogue.measures.values():
        table = demo.gate.read(
            local(), "synthetic", [Relation("select * from m", {"m": Input(measure.name, "table")})]
        )[0]
        names = [c.name for c in table.columns]
        for row in table.rows()[:: max(1, len(table.rows()) // 7)]:
            values = {d.column: row[names.index(d.column)] for d in measure.dimensions}
            behind = demo.gate.read(local(), "synthetic", [measure.rows_relation(**values)])[0]

            assert len(behind.rows()) == row[names.index("n")], (measure.name, values)


def test_the_statements_are_17_in_their_order_and_each_says_how_sure_it_is(ask: Ask) -> None:
    rows = ask("select position, quote, qualifier, passed_on_by from statements order by position")

    assert [r[0] for r in rows] == list(range(1, 18))
    assert {r[1] for r in rows} == {"paraphrase"}
    assert ask("select value, unit from statements where indicator = 'it_exports'")[0][1] == "USD"


def test_a_second_run_of_the_demo_has_nothing_to_do(demo: Workspace) -> None:
    from altyn.serve.use_cases.running import run_project

    again = run_project(demo)

    assert again.snapshot is None
    assert {str(x["status"]) for x in again.lines} == {"unchanged"}


def test_history_leads_to_the_line_in_the_file(demo: Workspace) -> None:
    version = questions.history(demo, demo.register("kato"), "113820100")[0]
    line = (demo.project.folder / str(version.file)).read_text(encoding="utf-8").splitlines()[(version.line or 0) - 1]

    assert line.startswith("113820100,")


def test_iin_and_bin_in_sql_and_python_agree(demo: Workspace) -> None:
    import random

    from altyn.engines.duckdb import Session

    chance = random.Random(7)  # noqa: S311  # not a secret
    for kind in (demo.catalogue.kinds["iin"], demo.catalogue.kinds["bin"]):
        texts = [f"{chance.randrange(10**12):012d}" for _ in range(5000)]
        texts += [
            "",
            "12345678901O",
            "1234567890123",
            "921029350851",
            "000000000000",
            "92102935085",
            " 921029350851",
            "٩٢١٠٢٩٣٥٠٨٥١",
        ]
        with Session(threads=1) as session:
            session.insert("t", [("v", "VARCHAR")], [(t,) for t in texts])
            found = [bool(b) for (b,) in session.run(f"select {kind.expression('v')} from t")]
        expected = [kind.python(t) for t in texts]

        # Not the two lists: on CI pytest draws the difference of 5,008 items line by line, which takes hours.
        assert [t for t, sql, python in zip(texts, found, expected, strict=True) if sql != python] == []
        assert 0.0 < sum(expected) / len(expected) < 0.15


def test_a_closed_purpose_is_refused_at_every_door(demo: Workspace) -> None:
    with pytest.raises(AltynError, match="gate.register-closed"):
        questions.query(demo, "select count(*) from civil.persons")
