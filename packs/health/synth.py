"""How clinics write the synthetic country: typed at the counter, in either language, a parent's number on a child's card."""

from altyn import Rendering, home_of, names_of

_RUSSIAN = "falls(d0, 0.55)"

ATTACHMENTS = Rendering(
    "health.attachments",
    "people",
    key="card_no",
    joins=names_of() + home_of() + home_of("_before", "b"),
    where="NOT falls(d1, 0.06)",
    twice=0.03,
    draws=10,
    columns={
        "card_no": "'H' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "iin": (
            "CASE WHEN falls(d2, 0.42) THEN NULL WHEN rows.age < 16 AND rows.mother_number >= 0 AND falls(d2, 0.47) THEN twelve(rows.mother_number) "
            "WHEN falls(d2, 0.49) THEN iin_as_typed(rows.number, d2) ELSE twelve(rows.number) END"
        ),
        "surname": (
            f"CASE WHEN falls(d3, 0.08) THEN typo(CASE WHEN {_RUSSIAN} THEN s.russian ELSE flattened(s.kazakh) END, d3) "
            f"WHEN falls(d3, 0.2) THEN m.russian WHEN {_RUSSIAN} THEN s.russian ELSE s.kazakh END"
        ),
        "given_name": (
            f"CASE WHEN falls(d4, 0.07) THEN typo(CASE WHEN {_RUSSIAN} THEN g.russian ELSE flattened(g.kazakh) END, d4) "
            f"WHEN falls(d4, 0.09) THEN look_alike(g.russian) WHEN {_RUSSIAN} THEN g.russian ELSE g.kazakh END"
        ),
        "patronymic": (
            f"CASE WHEN falls(d5, 0.2) THEN NULL WHEN falls(d5, 0.26) THEN typo(f.russian, d5) WHEN {_RUSSIAN} THEN f.russian "
            "ELSE flattened(f.kazakh) END"
        ),
        "birth_date": "CASE WHEN falls(d6, 0.02) THEN date_as_typed(rows.born, d6) WHEN falls(d6, 0.025) THEN NULL ELSE on_day(rows.born) END",
        "sex": "CASE WHEN falls(d7, 0.005) THEN 'M' WHEN rows.female = 1 THEN 'F' ELSE 'M' END",
        "place": "CASE WHEN falls(d8, 0.15) THEN bp.russian ELSE p.russian END",
        "address": "CASE WHEN falls(d8, 0.15) THEN bt.russian || ' ' || rows.house_before ELSE t.russian || ' ' || rows.house END",
        "phone": "CASE WHEN falls(d9, 0.25) THEN NULL WHEN falls(d9, 0.6) THEN mobile(rows.home_phone) ELSE mobile(rows.phone) END",
    },
)
