"""How employers write the synthetic country: Russian spelling, the whole name in one cell, capitals, dots in dates."""

from altyn import Rendering, names_of

# Many still use the spelling of older papers, or a wife's maiden name.
_SURNAME = "CASE WHEN falls(d2, 0.12) THEN m.russian WHEN falls(d2, 0.2) THEN s.russian_old ELSE s.russian END"
_GIVEN = "CASE WHEN falls(d3, 0.1) THEN g.russian_old WHEN falls(d3, 0.13) THEN typo(g.russian, d3) ELSE g.russian END"
_FATHERS = "CASE WHEN falls(d4, 0.12) THEN NULL WHEN falls(d4, 0.2) THEN f.russian_old ELSE f.russian END"
_NUMBER = "CASE WHEN falls(d1, {missing}) THEN NULL WHEN falls(d1, {wrong}) THEN iin_as_typed(rows.number, d1) ELSE twelve(rows.number) END"
_BORN = "strftime(CASE WHEN falls(d5, 0.008) THEN date_as_typed(rows.born, d5) ELSE on_day(rows.born) END, '%d.%m.%Y')"
_WORKPLACE = " LEFT JOIN organisation AS o ON o.organisation = rows.employer"

EMPLOYMENT = Rendering(
    "work.employment",
    "jobs",
    key="contract_no",
    joins=names_of() + _WORKPLACE,
    delimiter=";",
    encoding="cp1251",
    late=0.04,
    corrected=(3, 5),
    columns={
        "contract_no": "'T-' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": _NUMBER.format(missing="0.2", wrong="0.22"),
        "full_name": f"upper({_SURNAME} || ' ' || {_GIVEN} || coalesce(' ' || {_FATHERS}, ''))",
        "birth_date": _BORN,
        "employer_bin": "twelve(o.bin)",
        "started_on": "on_day(rows.since)",
        "ended_on": "CASE WHEN rows.until >= 0 THEN on_day(rows.until) END",
        "wage": "rows.wage",
    },
)
CONTRIBUTIONS = Rendering(
    "work.contributions",
    "jobs",
    key="payment_no",
    joins=names_of() + _WORKPLACE,
    where="rows.until < 0 AND NOT falls(d6, 0.1)",
    columns={
        "payment_no": "'P-' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": _NUMBER.format(missing="0.3", wrong="0.32"),
        "surname": _SURNAME,
        "given_name": _GIVEN,
        "patronymic": _FATHERS,
        "birth_date": "CASE WHEN falls(d7, 0.1) THEN NULL ELSE strftime(on_day(rows.born), '%d.%m.%Y') END",
        "payer_bin": "twelve(o.bin)",
        "income": "with_comma(rows.wage * 100)",
        "contribution": "with_comma(rows.wage * 10)",
    },
)
