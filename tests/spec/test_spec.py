"""The specification by small tables: each case is run through a project, and each page is what its cases print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.cases import FILES, HERE, ROOT, Case, cases, happened, page

ALL = [case for file in FILES for case in cases(file)]


@pytest.mark.parametrize("case", ALL, ids=[f"{c.file}: {c.title}" for c in ALL])
def test_what_the_case_shows_is_what_happens(case: Case, tmp_path: Path) -> None:
    looked = list(happened(case, tmp_path / "project"))

    assert len(looked) >= len(case.days)
    assert {what: done for what, _, done in looked} == {what: said for what, said, _ in looked}


@pytest.mark.parametrize("file", FILES)
def test_the_page_is_what_the_cases_print(file: str) -> None:
    printed = (ROOT / "docs" / "reference" / f"how-rows-are-{file}.md").read_text(encoding="utf-8")

    assert printed == page(file), "print it again: .venv/bin/python -m tests.spec"


def test_every_file_of_cases_is_run() -> None:
    assert {path.stem for path in HERE.glob("*.toml")} == set(FILES)
