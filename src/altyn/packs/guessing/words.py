"""Words by which a guess knows what a header means: those of the languages Altyn speaks here, those of a country from packs.

A pack adds words in `scripts/words.toml`: lists under the names of `HeaderWords`, and a table `[kinds]` of word -> identifier kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

# English, Russian, Kazakh. Ends of words are left out where a language bends them: a word of six letters or more stands
# for all that begin with it.
_CODE = """code codes id ids uuid guid key iso identifier ident index_no ref sku slug phone tel telephone mobile fax postcode zip
zipcode postal passport barcode ean isbn issn isin iban swift bic imei cadastral abbr abbreviation alpha numeric isonumeric alpha2 alpha3 iso2 iso3
iata icao fips lei vin gtin doi ticker callsign
код коды коде шифр идентификатор почтовый телефон тел факс артикул кадастровый инвентарный
коды кодтар сәйкестендіргіш телефоны пошталық кадастрлық"""
# Identifiers of a thing that is not the record: they may be shared, and change.
_CONTACT = """phone tel telephone mobile fax postcode zip zipcode postal passport iban swift bic
телефон тел факс почтовый телефоны пошталық"""
_NUMBER = "case serial number no nr num numero номер нөмір нөмірі нөмер № license licence permit лицензия лицензии"
_ROW_NUMBER = "n nn rownum rowno row_number rank npp п/п № №п/п рет р/с р/н қ/с"
_NAME = """name names title fullname firstname lastname surname label fio description address comment note notes remark
наименование название имя фамилия отчество фио адрес описание примечание комментарий заголовок
атауы аты тегі әкесінің мекенжайы сипаттамасы ескертпе түсініктеме"""
_MEASURE = """value values amount sum count total population rate share percent pct price cost salary area length weight height width
depth temperature lat latitude lon lng longitude score quantity qty average mean median density balance budget turnover volume pupils
students capacity age obs_value
значение сумма количество кол-во число численность население всего доля процент цена стоимость площадь вес высота длина широта
долгота объем объём бюджет остаток средняя среднее оклад зарплата мест
мәні сомасы саны халық үлесі пайыз бағасы құны ауданы салмағы биіктігі ұзындығы көлемі бюджеті жалақы"""
_CHANGED = """updated modified changed lastupdated lastmodified updatedat modifiedat created createdat storedby modifiedby createdby
timestamp loaded extracted editor user followup deleted
обновлено обновлен изменено изменен создано создан загружено автор пользователь
жаңартылған өзгертілген жасалған жүктелген"""
_PERIOD = """year years month quarter period date day week hour minute time semester term season decade ts datetime moment
год года месяц квартал период дата день неделя час полугодие время
жыл жылы ай айы тоқсан кезең күні күн апта жартыжылдық"""
_CATEGORY = """region district oblast county state province country city town municipality area_type settlement sex gender age agegroup agegrp
group category type kind class indicator measure unit sector industry series dimension dataset org orgunit dataelement level geo freq
регион область области район района город округ страна населённый пол возраст возрастная группа категория тип вид класс показатель единица
отрасль раздел
өңір облыс аудан қала ауыл ел жынысы жасы тобы санаты түрі көрсеткіш бірлік сала"""
_CLOSING = """total totals subtotal grand note notes source sources remark footnote
итого всего примечание примечания источник исполнитель исп руководитель
барлығы жиыны жалпы ескерту ескертпе дереккөз орындаушы орындаған"""
_MISSING = """- – — … ... .. n/a na null none nil
н/д нд нет_данных
деректер_жоқ"""
_TRUE = "yes y да иә"
_FALSE = "no n нет"
_MONEY = "$ € £ ¥ ₽ USD EUR"

_SPLIT = re.compile(r"[^\w/№]+|_")
_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
_PREFIX_FROM = 6
# Words that end in -id and are no identifiers.
_NOT_IDS = "paid unpaid valid invalid grid covid bid void fluid solid acid rapid hybrid liquid prepaid avoid aid"
_NO_ID = frozenset(_NOT_IDS.split())
_JOINED_ID = 5


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """Words by what they mean in a header or a cell, in lower case, and word -> identifier kind."""

    code: frozenset[str] = frozenset(_CODE.split())
    contact: frozenset[str] = frozenset(_CONTACT.split())
    number: frozenset[str] = frozenset(_NUMBER.split())
    row_number: frozenset[str] = frozenset(_ROW_NUMBER.split())
    name: frozenset[str] = frozenset(_NAME.split())
    measure: frozenset[str] = frozenset(_MEASURE.split())
    changed: frozenset[str] = frozenset(_CHANGED.split())
    period: frozenset[str] = frozenset(_PERIOD.split())
    category: frozenset[str] = frozenset(_CATEGORY.split())
    closing: frozenset[str] = frozenset(_CLOSING.split())
    missing: frozenset[str] = frozenset(w.replace("_", " ") for w in _MISSING.split())
    true: frozenset[str] = frozenset(_TRUE.split())
    false: frozenset[str] = frozenset(_FALSE.split())
    money: frozenset[str] = frozenset(_MONEY.split())
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])

    def more(self, table: Mapping[str, Any]) -> HeaderWords:
        """These words and those of a pack's table; what it says beside the known names is not for us."""
        made: dict[str, Any] = {}
        for one in fields(self):
            own, given = getattr(self, one.name), table.get(one.name)
            if one.name == "kinds" and isinstance(given, Mapping):
                made[one.name] = {**own, **{str(k).lower(): str(v) for k, v in given.items()}}
            elif isinstance(given, list):
                texts = [str(word) for word in given]
                made[one.name] = own | frozenset(texts if one.name == "money" else map(str.lower, texts))
            else:
                made[one.name] = own
        return HeaderWords(**made)


def words_of(tables: Iterable[Mapping[str, Any]]) -> HeaderWords:
    """The words Altyn knows and those of packs."""
    words = HeaderWords()
    for table in tables:
        words = words.more(table)
    return words


def tokens(header: str) -> tuple[str, ...]:
    """The words of a header, in lower case.

    >>> tokens("reg_istat_code"), tokens("orgUnitId"), tokens("Код (КАТО)"), tokens("№ п/п")
    (('reg', 'istat', 'code'), ('org', 'unit', 'id'), ('код', 'като'), ('№', 'п/п'))
    """
    text = unicodedata.normalize("NFC", header)
    return tuple(w.lower() for w in _SPLIT.split(_CAMEL.sub(" ", text).replace("№", " № ")) if w)


def means(header: str, words: frozenset[str]) -> bool:
    """Whether a word of the header is one of these, or, from six letters on, begins with one.

    >>> means("Дата обновления", frozenset({"обновлен"})), means("codex", frozenset({"code"}))
    (True, False)
    """
    found = tokens(header)
    joined = " ".join(found)
    return (
        any(token in words or any(len(w) >= _PREFIX_FROM and token.startswith(w) for w in words) for token in found)
        or "_".join(found) in words
        or "".join(found) in words
        or joined in words
    )


def is_identifier_word(header: str) -> bool:
    """Whether the header ends as identifiers do that are written in one word: geonameid, districtcode.

    >>> [is_identifier_word(h) for h in ("geonameid", "districtcode", "covid", "id")]
    [True, True, False, False]
    """
    last = (tokens(header) or ("",))[-1]
    return (last.endswith("id") and len(last) >= _JOINED_ID and last not in _NO_ID) or (
        last.endswith("code") and len(last) > _JOINED_ID
    )
