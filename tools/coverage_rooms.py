"""Branches that the unit tests take, a line for each room of src/altyn: what `make coverage` prints last.

    python tools/coverage_rooms.py REPORT.json

The report is what `coverage json` writes. A room is a folder of src/altyn; files beside the rooms are one line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

BESIDE = "(beside the rooms)"


def room_of(file: str) -> str:
    """The room a file lies in: `src/altyn/store/load.py` in `store`."""
    parts = Path(file).parts
    inside = parts[parts.index("altyn") + 1 :]
    return inside[0] if len(inside) > 1 else BESIDE


def rooms(report: dict[str, Any]) -> dict[str, Counter[str]]:
    """Room -> its files, statements and branches, and how many of these were taken."""
    found: dict[str, Counter[str]] = {}
    for file, said in report["files"].items():
        summary = said["summary"]
        found.setdefault(room_of(file), Counter()).update(
            files=1,
            lines=summary["num_statements"],
            lines_taken=summary["covered_lines"],
            branches=summary["num_branches"],
            branches_taken=summary["covered_branches"],
        )
    return found


def share(taken: int, whole: int) -> str:
    """A share as percent; of nothing, a dash."""
    return f"{taken / whole:7.1%}" if whole else f"{'-':>7}"


def table(found: dict[str, Counter[str]]) -> str:
    """Rooms with the fewest branches taken first, then all together."""
    lines = [f"{'room':<22}{'files':>6}{'lines':>8}{'taken':>8}{'branches':>10}{'taken':>8}"]
    whole: Counter[str] = Counter()
    for counts in found.values():
        whole.update(counts)
    order = sorted(found.items(), key=lambda item: item[1]["branches_taken"] / (item[1]["branches"] or 1))
    for room, c in [*order, ("all", whole)]:
        taken = share(c["lines_taken"], c["lines"]), share(c["branches_taken"], c["branches"])
        lines.append(f"{room:<22}{c['files']:>6}{c['lines']:>8}{taken[0]:>8}{c['branches']:>10}{taken[1]:>8}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(rooms(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
