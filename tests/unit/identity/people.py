"""People for tests of identity: invented names and dates, and the same people written down again with mistakes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from altyn.identity.columns import EncodedColumn, distinct
from altyn.identity.kinds import Field, encode
from altyn.identity.letters import Letters
from altyn.identity.linking import SourceRows
from altyn.identity.specification import Specification
from altyn.serve.use_cases.linking import scripts

LETTERS = Letters.of(scripts())
FIELDS = (
    Field("family", "person name", "family"),
    Field("given", "person name", "given"),
    Field("birth", "date"),
    Field("town", "category"),
    Field("phone", "phone"),
)
_GIVEN = ("Айгүл", "Асқар", "Бауыржан", "Гүлнар", "Дархан", "Ерлан", "Жанар", "Зарина", "Қайрат", "Ләззат", "Мадина", "Нұрлан",
          "Олжас", "Ринат", "Сәуле", "Талғат", "Ұлан", "Шынар")  # fmt: skip
_FAMILY = ("Абенов", "Байжанов", "Досов", "Ескалиев", "Жумабеков", "Исин", "Кенжин", "Махатов", "Нуров", "Омаров", "Рахимов",
           "Садыков", "Тлеуов", "Умаров", "Шарипов")  # fmt: skip
_TAILS = ["ал", "бек", "дар", "ген", "жол", "кен", "лен", "мар", "нұр", "сан"]
Person = tuple[str, str, str, str, str]


def people(count: int, seed: int) -> list[Person]:
    """Invented people: family, given, birth date, town, phone."""
    rng = random.Random(seed)  # noqa: S311  # invented people, no secret
    return [
        (
            rng.choice(_FAMILY)[:-2] + rng.choice(_TAILS) + "ов",
            rng.choice(_GIVEN) + rng.choice(["", "", rng.choice(_TAILS)]),
            f"{rng.randint(1940, 2015)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            f"t{rng.randint(1, 40)}",
            f"70{rng.randint(10**8, 10**9 - 1)}",
        )
        for _ in range(count)
    ]


def again(person: Person, rng: random.Random) -> Person:
    """The same person as another register writes them: a letter lost, another phone, day and month swapped."""
    family, given, birth, town, phone = person
    if rng.random() < 0.25:
        place = rng.randrange(1, len(family))
        family = family[:place] + family[place + 1 :]
    if rng.random() < 0.15:
        given = given.translate(str.maketrans("әғқңөұүі", "агкноууи"))
    if rng.random() < 0.05:
        birth = f"{birth[:5]}{birth[8:]}-{birth[5:7]}"
    if rng.random() < 0.3:
        phone = ""
    if rng.random() < 0.2:
        town = f"t{rng.randint(1, 40)}"
    return family, given, birth, town, phone


def doubled(count: int, share: float, seed: int) -> tuple[list[Person], list[int]]:
    """Records of `count` people of whom `share` stand twice, and whose each record is."""
    rng = random.Random(seed)  # noqa: S311  # invented people, no secret
    found = people(count, seed)
    truth = list(range(count))
    for place in range(int(count * share)):
        found.append(again(found[place], rng))
        truth.append(place)
    order = list(range(len(found)))
    rng.shuffle(order)
    return [found[o] for o in order], [truth[o] for o in order]


def specification() -> Specification:
    """What people are compared by."""
    return Specification("person", FIELDS, {field.name: (field.name,) for field in FIELDS})


def rows_of(
    records: Sequence[Person], sources: Sequence[int] | None = None, given: SourceRows | None = None
) -> SourceRows:
    """Records as rows of codes."""
    columns: list[EncodedColumn] = []
    for place, field in enumerate(FIELDS):
        codes, values = distinct([record[place] for record in records])
        columns.append(encode(field, values, codes, LETTERS, given.columns[place] if given else None))
    return SourceRows(tuple(columns), np.asarray(sources or [0] * len(records), np.int16))


def f1(labels: NDArray[np.int64], truth: Sequence[int]) -> float:
    """Pair F1 of clusters."""

    def pairs(keys: Sequence[object]) -> int:
        counts: dict[object, int] = {}
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
        return sum(n * (n - 1) // 2 for n in counts.values())

    both, found, true = (
        pairs(list(zip(labels.tolist(), truth, strict=True))),
        pairs(labels.tolist()),
        pairs(list(truth)),
    )
    return 2 * both / max(1, found + true)
