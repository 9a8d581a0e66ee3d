"""Print the pages of docs/reference that cases make: `python -m tests.spec`."""

from __future__ import annotations

from tests.spec.cases import FILES, ROOT, page

if __name__ == "__main__":
    for file in FILES:
        (ROOT / "docs" / "reference" / f"how-rows-are-{file}.md").write_text(page(file), encoding="utf-8")
