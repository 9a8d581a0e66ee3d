"""Adding: a proposal is tried, kept with its source, taken back while nothing is published, and linked to a parent that holds rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import Project, load_project
from altyn.serve import adding, use_cases
from altyn.serve.running import RunReport, run_project
from altyn.serve.workspace import Workspace


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    use_cases.make_project(tmp_path / "p", None)
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
    states = use_cases.installed_states()
    assert states
    for name, state in states.items():
        use_cases.make_project(tmp_path / name, use_cases.state_named(name.upper()))
        made = load_project(tmp_path / name)
        assert (made.state, made.timezone, made.packs) == (name, state.timezone, (state.pack,))
        assert made.languages == state.languages
    assert use_cases.state_named("none") is None
    with pytest.raises(AltynError):
        use_cases.state_named("Nowhere")
