"""An outside judge: datacontract-cli lints every built-in contract and tests it against the rows we accepted.

It runs in an environment of its own, for it needs a duckdb older than ours: rows travel as Parquet, and its own duckdb
makes the tables, so that it also compares their types with the contract's. Our registers carry the contract's names,
not the headers of the source, so `physicalName` is left out of what it tests; an object is its JSON text. What it cannot judge (relationships across
files) it says as a warning; we judge that ourselves (tests/unit/packs/test_catalogue.py).
"""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from altyn.packs.contracts import SUFFIX, read_contract, write_document
from altyn.packs.manifest import builtin_folder
from altyn.serve.use_cases.running import run_project
from altyn.serve.use_cases.synthesising import prepare_demo
from altyn.serve.workspace import Workspace
from tests.judges import require

pytestmark = [pytest.mark.slow, pytest.mark.needs("datacontract")]

CONTRACTS = sorted(builtin_folder().glob(f"*/registers/*{SUFFIX}"))
REGISTERS = [read_contract(path).register.name for path in CONTRACTS]
WRONG = "wrong.places"
# Runs inside the judge's environment; prints {contract file: [[result, check, reason], ...]}.
JUDGE = """
import json, pathlib, sys
import duckdb
from datacontract.data_contract import DataContract

lint, folder = sys.argv[1] == "lint", pathlib.Path(sys.argv[2])
with duckdb.connect(str(folder / "rows.duckdb")) as connection:
    for path in sorted(folder.glob("*.parquet")):
        pack, table = path.stem.split(".")
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{pack}"')
        connection.execute(f'CREATE OR REPLACE TABLE "{pack}"."{table}" AS FROM read_parquet(\\'{path}\\')')
told = {}
for file in sys.argv[3:]:
    contract = DataContract(data_contract_file=file)
    run = contract.lint() if lint else contract.test()
    told[file] = [[check.result.value, check.name, check.reason] for check in run.checks]
print("JUDGED" + json.dumps(told))
"""
Verdicts = Mapping[str, list[tuple[str, str, str]]]


def judge(verb: str, folder: Path, files: list[Path]) -> Verdicts:
    """What the judge says of contracts, by file name."""
    program = require("datacontract").with_name("python")
    command = [program, "-c", JUDGE, verb, folder, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, list[tuple[str, str, str]]] = json.loads(done.stdout.split("JUDGED", 1)[1])
    return {Path(file).name: checks for file, checks in told.items()}


def for_judge(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A contract as the judge tests it: our names, and a server that holds our rows."""
    tested = copy.deepcopy(dict(document))
    pack = str(tested["id"]).split(".", maxsplit=1)[0]
    tested["servers"] = [{"server": "rows", "type": "duckdb", "database": str(folder / "rows.duckdb"), "schema": pack}]
    for item in tested["schema"][0]["properties"]:
        item.pop("physicalName", None)
        if item.get("logicalType") == "object":
            item |= {"logicalType": "string", "physicalType": "VARCHAR"}  # we keep an object as its JSON text
    return tested


@pytest.fixture(scope="module")
def linted(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """The judge's lint of every built-in contract, as it stands in its pack."""
    return judge("lint", tmp_path_factory.mktemp("lint"), CONTRACTS)


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """The judge's test of every built-in contract against the rows of the demo, and of one that is wrong."""
    folder = tmp_path_factory.mktemp("judged")
    prepare_demo(folder / "demo", 1000)
    files: list[Path] = []
    documents: dict[str, Mapping[str, Any]] = {}
    workspace = Workspace.open(folder / "demo")
    run_project(workspace)
    documents |= {name: contract.document for name, contract in workspace.catalogue.contracts.items()}
    with workspace.store.run("judge", 10.0) as run:
        for name, register in workspace.catalogue.registers.items():
            columns = ", ".join(f'"{column.name}"' for column in register.columns)
            rows = f"SELECT {columns} FROM ({run.current_sql(register)})"
            run.session.write_parquet(rows, folder / f"{name}.parquet")
        run.session.write_parquet("SELECT 'x' AS code, 1 AS area FROM range(2)", folder / f"{WRONG}.parquet")
    wrong = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": WRONG, "version": "1.0.0", "status": "active",
        "schema": [{"name": "places", "properties": [
            {"name": "code", "logicalType": "string", "physicalType": "VARCHAR", "primaryKey": True, "required": True},
            {"name": "area", "logicalType": "string", "physicalType": "VARCHAR"}]}],
    }  # fmt: skip
    for name, document in (documents | {WRONG: wrong}).items():
        files.append(folder / f"{name}{SUFFIX}")
        files[-1].write_text(write_document(for_judge(document, folder)), encoding="utf-8")
    return judge("test", folder, files)


@pytest.mark.parametrize("path", CONTRACTS, ids=REGISTERS)
def test_each_contract_passes_the_lint(linted: Verdicts, path: Path) -> None:
    assert [check for check in linted[path.name] if check[0] != "passed"] == []
    assert linted[path.name]


@pytest.mark.parametrize("register", REGISTERS)
def test_our_rows_pass_each_contract(tested: Verdicts, register: str) -> None:
    checks = tested[f"{register}{SUFFIX}"]

    wrong = [check for check in checks if check[0] not in {"passed", "info"} and "relationship" not in str(check[2])]
    assert wrong == []
    assert sum(check[0] == "passed" for check in checks) > 3


def test_the_judge_would_notice(tested: Verdicts) -> None:
    failed = [name for result, name, _ in tested[f"{WRONG}{SUFFIX}"] if result == "failed"]

    assert any("duplicate" in name for name in failed), "a key that stands twice"
    assert any("type" in name for name in failed), "a number where a text is declared"
