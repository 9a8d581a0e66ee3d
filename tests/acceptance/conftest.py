"""The demo, once for all acceptance tests: the real registers, loaded and published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from altyn.serve.use_cases import questions, synthesising
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, RunReport]:
    """The demo's workspace and the report of its first run."""
    folder: Path = tmp_path_factory.mktemp("demo") / "altyn-demo"
    assert synthesising.prepare_demo(folder)
    workspace = Workspace.open(folder)
    return workspace, run_project(workspace)


@pytest.fixture(scope="session")
def demo(loaded: tuple[Workspace, RunReport]) -> Workspace:
    """The demo's workspace."""
    return loaded[0]


@pytest.fixture(scope="session")
def ask(demo: Workspace) -> Callable[..., list[tuple[object, ...]]]:
    """Ask the demo in SQL, through the gate."""
    return lambda sql, **how: questions.query(demo, sql, **how).rows()
