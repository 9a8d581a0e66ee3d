"""Code lists: the CSV files under `codes/` of a pack: codes with labels, or other spellings of codes (aliases)."""

from __future__ import annotations

import csv
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import Label, Message, say
from altyn.sources.context import CodeList

_LANGUAGE_LENGTHS = (2, 3)


def load_code_list(path: Path, pack: str) -> CodeList:
    """The code list in a file with the columns `code` and languages, or `alias` and `code`.

    Raises:
        AltynError: `pack.invalid` with the line at fault.
    """
    where = f"{pack}/codes/{path.name}"
    codes: dict[str, Label] = {}
    aliases: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if "code" not in header:
                raise _invalid(
                    where, say("A code list has a column `code`."), say("Columns: code,kk,ru,en or alias,code.")
                )
            languages = [n for n in header if len(n) in _LANGUAGE_LENGTHS and n.isalpha() and n.islower()]
            for cells in reader:
                place = f"{where}, line {reader.line_num}"
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    raise _invalid(
                        place, say("The line has {n} cells.", n=len(cells)), say("Give it {n}.", n=len(header))
                    )
                row = dict(zip(header, cells, strict=True))
                if "alias" in row:
                    # Two lines may say the same, not two things.
                    if aliases.setdefault(row["alias"], row["code"]) != row["code"]:
                        raise _invalid(place, say("The alias stands for two codes."), say("Keep one of them."))
                    codes.setdefault(row["code"], Label())
                elif row["code"] in codes:
                    raise _invalid(place, say("The code stands twice."), say("Keep one of the lines."))
                if not codes.get(row["code"]):
                    codes[row["code"]] = Label({name: row[name] for name in languages})
    except (csv.Error, UnicodeDecodeError):
        raise _invalid(where, say("The file cannot be read as CSV."), say("Save it as UTF-8 with commas.")) from None
    return CodeList(path.stem, codes, aliases)


def _invalid(where: str, what: Message, mend: Message) -> AltynError:
    return AltynError("pack.invalid", what=what, where=where, mend=mend)
