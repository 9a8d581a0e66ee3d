"""A newcomer's ten changes: each block of CONTRIBUTING.md is applied to a copy of the sources, and the change works there.

The page is the only place where the changes stand: a block whose line is gone, or that no longer does what it says, goes red here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_OPENED, MOST_EDITED = 3, 4
BLOCK = re.compile(r"(?ms)^`(new|below|above|end) (\S+)`\n```\w+\n(.*?)^```$")
# A small project with an open register, made by the sources of the folder this runs in.
MADE = """
import sys
from pathlib import Path
from tests.integration.conftest import made
trial = made(Path(sys.argv[1]))
trial.areas("1000,Алматы,5\\n2000,Тараз қаласы,7\\n")
trial.places("")
path = trial.folder / "packs/local/registers/areas.odcs.yaml"
text = path.read_text(encoding="utf-8")
more = ", customProperties: [{property: " + sys.argv[2] + "}]" if len(sys.argv) > 2 else ""
start = "name: title, logicalType: string, physicalType: VARCHAR, classification: public, required: true"
assert start in text
path.write_text(text.replace(start, start + more), encoding="utf-8")
trial.run()
"""
ASKED = """
import sys
from pathlib import Path
from starlette.testclient import TestClient
from altyn.serve.portal.app import create_app
from altyn.serve.workspace import Workspace
portal = TestClient(create_app(Workspace.open(Path(sys.argv[1]))), base_url="http://localhost")
for address in sys.argv[2:]:
    answer = portal.get(address)
    print(answer.status_code, answer.text)
"""


@dataclass(frozen=True)
class Block:
    """One thing to do with one file."""

    way: str
    path: str
    text: str

    def apply(self, root: Path) -> None:
        """Do it under a folder, refusing a place that is not there once."""
        target = root / self.path
        if self.way == "new":
            assert not target.exists(), f"{self.path} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.text, encoding="utf-8")
            return
        before = target.read_text(encoding="utf-8")
        if self.way == "end":
            target.write_text(before + self.text, encoding="utf-8")
            return
        lines = self.text.splitlines(keepends=True)
        anchor = lines[0] if self.way == "below" else lines[-1]
        found = [place for place, line in enumerate(before.splitlines(keepends=True)) if line == anchor]
        assert len(found) == 1, f"{self.path} holds {anchor!r} {len(found)} times"
        whole = before.splitlines(keepends=True)
        whole[found[0] : found[0] + 1] = lines
        target.write_text("".join(whole), encoding="utf-8")


@dataclass(frozen=True)
class Change:
    """One of the ten."""

    title: str
    opened: tuple[str, ...]
    blocks: tuple[Block, ...]


def changes() -> dict[str, Change]:
    """What CONTRIBUTING.md says under `Ten changes`, by title."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Ten changes\n")[2]
    found: dict[str, Change] = {}
    for part in text.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        opened = re.search(r"(?m)^Open: (.*)$", body)
        assert opened, title
        blocks = tuple(Block(*match) for match in BLOCK.findall(body))
        # A block without its line above it would be read by people and by nobody here.
        assert len(blocks) == body.count("\n```") // 2, title
        found[title] = Change(title, tuple(re.findall(r"`([^`]+)`", opened[1])), blocks)
    return found


TEN = changes()
SECTIONS = (
    "A source kind", "An error code", "A verb", "A contract property", "A purpose",
    "A page", "A language", "A rule of rows", "A comparison", "A measure",
)  # fmt: skip


class Copy:
    """A copy of the sources with changes in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("src", "packs", "docs", "tests"):
            # With the compiled files: Python need not compile all of it again for each change.
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".hypothesis", "node_modules"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "CONTRIBUTING.md"):
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, root / name)

    def run(self, *words: str | Path, status: int = 0, language: str = "en") -> str:
        """What a command of Python says that runs on the copy."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("ALTYN_", "PYTEST_", "COV_"))}
        environment |= {"PYTHONPATH": str(self.root / "src"), "LANGUAGE": language, "LC_ALL": ""}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
        ran = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == status, ran.stdout[-3000:] + ran.stderr[-3000:]
        return ran.stdout + ran.stderr

    def altyn(self, *words: str | Path, status: int = 0, language: str = "en") -> str:
        """What a verb says."""
        start = "from altyn.cli.main import main; main()"
        return self.run("-c", start, *words, status=status, language=language)

    def test(self, *tests: str) -> None:
        """Run tests of the copy."""
        self.run("-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests)

    def project(self, *more: str) -> Path:
        """A small project with a published register `areas`; `more` is a property of its column `title`."""
        folder = self.root / "project"
        self.run("-c", MADE, folder, *more)
        return folder


Made = Callable[[str], Copy]


@pytest.fixture
def changed(tmp_path: Path) -> Made:
    """Make a copy with one change in it."""

    def make(title: str) -> Copy:
        copy = Copy(tmp_path / "altyn")
        for block in TEN[title].blocks:
            block.apply(copy.root)
        return copy

    return make


@pytest.mark.parametrize("title", SECTIONS)
def test_each_change_opens_three_files_at_most_and_edits_four(title: str) -> None:
    change = TEN[title]
    edited = {block.path for block in change.blocks}
    made = {block.path for block in change.blocks if block.way == "new"}

    assert 0 < len(change.opened) <= MOST_OPENED
    assert 0 < len(edited) <= MOST_EDITED
    assert [path for path in change.opened if not (ROOT / path).is_file()] == []
    # What is changed was looked at before.
    assert edited - made <= set(change.opened)
    assert [path for path in made if (ROOT / path).exists()] == []


def test_there_are_ten() -> None:
    assert tuple(TEN) == SECTIONS


def test_a_block_whose_place_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\nb = 2\nb = 2\n", encoding="utf-8")

    Block("above", "a.py", "z = 0\na = 1\n").apply(tmp_path)
    assert (tmp_path / "a.py").read_text(encoding="utf-8").startswith("z = 0\na = 1\n")
    for anchor in ("b = 2\n", "gone = 3\n"):
        with pytest.raises(AssertionError, match="times"):
            Block("below", "a.py", anchor + "c = 3\n").apply(tmp_path)


@pytest.mark.slow
def test_a_source_kind(changed: Made) -> None:
    copy = changed("A source kind")
    project = copy.root / "project"
    copy.altyn("init", project)
    (project / "data").mkdir(exist_ok=True)
    (project / "data" / "offices.fix").write_text("code name\n01   Алматы қаласы\n02   Тараз\n", encoding="utf-8")
    copy.altyn("add", project / "data" / "offices.fix", "--yes", "--project", project)
    settings = project / "altyn.toml"
    text = settings.read_text(encoding="utf-8")
    assert text.count('offices.fix"\n') == 1
    # Its own option, where the file's source stands.
    settings.write_text(text.replace('offices.fix"\n', 'offices.fix"\nwidths = "5,6"\n'), encoding="utf-8")
    copy.altyn("run", "--project", project)
    asked = ("query", "--purpose", "keeping", "--project", project, "--json", "select * from offices order by code")
    said = copy.altyn(*asked)

    assert "Алматы" in said
    assert "қаласы" not in said, "the option was read"
    copy.test("tests/unit/sources/test_fixed.py", "tests/unit/sources/test_kinds.py", "tests/meta/test_reference.py")


@pytest.mark.slow
def test_an_error_code(changed: Made) -> None:
    copy = changed("An error code")
    path = copy.root / "people.csv"
    path.write_text("name\nА\n", encoding="utf-8")

    said = copy.altyn("link", path, path, status=2, language="kk")

    assert "identity.one-file-twice" in said
    assert "Бір файл екі рет аталған." in said
    copy.test("tests/unit/test_errors.py", "tests/meta/test_words.py", "tests/meta/test_translations.py")


@pytest.mark.slow
def test_a_verb(changed: Made) -> None:
    copy = changed("A verb")

    assert {"pack": "local", "registers": 2} in json.loads(copy.altyn("packs", "--json", "--project", copy.project()))[
        "packs"
    ]
    assert "Перечислить пакеты." in copy.altyn("--help", language="ru")
    gate = "tests/meta/test_gate_first.py"
    copy.test(
        "tests/meta/test_reference.py", "tests/unit/cli/test_packs.py", "tests/meta/test_cli_cost.py",
        f"{gate}::test_every_verb_is_asked_or_says_why_not",
        f"{gate}::test_a_verb_that_tells_what_may_be_known_tells_no_value[real-packs]",
    )  # fmt: skip


@pytest.mark.slow
def test_a_contract_property(changed: Made) -> None:
    copy = changed("A contract property")
    project = copy.project("altyn.steward, value: Land office")

    columns = json.loads(copy.altyn("registers", "areas", "--json", "--project", project))["columns"]

    assert [c["steward"] for c in columns if c["name"] == "title"] == ["Land office"]
    assert "steward" not in copy.altyn("check", "--project", project, status=1), "what else is wrong there is not this"


@pytest.mark.slow
def test_a_purpose(changed: Made) -> None:
    copy = changed("A purpose")
    project = copy.project()
    asked = ("query", "select title from areas", "--json", "--project", project, "--purpose")

    assert "Алматы" in copy.altyn(*asked, "teaching")
    assert "gate.purpose-unknown" in copy.altyn(*asked, "learning", status=3)
    assert '"purpose":"teaching"' in (project / ".altyn/log/access-000001.jsonl").read_text(encoding="utf-8").replace(
        " ", ""
    )
    copy.test("tests/unit/policy/test_purposes.py", "tests/unit/policy/test_governed.py")


@pytest.mark.slow
def test_a_page(changed: Made) -> None:
    copy = changed("A page")
    said = copy.run("-c", ASKED, copy.project(), "/kk/owners", "/ru/owners", "/en/owners")

    for heading in ("Дерекке кім жауап береді", "Кто отвечает за данные", "Who answers for the data"):
        assert heading in said
    assert len(re.findall(r"(?m)^200 ", said)) == 3
    gate = "tests/meta/test_gate_first.py"
    copy.test(
        "tests/unit/serve/portal/pages/test_owners.py", "tests/meta/test_translations.py",
        f"{gate}::test_no_page_tells_what_a_closed_register_holds", f"{gate}::test_no_exemption_outlives_its_function",
    )  # fmt: skip


@pytest.mark.slow
def test_a_language(changed: Made) -> None:
    copy = changed("A language")
    project = copy.project()
    said = copy.run("-c", ASKED, project, "/uz/registers")

    assert said.startswith("200 ")
    assert "Registrlar" in said
    assert ">Oʻzbekcha</a>" in said
    copy.altyn("check", copy.root / "packs" / "kazakhstan")
    copy.test("tests/unit/test_language.py", "tests/meta/test_translations.py")


@pytest.mark.slow
def test_a_rule_of_rows(changed: Made) -> None:
    copy = changed("A rule of rows")
    project = copy.project("altyn.oneWord, value: true")
    said = json.loads(copy.altyn("quarantine", "areas", "--json", "--project", project))

    assert "one-word" in json.dumps(said)
    assert "Алматы" in copy.altyn("query", "select title from areas", "--json", "--project", project)
    copy.test(
        "tests/unit/sources/test_one_word.py", "tests/unit/sources/test_rules.py", "tests/unit/packs/test_properties.py"
    )


@pytest.mark.slow
def test_a_comparison(changed: Made) -> None:
    copy = changed("A comparison")
    people = "".join(f"Аян{n},{50_000 + n * 37}\nАян{n},0{50_000 + n * 37}\n" for n in range(40))
    (copy.root / "people.csv").write_text(f"name,post\n{people}", encoding="utf-8")
    (copy.root / "spec.toml").write_text(
        'entity = "person"\n[fields.name]\nkind = "text"\ncolumns = ["name"]\n'
        '[fields.post]\nkind = "postcode"\ncolumns = ["post"]\n[[blocking]]\nagree = ["post: region"]\n'
    )

    said = json.loads(copy.altyn("link", "people.csv", "--spec", "spec.toml", "--json"))

    assert "postcode" in {field["kind"] for field in said["fields"]}
    assert said["pairs_compared"] > 0
    copy.test("tests/unit/identity/test_postcodes.py", "tests/unit/identity/test_comparing.py")


@pytest.mark.slow
def test_a_measure(changed: Made) -> None:
    copy = changed("A measure")
    demo = copy.root / "demo"
    copy.altyn("demo", demo, "--no-serve")

    rows = json.loads(copy.altyn("query", "select * from territories_by_region", "--json", "--project", demo))
    assert len(json.dumps(rows)) > 500
    assert "No faults." in copy.altyn("check", copy.root / "packs" / "kazakhstan")


@pytest.mark.slow
def test_all_ten_together_pass_the_checks(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "altyn")
    for change in TEN.values():
        for block in change.blocks:
            block.apply(copy.root)
    written = sorted({b.path for c in TEN.values() for b in c.blocks if b.path.endswith(".py")})

    copy.run("-m", "ruff", "check", *written)
    copy.run("-m", "ruff", "format", "--check", *written)
    copy.test("tests/meta/test_mirror.py", "tests/meta/test_names_are_one.py", "tests/meta/test_reference.py")
