"""Words: every code has its page, and the kernel knows no country. Translations: test_translations.py."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import altyn
from altyn.errors import CODES

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "altyn"
# The register of the examples in docstrings and messages; civil acts are kept in every country.
_EXAMPLES = {"civil.births"}


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    pages = {p.stem for p in (ROOT / "docs" / "errors").glob("*.md")} - {"README"}

    assert pages == set(CODES)


def test_every_code_is_raised_somewhere() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py") if p.name != "errors.py")

    assert [code for code in CODES if f'"{code}"' not in text] == []


def words_of_packs() -> set[str]:
    """What the kernel must not know: every register and measure with its pack's name, and the words each pack calls its own.

    Not their bare names: persons, payments, work and migration are words that any kernel needs.
    """
    words: set[str] = set()
    for manifest in (ROOT / "packs").glob("*/pack.toml"):
        pack, table = manifest.parent, tomllib.loads(manifest.read_text(encoding="utf-8"))
        names = {p.name.split(".")[0] for p in (*pack.glob("registers/*.yaml"), *pack.glob("measures/*.toml"))}
        words |= {f"{pack.name}.{name}" for name in names} | {table.get("state", "").lower()}
        words |= {word.lower() for word in table.get("words", [])}
        regions = pack / "codes" / "regions.csv"
        if regions.exists():
            with regions.open(encoding="utf-8") as file:
                words |= {row["en"].lower() for row in csv.DictReader(file)}
    return words - {"", *_EXAMPLES}


def test_the_kernel_knows_no_pack_and_no_country() -> None:
    words = words_of_packs()
    assert {"kazakhstan", "kato", "iin", "civil.persons", "civil.migration", "almaty region"} <= words
    assert not {"persons", "migration", "bank"} & words
    hits: list[str] = []
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.js")]:
        text = path.read_text(encoding="utf-8").lower()
        hits += [f"{path.relative_to(ROOT)}: {w}" for w in words if re.search(rf"(?<![\w/]){re.escape(w)}(?!\w)", text)]

    # An IANA zone name is an example of a zone, not of a country.
    assert [h for h in hits if "instants.py" not in h] == []


def test_the_public_names_are_those_that_are_counted() -> None:
    assert sorted(altyn.__all__) == [
        "Area", "Band", "Community", "Country", "Kind", "Label", "Norms", "Place", "Rendering", "__version__", "home_of", "names_of",
    ]  # fmt: skip
    assert all(hasattr(altyn, name) for name in altyn.__all__)


def test_the_map_names_only_files_that_exist() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"`((?:src/altyn/|packs/|serve/|policy/|store/|sources/|model/|engines/)[\w/.]+\.(?:py|yaml))`", text
        )
    )

    assert [n for n in named if not any((base / n).exists() for base in (ROOT, SOURCE))] == []


def test_docs_name_only_tests_that_exist() -> None:
    tests = {p.name for p in (ROOT / "tests").rglob("test_*.py")}
    for page in [ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]:
        if page.exists():
            named = set(re.findall(r"\b(test_\w+\.py)\b", page.read_text(encoding="utf-8")))
            assert named <= tests, f"{page.name}: {sorted(named - tests)}"
