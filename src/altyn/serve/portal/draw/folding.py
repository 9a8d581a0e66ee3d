"""Folding: texts brought to the letters that all keyboards have, by the tables of the packs' scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Folding:
    """Folds letters, and turns Latin spellings into the letters the names are kept in."""

    def __init__(self, scripts: Iterable[Mapping[str, Any]]) -> None:
        letters: dict[str, str] = {}
        self._latin: list[tuple[str, str]] = []
        self.collation = ""
        for script in scripts:
            self.collation = self.collation or str(script.get("collation", ""))
            letters |= {str(k): str(v) for k, v in script.get("fold", {}).items()}
            for table in script.get("latin", []):
                self._latin += list(zip(table["from"], table["to"], strict=True))
        # Quotes would end the text of the statement these stand in.
        self.letters = {k: v for k, v in letters.items() if len(k) == len(v) == 1 and "'" not in k + v}
        self._table = str.maketrans(self.letters)

    def fold(self, text: str) -> str:
        """Small letters, look-alikes and neighbours folded into one."""
        return text.lower().translate(self._table)

    def spellings(self, text: str) -> list[str]:
        """The folded text, and what it would be if typed in Latin."""
        folded = self.fold(text)
        turned = text.lower()
        for source, target in self._latin:
            turned = turned.replace(source, target)
        turned = self.fold(turned)
        return list(dict.fromkeys(s for s in (folded, turned) if s))

    def sql(self, column: str) -> str:
        """SQL that folds a column the same way."""
        source, target = "".join(self.letters), "".join(self.letters.values())
        return f"translate(lower({column}), '{source}', '{target}')" if source else f"lower({column})"
