"""How the civil registry writes the synthetic country: Kazakh Cyrillic and a number for everyone; the oldest mistakes are its own."""

from altyn import Rendering, home_of, names_of

_NUMBER = (
    "CASE WHEN rows.foreign = 1 AND falls(d0, 0.4) THEN NULL"
    " WHEN falls(d1, 0.004) THEN iin_as_typed(rows.number, d1) ELSE twelve(rows.number) END"
)
_SEX = "CASE rows.female WHEN 1 THEN 'F' ELSE 'M' END"
# An act is written when somebody comes to have it written: a birth and a death are late by days.
_BORN_ON_PAPER = "on_day(rows.born) + 1 + CAST(d0 % 20 AS INTEGER)"
_DIED_ON_PAPER = "on_day(rows.died) + CAST(d0 % 5 AS INTEGER)"
_SURNAME = "s.kazakh || coalesce('-' || d.kazakh, '')"

PERSONS = Rendering(
    "civil.persons",
    "people",
    key="record_no",
    joins=names_of() + home_of(),
    corrected=(1, 2, 4, 6),
    columns={
        "record_no": "'C' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": _NUMBER,
        "surname": f"CASE WHEN falls(d2, 0.06) THEN flattened({_SURNAME}) WHEN falls(d2, 0.07) THEN typo({_SURNAME}, d3) ELSE {_SURNAME} END",
        "given_name": "CASE WHEN falls(d4, 0.05) THEN flattened(g.kazakh) WHEN falls(d4, 0.055) THEN look_alike(g.kazakh) ELSE g.kazakh END",
        "patronymic": "CASE WHEN falls(d5, 0.05) THEN NULL WHEN falls(d5, 0.09) THEN flattened(f.kazakh) ELSE f.kazakh END",
        "birth_date": "CASE WHEN falls(d6, 0.003) THEN date_as_typed(rows.born, d6) ELSE on_day(rows.born) END",
        "sex": _SEX,
        "citizenship": "CASE WHEN rows.foreign = 0 THEN 'KAZ' ELSE (['RUS', 'UZB', 'KGZ', 'CHN', 'TUR'])[1 + rows.origin % 5] END",
        "residence_kato": "p.code",
    },
)
ADDRESSES = Rendering(
    "civil.addresses",
    "homes",
    key="record_no",
    joins=names_of() + home_of(),
    where="NOT falls(d0, 0.03)",
    late=0.08,
    late_days=60,
    columns={
        "record_no": "'A' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": "CASE WHEN falls(d1, 0.22) THEN NULL WHEN falls(d1, 0.23) THEN iin_as_typed(rows.number, d1) ELSE twelve(rows.number) END",
        "full_name": (
            "CASE WHEN falls(d2, 0.3) THEN m.kazakh ELSE s.kazakh END || ' ' || g.kazakh || "
            "CASE WHEN falls(d3, 0.1) THEN '' ELSE ' ' || f.kazakh END"
        ),
        "birth_date": "on_day(rows.born)",
        "kato": "p.code",
        "place": "p.kazakh",
        "street": "t.kazakh",
        "house": "rows.house",
        "flat": "CASE WHEN rows.flat > 0 THEN rows.flat END",
        "since": "on_day(rows.since)",
        "until": "CASE WHEN rows.until >= 0 AND NOT falls(d4, 0.05) THEN on_day(rows.until) END",
        "is_owner": "CASE WHEN rows.owns = 1 AND rows.until < 0 THEN 'yes' ELSE 'no' END",
    },
)
BIRTHS = Rendering(
    "civil.births",
    "births",
    key="act_no",
    joins=names_of() + " " + names_of("mother_", "mo") + " " + names_of("father_", "fa"),
    where=f"{_BORN_ON_PAPER} <= on_day(rows.today)",
    draws=4,
    columns={
        "act_no": "'R' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "registered_on": _BORN_ON_PAPER,
        "child_iin": "CASE WHEN falls(d1, 0.05) THEN NULL ELSE twelve(rows.number) END",
        "child_surname": "m.kazakh",
        "child_given_name": "g.kazakh",
        "child_patronymic": "CASE WHEN rows.father_person >= 0 THEN f.kazakh END",
        "born_on": "on_day(rows.born)",
        "sex": _SEX,
        "mother_iin": "twelve(rows.mother_number)",
        "mother_surname": "mos.kazakh",
        "mother_given_name": "mog.kazakh",
        "father_iin": "CASE WHEN rows.father_person >= 0 THEN twelve(rows.father_number) END",
        "father_surname": "fas.kazakh",
        "father_given_name": "fag.kazakh",
    },
    labels={"mother": "rows.mother_person", "father": "rows.father_person"},
)
MARRIAGES = Rendering(
    "civil.marriages",
    "marriages",
    key="act_no",
    joins=names_of() + " " + names_of("other_", "o"),
    draws=3,
    columns={
        "act_no": "'M' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "registered_on": "on_day(rows.married_on)",
        "wife_iin": "CASE WHEN falls(d0, 0.04) THEN NULL ELSE twelve(rows.number) END",
        "wife_surname_before": "m.kazakh",
        "wife_surname_after": "s.kazakh",
        "wife_given_name": "g.kazakh",
        "wife_birth_date": "on_day(rows.born)",
        "husband_iin": "CASE WHEN falls(d1, 0.04) THEN NULL ELSE twelve(rows.other_number) END",
        "husband_surname": "os.kazakh",
        "husband_given_name": "og.kazakh",
        "husband_birth_date": "on_day(rows.other_born)",
    },
    labels={"husband": "rows.other_person"},
)
DEATHS = Rendering(
    "civil.deaths",
    "deaths",
    key="act_no",
    joins=names_of(),
    where=f"{_DIED_ON_PAPER} <= on_day(rows.today)",
    draws=3,
    columns={
        "act_no": "'D' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "registered_on": _DIED_ON_PAPER,
        "iin": "CASE WHEN falls(d1, 0.06) THEN NULL ELSE twelve(rows.number) END",
        "surname": "s.kazakh",
        "given_name": "g.kazakh",
        "patronymic": "f.kazakh",
        "birth_date": "on_day(rows.born)",
        "died_on": "on_day(rows.died)",
    },
)
