"""What a pack says of a synthetic country: who lives where, how they are called, and how each register's keeper writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """A place where people live, with its names by spelling and its share of the area's people (any unit)."""

    code: str
    names: Mapping[str, str]
    weight: float


@dataclass(frozen=True, slots=True)
class Area:
    """A region: its code, people by sex at the base date, shares of the communities, and its places."""

    code: str
    men: int
    women: int
    communities: tuple[float, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Community:
    """People who share a stock of names.

    `men`, `women` and `surnames` are (name, weight); surnames are stems that the country's `surname_forms` completes.
    `old_style` is the share whose father's name is formed the country's first way, `bare` the share with a bare surname.
    """

    name: str
    men: tuple[tuple[str, float], ...]
    women: tuple[tuple[str, float], ...]
    surnames: tuple[tuple[str, float], ...]
    old_style: float
    bare: float


@dataclass(frozen=True, slots=True)
class Band:
    """A group of the age pyramid: from `age` to below `age + years`, people by sex (any unit)."""

    age: int
    years: int
    men: float
    women: float


# What the simulation pays, in this order: `rows.kind` of `payments` is a place in it.
PAYMENTS = ("age", "disability", "large family", "care of a child", "unemployment")


@dataclass(frozen=True, slots=True)
class Norms:
    """Ages, lengths and amounts that a state sets; simplified, and no statement of its law.

    Attributes:
        retires: age at which a man and a woman retire, in years.
        school: age at which school begins, and how many years it takes.
        study_years: length of studies after school.
        care_days: how long the care of a child is paid from its birth, in days.
        large_family: from how many children under 18 a family is large.
        unemployment_days: how long the loss of work is paid at most, in days; after at least as many days of work.
        amounts: monthly amount of each of `PAYMENTS`, in the state's money: least, and how much more it may be.
        wage: middle monthly wage at the base day.
    """

    retires: tuple[int, int]
    school: tuple[int, int]
    study_years: int
    care_days: int
    large_family: int
    unemployment_days: int
    amounts: tuple[tuple[int, int], ...]
    wage: int


@dataclass(frozen=True, slots=True)
class Country:
    """A synthetic country.

    Attributes:
        base: the day the world stands at, as an ISO date; `--day K` is K days later.
        areas: regions with their people; the shares are what the sources say.
        pyramid: ages by sex at the base date.
        communities: names.
        streets: street names by spelling.
        spellings: name of a spelling -> what turns a name of the first spelling into it.
        surname_forms: stem -> its forms for a man, for a woman, and bare.
        fathers_name: given name of the father -> forms (man, woman) the first way, (man, woman) the second way.
        check_digit: first eleven digits -> weights of each round, for numbers of persons and organisations.
        organisation_forms: legal forms by spelling, with their share.
        organisation_words: words that names of organisations are made of, by spelling.
        norms: ages of school and pension, what is paid and how much.
        macros: SQL macros that renderings may use, for mistakes that belong to the country's letters and numbers.
        sources: what each figure was taken from, shown beside the marginals.
    """

    base: str
    areas: tuple[Area, ...]
    pyramid: tuple[Band, ...]
    communities: tuple[Community, ...]
    streets: tuple[Mapping[str, str], ...]
    spellings: Mapping[str, Callable[[str], str]]
    surname_forms: Callable[[str], tuple[str, str, str]]
    fathers_name: Callable[[str], tuple[str, str, str, str]]
    check_rounds: tuple[tuple[int, ...], ...]
    check_modulus: int
    organisation_forms: tuple[tuple[Mapping[str, str], float], ...]
    organisation_words: tuple[Mapping[str, str], ...]
    norms: Norms
    macros: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


Subject: TypeAlias = Literal[
    "people", "homes", "jobs", "payments", "births", "marriages", "deaths", "organisations", "owners", "directors"
]


@dataclass(frozen=True, slots=True)
class Rendering:
    """How the keeper of a register would write it.

    Attributes:
        register: `pack.register`.
        of: what its rows are about. `homes`, `jobs`, `payments`, `owners` and `directors` are spells: they have `since`, and `until`,
            which is below 0 while they go on.
        key: name of the record number's column, and of what it is made: an SQL expression over `rows`.
        columns: column of the file -> SQL expression over `rows` (what the world knows, and draws `d0`, `d1` ... below
            1,000,000) and over the tables of names that `joins` names.
        joins: SQL of joins to the tables of names, streets, places and organisations.
        where: SQL condition on `rows`.
        draws: how many draws each row needs.
        twice: share of rows written a second time, with draws of their own.
        late: share of rows that reach the keeper up to `late_days` after the day they are about.
        corrected: draws whose mistakes the keeper finds and puts right in one row of `corrects`, on a day of the year after the base.
        delimiter, encoding: how the file is written; `form` xlsx makes it a workbook of texts.
        labels: other facts for the truth table, column -> SQL expression.
    """

    register: str
    of: Subject
    columns: Mapping[str, str]
    key: str
    joins: str = ""
    where: str = "true"
    draws: int = 8
    twice: float = 0.0
    late: float = 0.0
    late_days: int = 30
    corrected: tuple[int, ...] = ()
    corrects: float = 0.1
    delimiter: str = ","
    encoding: str = "utf-8"
    form: Literal["csv", "xlsx"] = "csv"
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.register}.{self.form}"


def names_of(prefix: str = "", alias: str = "") -> str:
    """SQL of joins to a person's names: given, surname, maiden surname, double name and father's name, a column for each spelling.

    Args:
        prefix: whose columns of `rows` are meant: empty for the person, `mother_`, `father_`, `other_` for the others of an act.
        alias: put in front of the joined tables' short names g, s, m, d and f.
    """
    form = f"CASE WHEN rows.{prefix}bare = 1 THEN 2 ELSE rows.{prefix}female END"
    double = (
        ""
        if prefix
        else f" LEFT JOIN surname AS {alias}d ON rows.second >= 0 AND {alias}d.no = 3 * rows.second + rows.female"
    )
    return (
        f"LEFT JOIN given AS {alias}g ON {alias}g.no = rows.{prefix}given "
        f"LEFT JOIN surname AS {alias}s ON {alias}s.no = 3 * rows.{prefix}stem + {form} "
        f"LEFT JOIN surname AS {alias}m ON {alias}m.no = 3 * rows.{prefix}maiden + {form} "
        f"LEFT JOIN fathers AS {alias}f ON {alias}f.no = 4 * rows.{prefix}father_given "
        f"+ CASE WHEN rows.{prefix}old_way = 1 THEN 0 ELSE 2 END + rows.{prefix}female{double}"
    )


def home_of(suffix: str = "", alias: str = "") -> str:
    """SQL of joins to the place and street of a home (`suffix` empty or `_before`), under the names p and t behind `alias`."""
    return (
        f" LEFT JOIN place AS {alias}p ON {alias}p.no = rows.place{suffix} "
        f"LEFT JOIN street AS {alias}t ON {alias}t.no = rows.street{suffix}"
    )
