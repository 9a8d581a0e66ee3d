"""How the register of organisations writes the synthetic country: three languages, and forms of law in front or behind."""

from altyn import Rendering, home_of

_WORDS = (
    " LEFT JOIN form AS f ON f.no = rows.form LEFT JOIN word AS w ON w.no = rows.word "
    "LEFT JOIN word AS v ON rows.has_other = 1 AND v.no = rows.other_word"
)
_NAME = "w.{0} || coalesce(' ' || v.{0}, '')"
_KAZAKH, _RUSSIAN, _LATIN = _NAME.format("kazakh"), _NAME.format("russian"), _NAME.format("passport")

ORGANISATIONS = Rendering(
    "business.organisations",
    "organisations",
    key="bin",
    joins=_WORDS + home_of(),
    draws=2,
    columns={
        "bin": "twelve(rows.bin)",
        "name_kk": f"'«' || {_KAZAKH} || '» ' || f.kazakh",
        "name_ru": f"f.russian || ' «' || {_RUSSIAN} || '»'",
        "name_en": f"{_LATIN} || ' ' || f.passport",
        "kato": "p.code",
        "address": "t.russian || ' ' || rows.house",
        "phone": "mobile(rows.phone)",
    },
)
SUPPLIERS = Rendering(
    "business.suppliers",
    "organisations",
    key="supplier_no",
    joins=_WORDS + home_of(),
    where="falls(d0, 0.6)",
    draws=6,
    twice=0.1,
    columns={
        "supplier_no": "'U' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "bin": "CASE WHEN falls(d1, 0.3) THEN NULL ELSE twelve(rows.bin) END",
        "name": (
            f"CASE WHEN falls(d2, 0.3) THEN f.russian || ' ' || upper({_RUSSIAN}) WHEN falls(d2, 0.5) THEN {_LATIN} || ', ' || f.passport "
            f"WHEN falls(d2, 0.7) THEN f.kazakh || ' «' || {_KAZAKH} || '»' ELSE f.russian || ' \"' || {_RUSSIAN} || '\"' END"
        ),
        "place": "CASE WHEN falls(d3, 0.9) THEN p.russian END",
        "phone": "CASE WHEN falls(d4, 0.5) THEN mobile(rows.phone) END",
    },
)
