"""Proposing: headers and values say what is compared; a key, an answer and what one source alone has are left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from altyn.errors import AltynError
from altyn.identity.proposing import Sample, propose, unnamed
from altyn.identity.specification import MOST_FIELDS
from altyn.serve.use_cases.linking import scripts
from tests.unit.identity.people import people, specification

ROWS = 60
FOUND = people(ROWS, 3)
FAMILY, GIVEN, BIRTH, TOWN, PHONE = (list(column) for column in zip(*FOUND, strict=True))


def sample(source: str = "a", **columns: Sequence[str | None]) -> Sample:
    return Sample(source, columns)


def kind(header: str, values: Sequence[str | None]) -> str:
    """The kind that is proposed for a column beside one of dates; what it is left out for, in brackets, or `id`."""
    found = propose([Sample("a", {"birth date": BIRTH, header: values})], scripts())
    if header in found.id_columns:
        return "id"
    kinds = {h: f.kind for f in found.fields for h in found.columns[f.name]}
    return kinds.get(header) or f"({found.left_out[header]})"


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("Тегі", FAMILY, "person name"), ("Имя", GIVEN, "person name"), ("surname", FAMILY, "person name"),
        ("x", [f"a{n}@mail.kz" for n in range(ROWS)], "e-mail"),
        ("x", [f"+7 (701) {n:03d}-11-{n:02d}" for n in range(ROWS)], "phone"),
        ("x", [f"{n % 28 + 1:02d}.03.19{n % 50 + 50}" for n in range(ROWS)], "date"),
        ("x", [f"{n * 37},{n % 90 + 10} ₸" for n in range(1, ROWS + 1)], "number"),
        ("x", [f"KZT {n}" for n in range(ROWS)], "full name"),
        ("x", [str(n % 7) for n in range(ROWS)], "category"),
        ("x", ["иә", "жоқ"] * (ROWS // 2), "category"),
        ("x", [f"{g} {f}" for f, g in zip(FAMILY, GIVEN, strict=True)], "full name"),
        ("x", [f"{f} қаласы бойынша {g} көшесі {n}" for n, (f, g) in enumerate(zip(FAMILY, GIVEN, strict=True))], "text"),
        ("x", [f"Болатбек{'абвгдежзик'[n % 10]}{'лмнопр'[n // 10]}" for n in range(ROWS)], "person name"),
        ("x", ["same"] * ROWS, "(one value only)"), ("x", [None] * ROWS, "(no value)"), ("x", ["", "  "] * (ROWS // 2), "(no value)"),
        ("x", [*["a b c"], *[None] * (ROWS - 3), "b c d", "e f g"], "full name"),
        ("id", [str(n) for n in range(ROWS)], "id"), ("recordId", [f"r{n}" for n in range(ROWS)], "id"), ("x", [f"r{n}" for n in range(ROWS)], "id"),
        ("cluster", [str(n // 2) for n in range(ROWS)], "(it looks like the answer)"),
        ("e-mail", [str(n % 7) for n in range(ROWS)], "category"),
        ("town", [f"{f} {g} {n} km on" for n, (f, g) in enumerate(zip(FAMILY, GIVEN, strict=True))], "text"),
    ],
)  # fmt: skip
def test_what_a_column_is(header: str, values: Sequence[str | None], expected: str) -> None:
    assert kind(header, values) == expected


def test_what_is_nearly_always_missing_is_left_out() -> None:
    values = [None] * 990 + [f"a{n} b{n}" for n in range(10)]
    found = propose([sample(name=[f"{g} {n % 700}" for n in range(1000) for g in GIVEN[:1]], rare=values)])

    assert found.left_out["rare"] == "nearly always missing"


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(AltynError) as caught:
        propose([sample("one.csv", id=["1", "2", "3"], same=["x", "x", "x"])])

    assert caught.value.code == "identity.nothing-to-compare"
    assert caught.value.where == "one.csv"


def test_headers_of_several_languages_are_one_field() -> None:
    found = propose(
        [Sample("a", {"Фамилия": FAMILY, "Имя": GIVEN}), Sample("b", {"Тегі": FAMILY, "Аты": GIVEN})], scripts()
    )

    assert found.columns == {"family": ("Фамилия", "Тегі"), "given": ("Имя", "Аты")}
    assert found.entity == "person"


def test_two_columns_of_one_source_are_two_things() -> None:
    found = propose([Sample("a", {"Фамилия": FAMILY, "surname": list(reversed(FAMILY))})], scripts())

    assert found.columns == {"family": ("Фамилия",), "family_2": ("surname",)}


def test_what_only_one_source_has_compares_with_nothing() -> None:
    found = propose([sample("a", family=FAMILY, town=TOWN), sample("b", family=FAMILY)])

    assert found.left_out == {"town": "only one source has it"}
    assert found.names == ("family",)


def test_numbers_that_sources_share_are_no_key_of_theirs() -> None:
    shared = propose([sample("a", code=PHONE, family=FAMILY), sample("b", code=PHONE, family=FAMILY)])
    apart = propose(
        [sample("a", code=PHONE, family=FAMILY), sample("b", code=[p[::-1] + "1" for p in PHONE], family=FAMILY)]
    )

    assert "code" in {h for c in shared.columns.values() for h in c}
    assert apart.id_columns == ("code",)


def test_a_cell_with_a_whole_name_is_taken_apart_where_others_keep_the_parts_apart() -> None:
    whole = [f"{f} {g}" for f, g in zip(FAMILY, GIVEN, strict=True)]
    found = propose([Sample("a", {"Фамилия": FAMILY, "Имя": GIVEN}), Sample("b", {"ФИО": whole})], scripts())

    assert found.columns["family"] == ("Фамилия", "ФИО: word 1")
    assert found.columns["given"] == ("Имя", "ФИО: word 2")
    assert "full name" not in {f.kind for f in found.fields}


def test_more_columns_than_can_be_compared_are_left_out_by_what_they_tell() -> None:
    many = {f"amount {n}": [f"{(n * 7 + r * 13) % 997},5" for r in range(ROWS)] for n in range(40)}
    found = propose([Sample("a", {**many, "surname": FAMILY, "birth date": BIRTH})], scripts())

    assert {"person name", "date"} <= {f.kind for f in found.fields}
    assert len(found.fields) <= MOST_FIELDS
    assert "too many columns" in found.left_out.values()


def test_an_entity_is_guessed_and_may_be_named() -> None:
    firms = [f"ТОО {f} {n}" for n, f in enumerate(FAMILY)]

    assert propose([Sample("a", {"Наименование организации": firms})], scripts()).entity in {"organisation", "record"}
    assert propose([sample(town=TOWN)]).entity == "record"
    assert propose([sample(surname=FAMILY)], entity="taxpayer").entity == "taxpayer"


def test_columns_that_a_written_specification_does_not_name_are_told() -> None:
    found = unnamed(specification(), [sample("a", family=FAMILY, extra=GIVEN), sample("b", extra=GIVEN, other=TOWN)])

    assert list(found) == ["extra", "other"]
