"""A row shows its values as they were written and as they were read, to whoever may see the column."""

from __future__ import annotations

from pathlib import Path

import yaml

from altyn.serve.use_cases import questions
from altyn.serve.workspace import Workspace
from tests.integration.strange import Stranger, stranger, texts

COLUMNS = {**texts("code"), "born": ("born", "date"), "sum": ("sum", "number"), "name": ("name", "string")}


def change(brought: Stranger, version: str, **columns: dict[str, object]) -> None:
    path = brought.folder / "packs" / "local" / "registers" / "brought.odcs.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["version"] = version
    for item in document["schema"][0]["properties"]:
        item.update(columns.get(item["name"], {}))
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def formed(folder: Path) -> Stranger:
    brought = stranger(folder, COLUMNS)
    form = [{"property": "altyn.form", "value": {"decimal": ",", "thousands": " "}}]
    missing = [{"property": "altyn.form", "value": {"missing": ["н/д"]}}]
    change(
        brought,
        "1.0.0",
        born={"logicalTypeOptions": {"format": "dd.MM.yyyy"}},
        sum={"customProperties": form},
        name={"customProperties": missing},
    )
    return brought


def history(brought: Stranger, key: str) -> list[tuple[dict[str, object], dict[str, str]]]:
    workspace = Workspace.open(brought.folder)
    found = questions.history(workspace, workspace.register("brought"), key)
    return [({n: v.values[n] for n in ("born", "sum", "name") if n in v.values}, dict(v.written)) for v in found]


def test_a_version_keeps_what_was_written_where_it_says_more(tmp_path: Path) -> None:
    brought = formed(tmp_path)
    brought.bring("code;born;sum;name\n1;31.12.2023;1 234,50;н/д\n2;01.02.2024;7;Әлия\n")
    brought.run()

    ((values, written),) = history(brought, "1")
    assert (str(values["born"]), float(str(values["sum"])), values["name"]) == ("2023-12-31", 1234.5, None)
    assert written == {"born": "31.12.2023", "sum": "1 234,50", "name": "н/д"}
    ((_, written),) = history(brought, "2")
    assert written["born"] == "01.02.2024"


def test_the_same_value_written_another_way_is_no_change(tmp_path: Path) -> None:
    brought = formed(tmp_path)
    brought.bring("code;born;sum;name\n1;31.12.2023;1 234,50;x\n")
    brought.run()
    brought.bring("code;born;sum;name\n1;31.12.2023;1234,5;x\n")

    assert brought.run().lines[0]["put"] == 0


def test_what_is_written_in_a_hidden_column_is_hidden(tmp_path: Path) -> None:
    brought = formed(tmp_path)
    change(brought, "1.0.1", sum={"classification": "confidential"})
    brought.bring("code;born;sum;name\n1;31.12.2023;1 234,50;x\n")
    brought.run()

    ((values, written),) = history(brought, "1")
    assert "sum" not in values
    assert set(written) == {"born"}


def test_a_form_that_comes_and_goes_needs_no_new_generation(tmp_path: Path) -> None:
    brought = stranger(tmp_path, COLUMNS)
    brought.bring("code;born;sum;name\n1;2023-12-31;5;x\n")
    assert brought.run().exit_status == 0
    change(brought, "1.0.1", name={"customProperties": [{"property": "altyn.form", "value": {"missing": ["-"]}}]})
    brought.bring("code;born;sum;name\n1;2023-12-31;5;-\n2;2024-01-01;6;y\n")
    assert brought.run().exit_status == 0
    assert [w for _, w in history(brought, "1")] == [{}, {"name": "-"}]
    change(brought, "1.0.2", name={"customProperties": []})
    brought.bring("code;born;sum;name\n1;2023-12-31;5;z\n2;2024-01-01;6;y\n")
    assert brought.run().exit_status == 0

    assert Workspace.open(tmp_path).snapshot().registers["local.brought"].path == "store/local/brought"
    assert brought.ask("select name from brought where code = '1'") == [("z",)]
