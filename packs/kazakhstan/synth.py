"""Kazakhstan for the synthetic country: regions and ages from sources, names and their spellings from the tables in synth/.

Regions: people by sex on 1 January 2023 (Bureau of National Statistics). Ages: United Nations, WPP 2019, for 2020. Places: KATO.
Shares of communities by region, sizes of places and all weights of names are assumptions of this project, not statistics.
"""

import csv
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from altyn import Area, Band, Community, Country, Norms, Place

_FOLDER = Path(__file__).parent
_DATA = _FOLDER / "demo" / "data"
# The republic's own row, and the names by which the source calls a region that the code list calls otherwise.
_REPUBLIC = "The Republic of Kazakhstan"
_COMMUNITIES = ("kazakh", "slavic", "turkic", "other")
# Assumed shares (kazakh, slavic, turkic, other) by the first two digits of the region's code.
_SHARES = {"11": (52, 38, 3, 7), "39": (42, 50, 2, 6), "59": (36, 57, 2, 5), "55": (53, 40, 2, 5), "63": (60, 36, 2, 2), "35": (52, 40, 3, 5),
           "75": (62, 24, 9, 5), "79": (66, 11, 21, 2), "61": (77, 2, 20, 1), "31": (73, 10, 14, 3), "71": (80, 14, 3, 3)}  # fmt: skip
_OTHERS = (82, 12, 4, 2)
_VOWELS = "аәеёиоөуұүыіэюя"
_SOFT = {"Никита", "Илья", "Фома", "Лука", "Савва"}
_VILLAGES = 60
# Mistakes that belong to these letters and numbers; u is a draw below 1,000,000.
_MACROS = (
    "CREATE MACRO flattened(t) AS translate(t, 'әғқңөұүһіӘҒҚҢӨҰҮҺІ', 'агкноуухиАГКНОУУХИ')",
    "CREATE MACRO look_alike(t) AS translate(t, 'асеорхАСЕОРХТМК', 'aceopxACEOPXTMK')",
    # Lost zeros, a letter for a digit, spaces, one digit wrong, a number that stands for none.
    (
        "CREATE MACRO iin_as_typed(n, u) AS CASE (u // 7) % 8 WHEN 0 THEN ltrim(twelve(n), '0') WHEN 1 THEN replace(twelve(n), '0', 'О') "
        "WHEN 2 THEN left(twelve(n), 6) || ' ' || substr(twelve(n), 7) WHEN 3 THEN '000000000000' "
        "WHEN 4 THEN left(twelve(n), 10) || substr(twelve(n), 12) "
        "ELSE left(twelve(n), 7 + u % 4) || CAST(u % 10 AS VARCHAR) || substr(twelve(n), 9 + u % 4) END"
    ),
    # Day and month swapped, the year beside it, the first of January, two digits turned.
    (
        "CREATE MACRO date_as_typed(n, u) AS CASE (u // 3) % 4 WHEN 0 THEN CASE WHEN day(on_day(n)) <= 12 "
        "THEN make_date(year(on_day(n)), day(on_day(n)), month(on_day(n))) ELSE on_day(n) END "
        "WHEN 1 THEN on_day(n) + 1 + CAST(u % 9 AS INTEGER) WHEN 2 THEN make_date(year(on_day(n)), 1, 1) "
        "ELSE make_date(year(on_day(n)) + CAST(u % 2 AS INTEGER) * 2 - 1, month(on_day(n)), least(day(on_day(n)), 28)) END"
    ),
)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "synth" / name).read_text(encoding="utf-8"))


def _falling(names: list[str], power: float, flat: float, total: float = 1.0) -> dict[str, float]:
    weights = {name: 1 / (rank + flat) ** power for rank, name in enumerate(names)}
    whole = sum(weights.values())
    return {name: weight / whole * total for name, weight in weights.items()}


def _speller(table: dict[str, str]) -> Callable[[str], str]:
    """What spells by a table: `^` binds a key to the beginning of a word, `$` to its end; letters it does not know stay."""
    keys = sorted(table, key=lambda k: (-len(k), k))
    pattern = re.compile(
        "|".join(
            ("(?<!\\w)" if k[0] == "^" else "") + re.escape(k.strip("^$")) + ("(?!\\w)" if k[-1] == "$" else "")
            for k in keys
        )
    )

    def replaced(found: re.Match[str]) -> str:
        bound = (
            "^" + found[0] if found.start() == 0 or not found.string[found.start() - 1].isalnum() else found[0] + "$"
        )
        return table.get(bound) or table.get(found[0], found[0])

    def spell(name: str) -> str:
        low = pattern.sub(replaced, name.lower())
        return re.sub(r"(^|[\s\-])(\w)", lambda found: found[1] + found[2].upper(), low)

    return spell


def surname_forms(surname: str) -> tuple[str, str, str]:
    """Forms of a surname for a man, for a woman, and bare.

    >>> surname_forms("Оспанов"), surname_forms("Вишневский")[1], surname_forms("Ким")[1]
    (('Оспанов', 'Оспанова', 'Оспан'), 'Вишневская', 'Ким')
    """
    if surname.endswith(("ов", "ев", "ёв")):
        bare = surname[:-2]
        return surname, surname + "а", bare if len(bare) > 3 else surname  # noqa: PLR2004  # shorter ones are no names
    if surname.endswith(("ин", "ын")):
        return surname, surname + "а", surname
    if surname.endswith(("ский", "цкий")):
        return surname, surname[:-2] + "ая", surname
    return surname, surname, surname


def fathers_name(name: str) -> tuple[str, str, str, str]:
    """A father's name for a man and a woman, with -ұлы and -қызы, then with -ович and -овна.

    >>> fathers_name("Серік"), fathers_name("Сергей")[2:], fathers_name("Илья")[2:]
    (('Серікұлы', 'Серікқызы', 'Серікович', 'Серіковна'), ('Сергеевич', 'Сергеевна'), ('Ильич', 'Ильинична'))
    """
    kazakh = (name + "ұлы", name + "қызы")
    if name in _SOFT:
        return *kazakh, name[:-1] + "ич", name[:-1] + ("инична" if name == "Илья" else "ична")
    if name[-1] in "йь":
        stem = name[:-2] + "ь" if name.endswith("ий") and name != "Дмитрий" else name[:-1]
        return *kazakh, stem + "евич", stem + "евна"
    joint = "е" if name[-1].lower() in _VOWELS or name[-1] in "жшчщц" else "о"
    return *kazakh, f"{name}{joint}вич", f"{name}{joint}вна"


def _communities() -> tuple[Community, ...]:
    tables = _toml("names.toml")
    newborns = [r for r in _rows(_FOLDER / "synth" / "forenames_kz_ru.csv") if r["Country"] == "KZ"]
    heads = {
        r["Localized Name"]: float(r["Count"])
        for r in _rows(_FOLDER / "synth" / "surnames_kz_ru.csv")
        if r["Country"] == "KZ"
    }
    found: list[Community] = []
    for name in _COMMUNITIES:
        table = tables[name]
        men, women = _falling(table["men"], 0.7, 8, 0.75), _falling(table["women"], 0.7, 8, 0.75)
        surnames = _falling(table["surnames"], 0.6, 6)
        if "first_parts" in table:
            first, second, of_women = table["first_parts"], table["second_parts"], table["second_parts_of_women"]
            tail = [a + b for b in second for a in first if not b.startswith(a.lower())]
            men = men | _falling([n for n in tail if n not in men], 0.5, 40, 0.25)
            women = women | _falling([a + b for b in of_women for a in first if a + b not in women], 0.5, 40, 0.25)
            for row in newborns:
                side = men if row["Gender"] == "M" else women
                side[row["Localized Name"].replace("\u0301", "")] = 0.008
            stems = [n + ("ев" if n[-1] in _VOWELS + "й" else "ов") for n in (*table["men"], *tail)]
            stems = [n.replace("йев", "ев") for n in stems]
            surnames = _falling(list(dict.fromkeys([*table["surnames"], *stems])), 0.75, 25)
            total = sum(heads.values()) * 9
            surnames = {n: w * 8 / 9 for n, w in surnames.items()} | {
                n: c / total for n, c in heads.items() if n not in tables["slavic"]["surnames"]
            }
        found.append(
            Community(
                name,
                tuple(men.items()),
                tuple(women.items()),
                tuple(surnames.items()),
                table["old_style"],
                table["bare"],
            )
        )
    return tuple(found)


def _places(kato: list[dict[str, str]], region: str, spellings: dict[str, Callable[[str], str]]) -> tuple[Place, ...]:
    """Towns by name, and some of the villages; how many live in each is assumed."""
    own = [r for r in kato if r["kato"].startswith(region) and r["level"] in {"sub_district", "settlement"}]
    towns = [r for r in own if r["name_ru"].startswith("г.") or "район" in r["name_ru"]]
    villages = [r for r in own if r["name_ru"].startswith("с.") and r["level"] == "settlement"]
    step = max(1, len(villages) // _VILLAGES)
    sized = [(r, 40 / (i + 1)) for i, r in enumerate(towns)] + [(r, 0.8) for r in villages[::step]]
    found: list[Place] = []
    for row, weight in sized:
        kazakh = re.sub(r"\s+(қ|а|к)\.$|\s+ауданы$", "", row["name_kk"])
        names = {s: spell(kazakh) for s, spell in spellings.items()}
        names["kazakh"] = kazakh
        names["russian"] = re.sub(r"^(г|с|п)\.|\s*район\s*", "", row["name_ru"])
        found.append(Place(row["kato"], names, weight))
    return tuple(found)


def country() -> Country:
    """The tables of the synthetic country."""
    spellings = {"kazakh": str} | {name: _speller(table) for name, table in _toml("spelling.toml").items()}
    kato = _rows(_DATA / "kato.csv")
    codes = {r["alias"].strip(): r["code"] for r in _rows(_FOLDER / "codes" / "region_names.csv")}
    areas: list[Area] = []
    for row in _rows(_DATA / "city_population.csv"):
        if row["Region"].strip() == _REPUBLIC:
            continue
        code = codes[row["Region"].strip()]
        shares = tuple(float(s) / 100 for s in _SHARES.get(code[:2], _OTHERS))
        areas.append(Area(code, int(row["Males"]), int(row["Females"]), shares, _places(kato, code[:2], spellings)))
    bands = _rows(_DATA / "wpp2019_kz_age5_sex_1950_2020.csv")
    people = {(r["age"], r["sex"]): float(r["pop_thousand"]) for r in bands if r["year"] == "2020"}
    pyramid = tuple(
        Band(int(re.sub(r"\D.*", "", age)), 5, people[age, "M"], people[age, "F"]) for age, sex in people if sex == "M"
    )
    words = _toml("words.toml")

    def both(text: str) -> dict[str, str]:
        kazakh, russian = text.split("|")
        return {s: spell(kazakh) for s, spell in spellings.items()} | {
            "kazakh": kazakh,
            "russian": russian,
            "russian_old": russian,
        }

    forms = (("ЖШС", "ТОО", "LLP", 0.8), ("АҚ", "АО", "JSC", 0.05), ("ШҚ", "КХ", "Farm", 0.1), ("ЖК", "ИП", "IE", 0.05))
    return Country(
        base="2026-01-01",
        areas=tuple(areas),
        pyramid=pyramid,
        communities=_communities(),
        streets=tuple(both(s) for s in words["streets"]),
        spellings=spellings,
        surname_forms=surname_forms,
        fathers_name=fathers_name,
        check_rounds=((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)),
        check_modulus=11,
        organisation_forms=tuple(
            ({s: (kk if s == "kazakh" else ru if s.startswith("russian") else en) for s in spellings}, share)
            for kk, ru, en, share in forms
        ),
        organisation_words=tuple(both(s) for s in words["words"]),
        # As of 2026, simplified: not a statement of the law, and not checked by a jurist.
        norms=Norms(
            retires=(63, 61),
            school=(6, 11),
            study_years=4,
            care_days=548,
            large_family=4,
            unemployment_days=180,
            amounts=((95_000, 80_000), (60_000, 45_000), (63_000, 30_000), (40_000, 90_000), (45_000, 60_000)),
            wage=240_000,
        ),
        macros=_MACROS,
        sources=(
            "Regions and sexes: Bureau of National Statistics, 1 January 2023, city_population.csv (PDDL)",
            "Ages: United Nations, World Population Prospects 2019, year 2020 (CC BY 3.0 IGO)",
            "Places: KATO of 17 July 2026",
            "Heads of names: sigpwned/popular-names-by-country-dataset, July 2023 (CC0)",
        ),
    )
