"""The tables of sources in altyn.toml: what a person wrote around them stays, and a change that would break it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.packs.project import Project, load_project
from altyn.packs.source_tables import drop_source, put_source

HEAD = """\
# ours, do not touch
name = "p"
packs = ["local"]   # the packs
"""
TWO = """
# births come at night
[sources."local.births"]  # from the ministry
path = "data/births.csv"   # nightly
mode = "whole"

[sources."local.births".options]
delimiter = ";"

# deaths come by post
[sources."local.deaths"]
path = "data/deaths.csv"
"""


def project(folder: Path, text: str) -> Project:
    (folder / "packs" / "local").mkdir(parents=True, exist_ok=True)
    (folder / "altyn.toml").write_text(text, encoding="utf-8")
    return load_project(folder)


def text_of(made: Project) -> str:
    return (made.folder / "altyn.toml").read_text(encoding="utf-8")


def test_a_new_source_stands_at_the_end_and_nothing_else_is_written(tmp_path: Path) -> None:
    before = project(tmp_path, HEAD + TWO)
    after = put_source(before, "local.homes", {"path": "data/үй.csv", "skip": 2}, "local")

    assert text_of(after).startswith(HEAD + TWO.rstrip("\n"))
    assert after.sources["local.homes"] == {"path": "data/үй.csv", "skip": 2}


def test_a_setting_is_changed_in_its_place_and_a_missing_one_added(tmp_path: Path) -> None:
    after = put_source(project(tmp_path, HEAD + TWO), "local.deaths", {"path": "b.csv", "mode": "append"}, "local")

    assert after.sources["local.deaths"] == {"path": "b.csv", "mode": "append"}
    assert '# deaths come by post\n[sources."local.deaths"]\n' in text_of(after)
    assert after.sources["local.births"]["options"] == {"delimiter": ";"}


def test_what_is_there_already_changes_no_file(tmp_path: Path) -> None:
    before = project(tmp_path, HEAD + TWO)
    stamp = (tmp_path / "altyn.toml").stat().st_mtime_ns

    assert put_source(before, "local.deaths", {"path": "data/deaths.csv"}, "local") is before
    assert (tmp_path / "altyn.toml").stat().st_mtime_ns == stamp


@pytest.mark.parametrize("head", [HEAD, 'name = "p"\npacks = [\n  "local",\n]\n', 'name = "p"\n'])
def test_a_pack_joins_those_that_are_named(tmp_path: Path, head: str) -> None:
    after = put_source(project(tmp_path, head), "own.homes", {"path": "a.csv"}, "own")

    assert list(after.packs) == [*load_packs(head), "own"]
    assert text_of(after).count("packs =") == 1


def load_packs(text: str) -> list[str]:
    import tomllib

    return tomllib.loads(text).get("packs", [])


def test_a_dropped_source_takes_its_options_and_leaves_the_next_ones_comment(tmp_path: Path) -> None:
    after = drop_source(project(tmp_path, HEAD + TWO), "local.births")

    assert list(after.sources) == ["local.deaths"]
    assert "delimiter" not in text_of(after)
    assert '# deaths come by post\n[sources."local.deaths"]' in text_of(after)
    assert text_of(after).startswith(HEAD)


def test_the_last_source_may_go_and_one_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    before = project(tmp_path, HEAD + TWO)
    after = drop_source(before, "local.deaths")

    assert list(after.sources) == ["local.births"]
    assert drop_source(after, "local.none") is after


def test_put_then_drop_gives_the_file_back(tmp_path: Path) -> None:
    before = project(tmp_path, HEAD + TWO)
    drop_source(put_source(before, "local.homes", {"path": "a.csv"}, "local"), "local.homes")

    assert text_of(before).rstrip() == (HEAD + TWO).rstrip()


def test_a_source_that_is_no_table_of_its_own_is_left_to_the_person(tmp_path: Path) -> None:
    text = HEAD + '\n[sources]\n"local.births" = { path = "a.csv" }\n'
    before = project(tmp_path, text)

    with pytest.raises(AltynError, match=r"project\.invalid"):
        drop_source(before, "local.births")
    assert text_of(before) == text


def test_a_change_that_would_not_be_right_is_taken_back(tmp_path: Path) -> None:
    before = project(tmp_path, HEAD + TWO)
    with pytest.raises(AltynError, match=r"project\."):
        put_source(before, "no-dot", {"path": "a.csv"}, "local")

    assert text_of(before) == HEAD + TWO
