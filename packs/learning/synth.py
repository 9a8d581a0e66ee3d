"""How a course platform writes the synthetic country: what people type themselves, Latin or not, an e-mail and no number."""

from altyn import Rendering, home_of, names_of

_HAND = (
    "CASE WHEN falls(d0, 0.5) THEN {0}.passport WHEN falls(d0, 0.75) THEN {0}.typed "
    "WHEN falls(d0, 0.83) THEN {0}.alphabet_2021 ELSE {0}.russian END"
)
_SURNAME, _MAIDEN, _GIVEN = _HAND.format("s"), _HAND.format("m"), _HAND.format("g")
_LOCAL = "lower(replace(g.passport, '-', '')) || '.' || CAST(CASE WHEN falls(d5, 0.7) THEN rows.phone % 10000 ELSE d5 END AS VARCHAR)"

LEARNERS = Rendering(
    "learning.learners",
    "people",
    key="learner_no",
    joins=names_of() + home_of(),
    where="rows.age >= 12 AND rows.age < 60 AND falls(d1, CASE WHEN rows.age < 30 THEN 0.5 ELSE 0.2 END)",
    twice=0.03,
    columns={
        "learner_no": "'L' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "surname": f"CASE WHEN falls(d2, 0.05) THEN typo({_SURNAME}, d2) WHEN falls(d2, 0.12) THEN {_MAIDEN} ELSE {_SURNAME} END",
        "given_name": f"CASE WHEN falls(d3, 0.04) THEN typo({_GIVEN}, d3) ELSE {_GIVEN} END",
        "birth_date": "CASE WHEN falls(d4, 0.06) THEN NULL WHEN falls(d4, 0.08) THEN date_as_typed(rows.born, d4) ELSE on_day(rows.born) END",
        "email": f"{_LOCAL} || '@post.example'",
        "phone": "CASE WHEN falls(d6, 0.45) THEN mobile(rows.phone) END",
        "studies": "CASE rows.level WHEN 0 THEN 'school' WHEN 1 THEN 'university' ELSE 'none' END",
        "studies_since": "CASE WHEN rows.level >= 0 THEN on_day(rows.studies_since) END",
        "city": "CASE WHEN falls(d7, 0.8) THEN p.passport END",
    },
)
