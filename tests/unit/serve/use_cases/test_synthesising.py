"""Synthesising: a country in a folder of its own, of a size there can be."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.manifest import builtin_folder
from altyn.serve.use_cases.synthesising import (
    MOST_DAYS,
    MOST_PERSONS,
    WORLD,
    Synthesised,
    prepare_demo,
    synthesise,
)


@pytest.mark.parametrize(("persons", "day"), [(0, 0), (-1, 0), (MOST_PERSONS + 1, 0), (10, -1), (10, MOST_DAYS + 1)])
def test_a_size_that_cannot_be_is_refused_and_nothing_written(tmp_path: Path, persons: int, day: int) -> None:
    with pytest.raises(AltynError, match=r"synth\.range"):
        synthesise(tmp_path / "w", persons, day=day)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("content", ["x", "{}", '{"persons": 300, "seed": 2}'])
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / WORLD).write_text(content, encoding="utf-8")
    with pytest.raises(AltynError, match=r"synth\.folder-used"):
        synthesise(tmp_path, 300, seed=1)
    assert (tmp_path / WORLD).read_text(encoding="utf-8") == content


def test_a_negative_seed_and_no_process_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AltynError, match=r"synth\.range"):
        synthesise(tmp_path / "w", 10, seed=-1)
    with pytest.raises(AltynError, match=r"synth\.range"):
        synthesise(tmp_path / "w", 10, processes=0)
    assert list(tmp_path.iterdir()) == []


def test_a_project_is_left_alone_and_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "altyn.toml").write_text('name = "x"\n', encoding="utf-8")
    with pytest.raises(AltynError, match="altyn demo DIR") as refused:
        synthesise(tmp_path, 300)
    assert refused.value.code == "synth.folder-used"
    assert [p.name for p in tmp_path.iterdir()] == ["altyn.toml"]


def test_an_unknown_pack_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(AltynError, match=r"synth\.pack-unknown.*civil.*work"):
        synthesise(tmp_path / "w", 300, pack="council")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [(("grade: 1", "mark: 1"), "mark"), (("no: rows.record, ", ""), "no"), (("lab.marks", "lab.other"), "lab.other")],
)
def test_a_pack_that_renders_what_its_contract_does_not_say_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], named: str
) -> None:
    packs, lab = tmp_path / "packs", tmp_path / "packs" / "lab"
    shutil.copytree(builtin_folder() / "kazakhstan", packs / "kazakhstan")
    (lab / "registers").mkdir(parents=True)
    (lab / "pack.toml").write_text(
        'pack = "lab"\nversion = "0.1.0"\naltyn = ">=0.1,<0.2"\ntitle = { en = "Lab" }\nowners = ["nobody"]\n'
        'legal_basis = "none"\ndepends = []\nquality = "bronze"\n',
        encoding="utf-8",
    )
    (lab / "registers" / "marks.odcs.yaml").write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: lab.marks\nname: marks\nversion: 0.1.0\nstatus: draft\nschema:\n- name: marks\n"
        "  properties:\n  - {name: no, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}\n"
        "  - {name: grade, logicalType: integer}\n",
        encoding="utf-8",
    )

    def written(said: str) -> None:
        register, columns = said.split("|")
        pairs = ", ".join(f'"{n}": "{v}"' for n, v in (pair.split(": ") for pair in columns.split(", ")))
        (lab / "synth.py").write_text(
            f'from altyn import Rendering\nMARKS = Rendering("{register}", "people", {{{pairs}}}, "no")\n',
            encoding="utf-8",
        )

    monkeypatch.setattr("altyn.serve.use_cases.synthesising.builtin_folder", lambda: packs)
    said = "lab.marks|no: rows.record, grade: 1"
    written(said)
    assert synthesise(tmp_path / "right", 50, processes=1).rows == {"lab.marks": 50}
    written(said.replace(*change))
    with pytest.raises(AltynError, match=rf"synth\.contract.*{named}"):
        synthesise(tmp_path / "w", 50, processes=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["packs", "right"]


def test_a_disk_that_fills_up_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """In a process of its own whose files may not grow: the first register beyond the limit fails, in any process."""
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom altyn.errors import AltynError\n"
        "from altyn.serve.use_cases.synthesising import synthesise\n"
        "if __name__ == '__main__':\n"
        "    folder, processes = Path(sys.argv[1]), int(sys.argv[2])\n"
        "    synthesise(folder, 300, processes=1, pack='bank')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "    try:\n        synthesise(folder, 300, day=9, processes=processes)\n"
        "    except AltynError as error:\n        print(error.code, error.retry)\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    for processes in ("1", "2"):
        command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "land"), processes]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.stdout == "environment.full True\n", ran.stderr
        assert sorted(p.name for p in tmp_path.iterdir()) == ["land", "program.py"]
        assert [p.name for p in (tmp_path / "land" / "registers").iterdir()] == ["bank.clients.csv"]
        assert json.loads((tmp_path / "land" / WORLD).read_text(encoding="utf-8"))["day"] == 0


def test_a_demo_that_is_there_is_left_and_another_folder_refused(tmp_path: Path) -> None:
    (tmp_path / "altyn.toml").write_text('name = "x"\ndemo = true\n', encoding="utf-8")
    assert not prepare_demo(tmp_path, 300, 1)
    (tmp_path / "altyn.toml").rename(tmp_path / "notes.txt")
    with pytest.raises(AltynError, match=r"demo\.folder-used"):
        prepare_demo(tmp_path, 300, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    assert not tmp_path.with_name(f"{tmp_path.name}-world").exists()


def test_what_was_written_says_that_nobody_in_it_is_real(tmp_path: Path) -> None:
    found = Synthesised(tmp_path, {"civil.births": 3}, 1.26, 90).document()

    assert found == {
        "folder": str(tmp_path),
        "rows": {"civil.births": 3},
        "cpu_seconds": 1.3,
        "peak_mb": 90,
        "synthetic": True,
    }
