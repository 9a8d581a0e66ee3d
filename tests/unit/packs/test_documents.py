"""What is said of a document that is no YAML or TOML: where, and not what stands there."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.identity.specification import parse_specification
from altyn.packs.documents import load_yaml

SECRET = "Жасырын-7391"


@pytest.mark.parametrize(
    "text",
    [
        "a: *Secret7391",
        "a: !!python/object:Secret7391 x",
        "a: !Secret7391 x",
        "a: &Secret7391 1\nb: &Secret7391 2\nc: *Secret7392",
        f'a: "{SECRET}',
        f"a: {SECRET}: b: c",
        f"a: [{SECRET}",
        "%Secret7391 x\n---\na: 1",
        "a: !<Secret7391",
    ],
)
def test_a_broken_document_is_told_without_its_text(text: str) -> None:
    with pytest.raises(AltynError) as caught:
        load_yaml(text, "x.odcs.yaml")

    assert caught.value.code == "contract.yaml"
    assert "7391" not in f"{caught.value}{caught.value.parts('ru')}"


@pytest.mark.parametrize(
    "text", [f'a = {{"{SECRET}" = 1, "{SECRET}" = 2}}', f"a = 1\n{SECRET} = 2", f'["{SECRET}"]\n["{SECRET}"]']
)
def test_a_broken_specification_is_told_without_its_text(text: str) -> None:
    with pytest.raises(AltynError) as caught:
        parse_specification(text, "link.toml")

    assert caught.value.code == "identity.specification"
    assert "7391" not in str(caught.value)
    assert "line" in str(caught.value)
