"""Writes the workbooks of the tutorial: the licences of an invented ministry, on three days.

Every name and number is made up; the БИН have a right check digit so that Altyn recognises them, and belong to nobody
we know of. Run it with `python make.py [FOLDER]`; it needs XlsxWriter, which Altyn brings along.
"""

from __future__ import annotations

import sys
from pathlib import Path

import xlsxwriter

Row = tuple[str, str, str, str, str, str, str]

_REGIONS = (("Акмолинская", "Атбасар"), ("Алматинская", "Есик"), ("Абайская", "Аягоз"), ("Костанайская", "Рудный"))
_NO_CHECK_DIGIT = 10
_NAMES = ("Шипа", "Дәру", "Айболит", "Саулық", "Медсервис", "Көз нұры", "Денсаулық", "Жүрек", "Үміт", "Ақ бота")


def bin_of(number: int) -> str:
    """A business identification number with a right check digit, from a running number."""
    digits = f"0{number % 9 + 1}0{number % 6 + 1}40{number:05d}"
    for first in (1, 3):
        check = sum(int(d) * ((i + first - 1) % 11 + 1) for i, d in enumerate(digits)) % 11
        if check < _NO_CHECK_DIGIT:
            return f"{digits}{check}"
    return bin_of(number + 1000)


def licences() -> list[Row]:
    """The register on its first day: licence, БИН, name, region, town, day of issue, fee."""
    rows: list[Row] = []
    for number in range(1, 41):
        region, town = _REGIONS[number % len(_REGIONS)]
        name = f"ТОО «{_NAMES[number % len(_NAMES)]}-{number}»"
        issued = f"{number % 27 + 1:02d}.{number % 12 + 1:02d}.{2018 + number % 7}"
        fee = f"{10 + number * 7 % 90} {number * 37 % 1000:03d},{number * 5 % 100:02d}"
        rows.append((f"{number * 13:06d}", bin_of(number), name, region, town, issued, fee))
    return rows


def write(path: Path, rows: list[Row], as_of: str) -> None:
    """One workbook as an office sends it: title, header over two rows, totals at the end."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Лицензии")
        sheet.merge_range("A1:H1", "Реестр лицензий частных клиник (данные вымышлены)")
        sheet.write("A2", f"по состоянию на {as_of}")
        for place, text in enumerate(("№ п/п", "Код лицензии", "БИН", "Наименование")):
            sheet.merge_range(3, place, 4, place, text)
        sheet.merge_range(3, 4, 3, 5, "Адрес")
        sheet.write_row(4, 4, ("Область", "Город"))
        sheet.merge_range(3, 6, 4, 6, "Дата выдачи")
        sheet.merge_range(3, 7, 4, 7, "Сбор, тенге")
        for number, row in enumerate(rows, start=1):
            sheet.write_number(4 + number, 0, number)
            for place, text in enumerate(row, start=1):
                sheet.write_string(4 + number, place, text)
        sheet.write_string(5 + len(rows), 0, "Барлығы")
        sheet.write_string(5 + len(rows), 1, str(len(rows)))


def main(folder: Path) -> None:
    """Write the workbooks of the three days."""
    first = licences()
    first[16] = (*first[16][:5], "31.02.2024", first[16][6])
    second = licences()
    second[16] = (*second[16][:5], "29.02.2024", second[16][6])
    second[4] = (*second[4][:2], "ТОО «Жаңа Шипа»", *second[4][3:])
    second[-1] = ("000600", bin_of(500), "ТОО «Тыныс-41»", "Абайская", "Аягоз", "02.03.2026", "44 000,00")
    write(folder / "day-1.xlsx", first, "01.03.2026")
    write(folder / "day-2.xlsx", second, "02.03.2026")
    # Somebody filtered the sheet by one region and sent what was left.
    write(folder / "day-3.xlsx", [row for row in second if row[3] == "Абайская"], "03.03.2026")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
