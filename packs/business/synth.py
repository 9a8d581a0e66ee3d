"""How the register of organisations writes the synthetic country: three languages, and forms of law in front or behind."""

from altyn import Rendering, home_of, names_of

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
_COMPANY = " LEFT JOIN organisation AS o ON o.organisation = rows.organisation"
_HOLDER = " LEFT JOIN organisation AS h ON h.organisation = rows.owner_organisation"
_HOLDER_NAME = (
    " LEFT JOIN form AS hf ON hf.no = h.form LEFT JOIN word AS hw ON hw.no = h.word "
    "LEFT JOIN word AS hv ON h.has_other = 1 AND hv.no = h.other_word"
)
_PERSON_NAME = "s.russian || ' ' || g.russian || CASE WHEN falls(d2, 0.1) THEN '' ELSE ' ' || f.russian END"
OWNERS = Rendering(
    "business.owners",
    "owners",
    key="entry_no",
    joins=names_of() + _COMPANY + _HOLDER + _HOLDER_NAME,
    draws=4,
    late=0.1,
    late_days=45,
    columns={
        "entry_no": "'O' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "bin": "twelve(o.bin)",
        "owner_kind": "CASE WHEN rows.owner_organisation >= 0 THEN 'organisation' ELSE 'person' END",
        "owner_bin": "twelve(h.bin)",
        "owner_iin": "CASE WHEN rows.owner_organisation < 0 AND NOT falls(d0, 0.06) THEN twelve(rows.number) END",
        "owner_name": (
            "CASE WHEN rows.owner_organisation >= 0 THEN hf.russian || ' «' || hw.russian || coalesce(' ' || hv.russian, '') || '»' "
            f"WHEN falls(d1, 0.06) THEN typo({_PERSON_NAME}, d1) ELSE {_PERSON_NAME} END"
        ),
        "share_percent": "CAST(rows.share / 100 AS DECIMAL(5, 2))",
        "since": "on_day(rows.since)",
        "until": "CASE WHEN rows.until >= 0 THEN on_day(rows.until) END",
    },
    labels={"owner": "rows.person", "owner_organisation": "rows.owner_organisation"},
)
DIRECTORS = Rendering(
    "business.directors",
    "directors",
    key="entry_no",
    joins=names_of() + _COMPANY,
    draws=4,
    late=0.1,
    late_days=45,
    form="xlsx",
    columns={
        "entry_no": "'R' || lpad(CAST(rows.record AS VARCHAR), 13, '0')",
        "bin": "twelve(o.bin)",
        "director_iin": "CASE WHEN falls(d0, 0.08) THEN NULL ELSE twelve(rows.number) END",
        "director_name": f"CASE WHEN falls(d1, 0.06) THEN typo({_PERSON_NAME}, d1) ELSE {_PERSON_NAME} END",
        "since": "strftime(on_day(rows.since), '%d.%m.%Y')",
        "until": "CASE WHEN rows.until >= 0 THEN strftime(on_day(rows.until), '%d.%m.%Y') END",
    },
    labels={"director": "rows.person"},
)
