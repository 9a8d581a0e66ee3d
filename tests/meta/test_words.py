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
# Words that packs and the world share: a level of a hierarchy, a kind of place.
_COMMON = {"bin", "stated", "local", "population", "boundaries", "settlements", "figures", "statements"}
# The register of the examples in docstrings and messages; civil acts are kept in every country.
_EXAMPLES = {"civil", "civil.births"}
# Ordinary words, which the kernel needs too; a pack named so is meant where one of its registers follows.
_PACKS = {"bank", "business", "health", "learning", "social", "work"}


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    pages = {p.stem for p in (ROOT / "docs" / "errors").glob("*.md")} - {"README"}

    assert pages == set(CODES)


def test_every_code_is_raised_somewhere() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py") if p.name != "errors.py")

    assert [code for code in CODES if f'"{code}"' not in text] == []


def test_the_kernel_knows_no_pack_and_no_country() -> None:
    words: set[str] = set()
    for pack in (ROOT / "packs").iterdir():
        if (pack / "pack.toml").exists():
            state = tomllib.loads((pack / "pack.toml").read_text(encoding="utf-8")).get("state", "")
            registers = {p.name.split(".")[0] for p in (pack / "registers").glob("*.yaml")}
            words |= {pack.name, state.lower()} | {f"{pack.name}.{register}" for register in registers}
            # A register of one word (persons, payments) is a word like any other; the name of a country's is not.
            words |= {register for register in registers if state or "_" in register}
            words |= {p.stem for p in (pack / "measures").glob("*.toml")}
            regions = pack / "codes" / "regions.csv"
            if regions.exists():
                with regions.open(encoding="utf-8") as file:
                    words |= {row["en"].lower() for row in csv.DictReader(file)}
    words |= {"iin", "iin_", "baq.kz", "turkistan"}
    words -= {"", *_COMMON, *_PACKS, *_EXAMPLES}
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
