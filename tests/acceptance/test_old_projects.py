"""A project of every format still says what it said: each row of each snapshot, by its canonical encoding.

The expected hashes were written down once. If one changes, an upgrade of DuckDB, of the Delta library or of ours changed an
answer; do not write the new hash down before you know why.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from altyn.model.relations import Input, Relation
from altyn.model.row_hash import row_hash
from altyn.policy.principals import local
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.keeping import upgrade_project
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from altyn.store.folders import FORMAT

FIXTURES = Path(__file__).parents[1] / "fixtures" / "projects"
FACES = ("current", "history", "quarantine")
# (snapshot, face) -> rows and the canonical hash of them all.
EXPECTED: dict[tuple[int, str], tuple[int, str]] = {
    (1, "current"): (3, "5601506ee88cf6bdbf7baf56f0b5f10be75783ea379341aaefe985ebebcee549"),
    (1, "history"): (3, "8b0b5222eb5b5bcb5b674220a941d6f3e65f6f53c6bb2e32c07846ff4338f314"),
    (1, "quarantine"): (1, "307c6ff468ee86c51290231a37a4543575e702122d39222b54bca1098fbd89ab"),
    (2, "current"): (2, "74c8d049fd08e39ff0a000b881c15d51006597c6234037ef689cfa1ac05bc226"),
    (2, "history"): (5, "0e3e9fc040a2d33ff940cc0745b43ea47eb036eb9937e26742bff30dd61d0c15"),
    (2, "quarantine"): (1, "406e7d82ab4f86151faf0f5027c9cd77b902e7779912c4883b202a954ae387d0"),
    (3, "current"): (3, "56ef4072ce50a6f68b9a1e5d920b51bb452c9177d632b136029be4191bd371bb"),
    (3, "history"): (7, "a570a81bc0d9abc879ab15b7d463379e42c7bca5043c47fcc5d2a53b4e4ed3a0"),
    (3, "quarantine"): (1, "c84b2ca573a0da504be0d1d9af751ec5c274babfbb7d4b3d2dbb4a8a52fc2615"),
}


def _clock() -> datetime:
    return datetime(2026, 3, 10, tzinfo=UTC)


def hashes(folder: Path) -> dict[tuple[int, str], tuple[int, str]]:
    """Each face of the register in each snapshot: number of rows, sha256 over their sorted row hashes."""
    workspace = Workspace.open(folder, clock=_clock)
    found: dict[tuple[int, str], tuple[int, str]] = {}
    for snapshot in workspace.snapshots():
        for face in FACES:
            relation = Relation("SELECT * FROM t", {"t": Input("local.areas", face)}, grain="one row per row")
            answer = workspace.gate.read(local(), "open", [relation], known_at=snapshot.published_at)[0]
            names = [c.name for c in answer.columns]
            rows = sorted(row_hash(answer.columns, dict(zip(names, row, strict=True))) for row in answer.rows())
            found[snapshot.number, face] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.fixture(params=range(1, FORMAT + 1))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The project of a format, unpacked, and upgraded if it is not ours."""
    # Debian 12's Python 3.11.2 does not know extractall's `filter` yet; the archive is ours, and this one refuses what is not a plain file.
    with tarfile.open(FIXTURES / f"format-{request.param}.tar.gz") as archive:
        assert all(m.isfile() or m.isdir() for m in archive)
        assert all(not m.name.startswith("/") and ".." not in Path(m.name).parts for m in archive)
        archive.extractall(tmp_path / "project")  # noqa: S202 - every member was looked at
    if request.param < FORMAT:
        upgrade_project(tmp_path / "project", without_backup=True)
    return tmp_path / "project"


def test_every_row_of_every_snapshot_is_what_it_was(project: Path) -> None:
    assert hashes(project) == EXPECTED


def test_so_it_is_when_everything_derived_is_built_again(project: Path) -> None:
    shutil.rmtree(project / ".altyn" / "derived")

    assert hashes(project) == EXPECTED


def test_values_a_person_can_check(project: Path) -> None:
    workspace = Workspace.open(project, clock=_clock)

    def ask(sql: str, as_of: str | None = None, known_at: str | None = None) -> list[tuple[object, ...]]:
        return questions.query(workspace, sql, as_of=as_of, known_at=known_at).rows()

    assert ask("select title, people, budget, share, height, since, mayor from areas where code = '1000'") == [
        (
            'Әуезов ауданы ұлы, "Ғ" қаласы',
            21,
            Decimal("9999999999999999.98"),
            Decimal("0.12345"),
            785.1,
            date(2024, 2, 29),
            "Әлия",
        )
    ]
    assert ask("select epoch_us(counted_at) from areas where code = '1000'") == [(1709229599999999,)]
    assert ask("select code from areas order by code", known_at="2026-03-01") == [("1000",), ("2000",), ("3000",)]
    assert ask("select code from areas order by code", known_at="2026-03-02") == [("1000",), ("3000",)]
    # Open at the end: what ends on the leap day does not hold on it.
    assert ask("select code from areas order by code", as_of="2024-02-28", known_at="2026-03-01") == [
        ("2000",),
        ("3000",),
    ]
    assert ask("select code from areas order by code", as_of="2024-02-29", known_at="2026-03-01") == [
        ("1000",),
        ("3000",),
    ]
    versions = questions.history(workspace, workspace.register("areas"), "2000")
    assert [(v.op, v.recorded_at.day, v.line) for v in versions] == [("put", 1, 3), ("retract", 2, None)]
    assert workspace.quarantine_count("local.areas")["entries"] == 1


def test_the_same_rows_read_again_are_the_same_rows(project: Path) -> None:
    """The hash of a row is computed anew for each extract: a change in how a value is written would look like a correction."""
    source = project / "data" / "areas.csv"
    source.write_text(source.read_text(encoding="utf-8") + "6000,Тағы бір,1,,,,,,2020-01-01,,\n", encoding="utf-8")
    report = run_project(Workspace.open(project, clock=_clock))
    line = report.lines[0]

    assert (line["status"], line["put"], line["same"], line["retracted"]) == ("loaded", 1, 3, 0)


def test_nothing_is_to_be_upgraded(project: Path) -> None:
    report = upgrade_project(project)

    assert (report.found, report.steps) == (FORMAT, [])
