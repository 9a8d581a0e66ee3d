"""How banks write the synthetic country: passport Latin in capitals, often as it stood when the account was opened."""

from altyn import Rendering, names_of

_MAIL = "lower(replace(g.passport, '-', '')) || '.' || CAST(rows.phone % 10000 AS VARCHAR) || '@post.example'"

CLIENTS = Rendering(
    "bank.clients",
    "people",
    key="client_no",
    joins=names_of(),
    where="rows.age >= 18 AND falls(d0, 0.72)",
    twice=0.04,
    draws=9,
    columns={
        "client_no": "'B' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": "CASE WHEN falls(d1, 0.45) THEN NULL WHEN falls(d1, 0.46) THEN iin_as_typed(rows.number, d1) ELSE twelve(rows.number) END",
        "surname": "upper(CASE WHEN falls(d2, 0.3) THEN m.passport WHEN falls(d2, 0.34) THEN s.typed ELSE s.passport END)",
        "given_name": "upper(CASE WHEN falls(d3, 0.04) THEN g.typed WHEN falls(d3, 0.06) THEN typo(g.passport, d3) ELSE g.passport END)",
        "birth_date": "CASE WHEN falls(d4, 0.006) THEN date_as_typed(rows.born, d4) ELSE on_day(rows.born) END",
        "sex": "CASE rows.female WHEN 1 THEN 'F' ELSE 'M' END",
        "phone": "CASE WHEN falls(d5, 0.1) THEN NULL WHEN falls(d5, 0.25) THEN mobile(d6 * 1000 + d7 % 1000) ELSE mobile(rows.phone) END",
        "email": f"CASE WHEN falls(d8, 0.4) THEN {_MAIL} END",
    },
)
