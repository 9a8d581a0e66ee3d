"""Adding: a proposal is tried, kept with its source, taken back while nothing is published, and linked to a parent that holds rows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import Project, load_project
from altyn.serve.use_cases import adding, projects
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace
from altyn.sources import trial


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    projects.make_project(tmp_path / "p", None)
    return load_project(tmp_path / "p")


def put(project: Project, name: str, text: str) -> Path:
    path = project.folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def add(project: Project, path: Path, name: str | None = None) -> adding.Proposal:
    """Propose and keep."""
    project = load_project(project.folder)
    proposal = adding.propose(project, path, name)
    adding.keep(project, proposal)
    return proposal


def ran(project: Project) -> RunReport:
    return run_project(Workspace.open(project.folder))


def test_what_was_found_stands_in_altyn_toml_and_a_run_reads_it_so(project: Project) -> None:
    path = put(project, "schools.csv", "Schools of 2024\ncode;name;pupils\n01;A;5\n02;B;6\nTotal;;11\n")
    proposal = add(project, path)

    assert load_project(project.folder).sources["local.schools"] == {
        "path": "data/schools.csv", "header_line": 2, "delimiter": ";", "skip_footer": 1,
    }  # fmt: skip
    assert proposal.first == (("01", "A", "5"), ("02", "B", "6"))
    report = ran(project)
    assert report.errors == []
    assert [(line["rows"], line["refused"]) for line in report.lines] == [(2, 0)]


def test_a_source_written_first_is_used(project: Project) -> None:
    path = put(project, "x.csv", "made\nid,name\n1,A\n2,B\n")
    toml = project.folder / "altyn.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + '\n[sources."registry.births"]\n# ours\npath = "data/x.csv"\nheader_line = 2\n\n# last words\n',
        encoding="utf-8",
    )
    proposal = add(project, path)

    assert proposal.register == "registry.births"
    text = toml.read_text(encoding="utf-8")
    assert 'packs = ["registry"]' in text
    assert '# ours\npath = "data/x.csv"\nheader_line = 2\n\n# last words' in text
    assert ran(project).errors == []


def test_files_of_one_shape_are_one_register(project: Project) -> None:
    put(project, "births/a.csv", "id,name\n1,A\n")
    put(project, "births/b.csv", "id,name\n2,B\n")
    proposal = add(project, project.folder / "data" / "births")

    assert (proposal.register, proposal.settings["path"]) == ("local.births", "data/births/*.csv")
    assert proposal.found.outcome.rows == 2

    put(project, "births/c.csv", "id,other\n3,C\n")
    with pytest.raises(AltynError) as caught:
        adding.propose(load_project(project.folder), project.folder / "data" / "births" / "*.csv", "more")
    assert caught.value.code == "add.shapes-differ"


def test_a_first_try_is_taken_back_while_nothing_is_published(project: Project) -> None:
    path = put(project, "x.csv", "a;b\n1;2\n")
    before = (project.folder / "altyn.toml").read_text(encoding="utf-8")
    add(project, path)
    again = adding.propose_again(load_project(project.folder), "x", {"no_header": True})
    adding.keep(load_project(project.folder), again)
    assert load_project(project.folder).sources["local.x"] == {"path": "data/x.csv", "no_header": True}
    assert [d.evidence.header for d in again.found.decisions] == ["#1", "#2"]

    register, contract = adding.remove(load_project(project.folder), "x")
    assert (register, contract.exists(), path.exists()) == ("local.x", False, True)
    after = (project.folder / "altyn.toml").read_text(encoding="utf-8")
    assert after.rstrip() == before.replace("packs = []", 'packs = ["local"]').rstrip()


def test_what_is_published_is_not_taken_back(project: Project) -> None:
    path = put(project, "x.csv", "id,name\n1,A\n")
    add(project, path)
    assert ran(project).snapshot is not None

    for attempt in (adding.remove, adding.propose_again):
        with pytest.raises(AltynError) as caught:
            attempt(load_project(project.folder), "x")
        assert caught.value.code == "add.published"
    with pytest.raises(AltynError) as caught:
        adding.remove(load_project(project.folder), "kato")
    assert caught.value.code == "add.unknown"


def test_a_name_that_is_taken_is_refused(project: Project) -> None:
    path = put(project, "x.csv", "id,name\n1,A\n")
    add(project, path)

    with pytest.raises(AltynError) as caught:
        adding.propose(load_project(project.folder), path)
    assert caught.value.code == "add.contract-exists"


def test_a_relationship_is_proposed_only_where_the_parent_holds_rows(project: Project) -> None:
    parents = put(project, "areas.csv", "code,name\n" + "".join(f"1000{n},A{n}\n" for n in range(10, 30)))
    add(project, parents)
    contract = project.folder / "packs/local/registers/areas.odcs.yaml"
    text = contract.read_text(encoding="utf-8").replace("open: false", "open: true").replace("internal", "public")
    contract.write_text(text, encoding="utf-8")
    child = put(project, "schools.csv", "school_id,area_code\n1,100010\n2,100011\n3,100029\n")

    empty = adding.propose(load_project(project.folder), child)
    assert "relationships" not in empty.text
    assert ran(project).errors == []
    full = adding.propose(load_project(project.folder), child)
    assert "to: areas.code" in full.text
    adding.keep(load_project(project.folder), full)
    assert ran(project).errors == []


def test_init_takes_the_state_from_its_pack(tmp_path: Path) -> None:
    states = projects.installed_states()
    assert states
    for name, state in states.items():
        projects.make_project(tmp_path / name, projects.state_named(name.upper()))
        made = load_project(tmp_path / name)
        assert (made.state, made.timezone, made.packs) == (name, state.timezone, (state.pack,))
        assert made.languages == state.languages
    assert projects.state_named("none") is None
    with pytest.raises(AltynError):
        projects.state_named("Nowhere")


def test_a_text_that_is_no_table_is_refused(project: Project) -> None:
    path = put(project, "notes.txt", "dear all, hello\none\ntwo, three, four\nfive\nsix\n")
    with pytest.raises(AltynError) as caught:
        adding.propose(project, path, given={"kind": "csv"})

    assert caught.value.code == "add.no-table"
    assert not (project.folder / "packs" / "local").exists()


def test_of_two_that_take_one_name_the_second_is_refused(project: Project) -> None:
    first, second = (adding.propose(project, put(project, f"{n}.csv", "id,n\n1,2\n"), "same") for n in ("one", "two"))
    adding.keep(project, first)
    with pytest.raises(AltynError) as caught:
        adding.keep(project, second)

    assert caught.value.code == "add.contract-exists"
    assert load_project(project.folder).sources["local.same"]["path"] == "data/one.csv"


def test_many_that_add_at_once_lose_none(project: Project) -> None:
    """Each wrote altyn.toml as it had read it: all but the last one's sources were gone."""
    proposals = [adding.propose(project, put(project, f"r{n}.csv", "id,n\n1,2\n")) for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda p: adding.keep(project, p), proposals))

    assert set(load_project(project.folder).sources) == {p.register for p in proposals}
    assert ran(project).errors == []


def test_where_altyn_toml_cannot_be_written_the_contract_is_taken_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(project, "x.csv", "id,n\n1,2\n")
    proposal = adding.propose(project, path)
    monkeypatch.setattr(adding, "put_source", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        adding.keep(project, proposal)
    assert not proposal.path.exists()

    monkeypatch.undo()
    adding.keep(project, proposal)
    monkeypatch.setattr(adding, "put_source", lambda *_: 1 / 0)
    before, toml = proposal.path.read_bytes(), (project.folder / "altyn.toml").read_bytes()
    path.write_text("id,m\n1,2\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        adding.keep(project, adding.propose_again(load_project(project.folder), "x", {"encoding": "utf-8"}))
    assert proposal.path.read_bytes() == before
    assert (project.folder / "altyn.toml").read_bytes() == toml


def test_what_a_killed_add_left_holds_up_no_run_and_can_be_taken_back(project: Project) -> None:
    add(project, put(project, "kept.csv", "id,n\n1,2\n"))
    path = put(project, "x.csv", "id,n\n1,2\n")
    killed = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom altyn.packs.project import load_project\n"
        "from altyn.serve.use_cases import adding\n"
        "adding.put_source = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "project = load_project(Path(sys.argv[1]))\nadding.keep(project, adding.propose(project, Path(sys.argv[2])))\n"
    )
    ended = subprocess.run([sys.executable, "-c", killed, project.folder, path], check=False)
    assert ended.returncode == -signal.SIGKILL
    report = ran(project)

    assert report.errors == []
    assert adding.remove(load_project(project.folder), "x")[0] == "local.x"
    add(project, path)
    assert ran(project).errors == []


def test_a_format_of_days_that_is_none_or_fits_nothing_is_said(project: Project) -> None:
    with pytest.raises(AltynError) as caught:
        adding.require_forms(None, "foo")
    assert caught.value.code == "usage"

    said = adding.require_forms(None, "dd.MM.yyyy")
    fits = adding.propose(project, put(project, "a.csv", "id,day\n1,31.12.2024\n"), said=said)
    fits_not = adding.propose(project, put(project, "b.csv", "id,day\n1,2024-12-31\n"), said=said)
    assert not fits.look_at
    assert "dd.MM.yyyy" in fits_not.look_at[-1].text("en")


def test_the_lines_left_out_are_named_by_their_words_and_not_by_who_signed(project: Project) -> None:
    path = put(project, "x.csv", "Код;Мектеп;Оқушы\n01;A;5\n02;B;6\nИтого;;11\nИсп.: А. Кім;;\nДиректор;;Б. Ким\n")
    found = adding.propose(project, path)
    unclear = adding.propose(project, put(project, "y.csv", "Код;Мектеп;Оқушы\n01;A;5\n02;B;6\nДиректор;;Б. Ким\n"))

    assert found.settings["skip_footer"] == 3
    assert "(Итого, Исп)" in found.layout[-1].text("en")
    assert "(Итого, Исп)" in found.text
    assert not any("Кім" in text for text in (found.text, *(m.text("en") for m in found.layout)))
    assert "skip_footer" not in unclear.settings
    assert "--skip-footer 1" in unclear.look_at[0].text("en")


def test_a_pattern_written_first_is_read_whole_and_another_path_is_refused(project: Project) -> None:
    toml = project.folder / "altyn.toml"
    text = toml.read_text(encoding="utf-8") + '\n[sources."local.m"]\npath = "data/m*.csv"\n'
    toml.write_text(text, encoding="utf-8")
    first, _ = (put(project, f"m{n}.csv", f"id,name\n{n},A\n") for n in (1, 2))
    other = put(project, "x.csv", "id,name\n3,A\n")
    with pytest.raises(AltynError) as caught:
        adding.propose(load_project(project.folder), other, "m")
    assert "altyn add 'data/m*.csv' --name local.m" in str(caught.value)
    proposal = add(project, first, "m")

    assert (proposal.register, proposal.settings["path"]) == ("local.m", "data/m*.csv")
    assert proposal.found.outcome.rows == 2


@pytest.mark.parametrize("name", ["wide.csv", "wide.json"])
def test_a_file_of_thousands_of_columns_is_refused_before_it_is_guessed(project: Project, name: str) -> None:
    count = trial.MOST_COLUMNS + 1
    names = [f"c{n}" for n in range(count)]
    text = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    if name.endswith("json"):
        text = json.dumps([dict.fromkeys(names, 1), dict.fromkeys(names, 2)])
    with pytest.raises(AltynError, match=r"source\.too-large") as caught:
        adding.propose(project, put(project, name, text))

    assert str(count) in str(caught.value)
