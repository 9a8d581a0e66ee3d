"""Rows of a register as readers and programs ask for them: filters, order, columns, pages, downloads, and what no log keeps."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from arro3.io import read_parquet
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from altyn.serve.portal.app import create_app
from tests.integration.conftest import Trial

ROWS = "/en/registers/local.areas/rows"
# Not a value of any row: what a reader looks for is his own affair.
WANTED = "Құпия-4711"
KIND = """\
      - {{name: kind, logicalType: string, physicalType: VARCHAR, classification: public}}
      - {{name: secret, logicalType: string, physicalType: VARCHAR, classification: restricted}}
      - {{name: money, logicalType: number, physicalType: "DECIMAL(20,2)", classification: public}}
      - {{name: counted, logicalType: date, physicalType: DATE, classification: public, description: Day}}
"""
LETTERS = """\
collation = "kk"
alphabet = "аәкқлт"

[fold]
"ә" = "а"
"қ" = "к"
"ө" = "о"
"""


@pytest.fixture
def areas(trial: Trial) -> Trial:
    """Three areas, with a column nobody may see."""
    trial.contract(extra=KIND.replace("{{", "{").replace("}}", "}"))
    scripts = trial.folder / "packs" / "local" / "scripts"
    scripts.mkdir()
    (scripts / "letters.toml").write_text(LETTERS, encoding="utf-8")
    (trial.folder / "data" / "areas.csv").write_text(
        "code,title,people,kind,secret,money,counted\n"
        "1000,Алматы,20,city,Жасырын-1,1234567.50,2024-02-29\n"
        "2000,Ақтөбе,10,city,Жасырын-2,0.10,1850-01-01\n"
        "3000,Әйтеке би,,village,Жасырын-3,12345678901234567.89,\n",
        encoding="utf-8",
    )
    assert not trial.run().errors
    return trial


def portal(trial: Trial, **how: Any) -> TestClient:
    return TestClient(create_app(trial.open(), **how), base_url="http://localhost", follow_redirects=False)


def codes(trial: Trial, query: str) -> list[str]:
    """The codes of the rows that programs get, which are those of the page too."""
    client = portal(trial)
    rows = [r["code"] for r in client.get(f"{ROWS}.json?{query}").json()["rows"]]
    page = client.get(f"{ROWS}?{query}").text
    assert [c for c in ("1000", "2000", "3000") if f"/row/{c}" in page] == sorted(rows)
    downloaded = client.get(f"/en/registers/local.areas/data.csv?{query}").text
    assert [line["code"] for line in csv.DictReader(io.StringIO(downloaded))] == rows
    return rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["1000", "2000", "3000"]),
        ("title.has=актобе", ["2000"]),
        ("title.begins=айтеке", ["3000"]),
        ("kind.eq=city&people.min=15", ["1000"]),
        ("kind.eq=city&kind.eq=village&sort=-people", ["1000", "2000", "3000"]),
        ("people.max=15&people.empty=yes", ["2000", "3000"]),
        ("counted.eq=2024", ["1000"]),
        ("money.min=1 000,5", ["1000", "3000"]),
        ("sort=title", ["2000", "1000", "3000"]),
        ("title.eq=нет", []),
    ],
)
def test_page_programs_and_download_give_the_same_rows(areas: Trial, query: str, found: list[str]) -> None:
    assert codes(areas, query) == found


def test_chosen_columns_are_those_and_in_that_order(areas: Trial) -> None:
    client = portal(areas)
    found = client.get(f"{ROWS}.json?columns=people,title").json()

    assert [c["name"] for c in found["columns"]] == ["people", "title"]
    assert found["rows"][0] == {"people": 20, "title": "Алматы"}
    assert client.get("/en/registers/local.areas/data.csv?columns=people,title").text.splitlines()[0] == "people,title"
    assert "<code>2000</code>" not in client.get(f"{ROWS}?columns=title").text


def test_pages_are_numbered_and_lead_on(areas: Trial) -> None:
    client = portal(areas)
    first = client.get(f"{ROWS}.json?size=2&people.empty=yes&people.min=0").json()
    second = client.get(first["links"]["next"]).json()

    assert (first["total"], first["pages"], first["size"]) == (3, 2, 2)
    assert [r["code"] for r in first["rows"] + second["rows"]] == ["1000", "2000", "3000"]
    assert "next" not in second["links"]
    assert 'aria-current="page">2<' in client.get(f"{ROWS}?size=2&page=9").text


def test_a_form_is_answered_with_the_short_address(areas: Trial) -> None:
    sent = portal(areas).get(f"{ROWS}?form=1&title.has=&people.min=+15+&people.max=&sort=&columns=code&columns=title")

    assert sent.status_code == 303
    assert sent.headers["location"] == f"{ROWS}?people.min=15&columns=code%2Ctitle"


def test_values_of_few_are_listed_with_their_counts(areas: Trial) -> None:
    page = portal(areas).get(f"{ROWS}?kind.eq=village").text

    assert f'<a href="{ROWS}?kind.eq=village&amp;kind.eq=city">city</a> <span class="n">2</span>' in page
    assert f'<a href="{ROWS}" aria-current="true">' in page


def test_when_no_row_has_a_time_its_column_is_left_out(areas: Trial) -> None:
    client = portal(areas)

    assert "Valid to" not in client.get(f"{ROWS}?columns=").text.split("<tbody>")[0].split("<thead>")[1]
    assert "Valid to" in client.get(f"{ROWS}?columns=code,valid_to").text.split("<tbody>")[0].split("<thead>")[1]


@pytest.mark.parametrize("name", ["secret.eq", "secret.empty", "nothing.has"])
def test_a_column_that_may_not_be_seen_is_as_one_that_is_not_there(areas: Trial, name: str) -> None:
    client = portal(areas)
    page, refused = client.get(f"{ROWS}?{name}=yes"), client.get(f"{ROWS}.json?{name}=yes")

    assert page.status_code == 200
    assert f"Nothing here is called {name}" in page.text
    assert (refused.status_code, refused.json()["type"]) == (400, "rows.parameter")
    assert "secret," not in refused.text
    for query in ("columns=secret", "sort=secret"):
        assert client.get(f"{ROWS}.json?{query}").status_code == 400
        assert "Жасырын" not in client.get(f"{ROWS}?{query}").text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("titel.has=x", "rows.parameter"), ("title.like=x", "rows.parameter"), ("people.min=1&people.min=2", "rows.parameter"),
        ("people.has=1", "rows.parameter"), ("filter=x", "rows.parameter"), ("sort=peple", "rows.parameter"),
        ("people.min=Құпия", "rows.value"), ("people.min=1,000", "rows.value"), ("counted.eq=29.02.2024", "rows.value"),
        ("counted.eq=2023-02-29", "rows.value"), ("people.empty=maybe", "rows.value"), ("page=0", "rows.value"), ("size=1001", "rows.value"),
        ("&".join(f"title.eq={n}" for n in range(201)), "rows.value"), (f"title.has={'x' * 201}", "rows.value"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(areas: Trial, query: str, code: str) -> None:
    client = portal(areas)
    page = client.get(f"{ROWS}?{query}")

    for end in ("rows.json", "data.csv", "data.xlsx"):
        refused = client.get(f"/en/registers/local.areas/{end}?{query}")
        assert (refused.status_code, refused.json()["type"]) == (400, code)
        assert "Құпия" not in refused.text
    assert page.status_code == 200
    assert "Not all of the address was understood" in page.text


def test_an_excel_file_has_numbers_days_and_titles(areas: Trial) -> None:
    content = portal(areas).get("/ru/registers/local.areas/data.xlsx?columns=title,people,money,counted").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("data").to_python()
    text = portal(areas).get("/ru/registers/local.areas").text

    assert all(title in text for title in map(str, rows[0]))
    assert [type(v).__name__ for v in rows[1]] == ["str", "float", "float", "date"]
    assert rows[1][1:3] == [20.0, 1234567.5]
    # A day before 1900, and a number of more than 15 digits, which Excel would change.
    assert (rows[2][3], rows[3][2]) == ("1850-01-01", "12345678901234567.89")


def test_files_say_what_was_asked_for_in_every_form(areas: Trial) -> None:
    client = portal(areas)
    data = "/en/registers/local.areas/data"

    assert not client.get(f"{data}.csv").content.startswith(b"\xef\xbb\xbf")
    assert client.get(f"{data}.csv?bom=yes").content.startswith(b"\xef\xbb\xbfcode,")
    assert [r["code"] for r in client.get(f"{data}.json?kind.eq=village").json()["rows"]] == ["3000"]
    table = read_parquet(io.BytesIO(client.get(f"{data}.parquet?kind.eq=city&columns=code").content)).read_all()
    assert (table.num_rows, table.schema.names) == (2, ["code"])


def test_the_page_for_programs_gives_addresses_that_work(areas: Trial) -> None:
    client = portal(areas)
    page = client.get("/en/registers/local.areas/api?kind.eq=city").text
    found = [part.split('"')[0].replace("&amp;", "&") for part in page.split('class="address" href="')[1:]]

    assert f"{ROWS}.json?kind.eq=city" in found
    assert len(found) >= 3
    assert [client.get(a).status_code for a in found] == [200] * len(found)
    assert "people.min" in page
    assert "secret" not in page


def test_what_a_reader_looks_for_reaches_no_log(areas: Trial) -> None:
    """Neither the access log nor events nor metrics: not as a value, a name, an address, or in a refusal."""
    told: list[str] = []
    client = portal(areas, tell=lambda event, **fields: told.append(json.dumps([event, fields], default=str)))
    for query in (
        f"title.has={WANTED}", f"title.begins={WANTED}", f"title.eq={WANTED}", f"people.min={WANTED}", f"{WANTED}=1",
        f"sort={WANTED}", f"columns={WANTED}", f"page={WANTED}", f"kind.eq={WANTED}", "people.min=904711004711", "counted.eq=904711004711",
        f"form=1&title.has={WANTED}",
    ):  # fmt: skip
        for end in ("rows", "rows.json", "api", "data.csv", "data.xlsx"):
            client.get(f"/en/registers/local.areas/{end}?{query}")
    kept = json.dumps(areas.open().gate.log.records(), ensure_ascii=False)
    files = b"".join(p.read_bytes() for p in (areas.folder / ".altyn" / "log").rglob("*") if p.is_file())
    metrics = client.get("/metrics").text

    assert len(told) > 50
    assert '"/{language}/registers/{register}/rows.json"' in metrics
    for said in (kept, files.decode(errors="replace"), "".join(told), metrics):
        assert "904711004711" not in said
        assert "Құпия" not in said
        assert "%D2%9A" not in said
    assert "title" in kept


def test_a_rare_value_that_is_chosen_is_counted(trial: Trial) -> None:
    trial.contract(extra=KIND.replace("{{", "{").replace("}}", "}"))
    rows = [f"{1000 + n},A{n},1,k{n // 2:02d},,," for n in range(58)]
    rows.append("9999,B,1,rare,,,")
    (trial.folder / "data" / "areas.csv").write_text(
        "\n".join(["code,title,people,kind,secret,money,counted", *rows, ""]), encoding="utf-8"
    )
    assert not trial.run().errors
    page = portal(trial).get(f"{ROWS}?kind.eq=rare").text

    assert re.search(r'aria-current="true"[^§]*?rare[^§]*?<span class="n">1</span>', page)


def test_a_register_whose_key_is_not_public_is_shown_without_it(areas: Trial) -> None:
    path = areas.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 1.1.0")
    path.write_text(text.replace("classification: public", "classification: internal", 1), encoding="utf-8")
    areas.run()
    client = portal(areas)
    base = "/en/registers/local.areas"

    for address in (base, f"{base}/rows", f"{base}/rows?title.has=a", f"{base}/rows.json", f"{base}/data.csv"):
        found = client.get(address)
        assert found.status_code == 200, (address, found.text)
        assert "3000" not in found.text


def test_whoever_asks_for_nothing_by_name_is_told_and_not_given_all(areas: Trial) -> None:
    client = portal(areas)

    assert client.get(f"{ROWS}.json?people.min=").status_code == 400
    assert client.get(f"{ROWS}.json?page=").status_code == 400
    assert client.get(f"{ROWS}?form=1&people.min=&page=").status_code == 303
    assert client.get("/en/registers/local.areas/data.csv?page=2").json()["type"] == "rows.parameter"


def test_what_is_kept_of_a_page_names_no_reader(areas: Trial) -> None:
    client = portal(areas)
    address = "/en/registers/local.areas/api"

    assert client.get(address, headers={"host": "localhost:1"}).text == client.get(address).text
