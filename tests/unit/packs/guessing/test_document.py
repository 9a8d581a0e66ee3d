"""Documents: the guessed contract is closed, a draft, and says in comments why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from altyn.language import say
from altyn.packs.contracts import parse_contract
from altyn.packs.guessing.document import contract_document, contract_text
from altyn.packs.guessing.keys import GuessedKey
from tests.unit.packs.guessing.guesses import guessed, table


@pytest.mark.parametrize("header", ["no", "yes", "null", "code"])
def test_every_column_has_its_comment_in_the_contract(tmp_path: Path, header: str) -> None:
    """YAML writes some names in quotes."""
    found = guessed(tmp_path, "a.csv", table(f"{header},beds_of", "01,5", "02,6"))
    written = contract_text(found.document, found.decisions, found.key, []).splitlines()
    place = next(n for n, line in enumerate(written) if re.fullmatch(rf"      - name: .?{header}.?", line))

    assert written[place - 1].startswith("      # ")


def test_a_guess_is_closed_and_its_text_is_a_contract_with_comments(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", '"Код",batch,"Код\nрайона"\n1,a,x\n2,a,\n')
    text = contract_text(found.document, found.decisions, found.key, [])

    assert parse_contract(text, "x").document == found.document
    assert not found.register.is_open
    assert {c.sensitivity for c in found.register.columns} == {"internal"}
    assert [c.name for c in found.register.columns] == ["kod", "batch_value", "kod_rayona"]
    assert "# a code by its header\n      - name: kod\n" in text


def test_without_a_key_a_record_is_its_content(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", "name,value\nA,1.5\nB,2.5\n")
    document = contract_document("local.x", found.decisions, found.key)
    properties = {p["property"]: p["value"] for p in document["schema"][0]["customProperties"]}

    assert properties.get("altyn.key") == "none"


def test_a_draft_is_closed_and_refers_to_its_parent(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", table("code,area,beds_of", "01,11,5", "02,12,6"))
    document = contract_document(
        "local.x", found.decisions, GuessedKey(("area", "code"), say("told")), {"area": "areas.code"}
    )
    code, area, _ = document["schema"][0]["properties"]

    assert (document["id"], document["status"], document["schema"][0]["name"]) == ("local.x", "draft", "x")
    assert (code["primaryKeyPosition"], area["primaryKeyPosition"]) == (2, 1)
    assert area["relationships"] == [{"type": "foreignKey", "to": "areas.code"}]
    assert {p["classification"] for p in document["schema"][0]["properties"]} == {"internal"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_comments_are_in_the_language_of_the_person_and_end_with_their_line(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    found = guessed(tmp_path, "a.csv", table('code,"beds\x07\u2028of"', "01,5", "02,6"))
    facts = [say("{count} decimals", count="1\nschema: gone\u2028x")]
    text = contract_text(found.document, found.decisions, found.key, [*facts, say("word " * 60)])

    assert parse_contract(text, "x").document == found.document
    assert {"kk": "Кілт: ", "ru": "Ключ: ", "en": "Key: "}[language] in text
    assert max(len(line) for line in text.splitlines() if line.startswith("#")) < 120


def test_other_keys_that_would_do_are_named(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", table("code,beds_of", "01,5", "02,6"))

    def top(key: GuessedKey) -> str:
        return contract_text(found.document, found.decisions, key, []).partition("apiVersion")[0]

    assert "code" in top(found.key)
    assert "beds_of, code" in top(GuessedKey(("code",), say("told"), (("beds_of", "code"),)))
    assert top(GuessedKey((), say("told"))) != top(found.key)
