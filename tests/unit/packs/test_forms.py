"""A contract says how values are written; what it cannot mean is a fault, with what can be written instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.model.columns import Form
from altyn.packs.contracts import contract_of
from altyn.packs.documents import odcs_faults


def document(column: Mapping[str, Any], form: Mapping[str, Any] | None = None) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": "things",
        "properties": [{"name": "id", "logicalType": "string", "primaryKey": True}, {"name": "value", **column}],
    }
    if form:
        table["customProperties"] = [{"property": "altyn.form", "value": form}]
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "lab.things", "version": "0.1.0", "status": "active", "schema": [table],
    }  # fmt: skip


def form(column: Mapping[str, Any], default: Mapping[str, Any] | None = None) -> Form | None:
    return contract_of(document(column, default), "things").register.column("value").form


def own(**value: object) -> dict[str, Any]:
    return {"customProperties": [{"property": "altyn.form", "value": value}]}


@pytest.mark.parametrize(
    ("column", "default", "expected"),
    [
        ({"logicalType": "date"}, None, None),
        ({"logicalType": "date", "logicalTypeOptions": {"format": "dd.MM.yyyy"}}, None, Form("dd.MM.yyyy")),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False}}, None, Form(zone="")),
        (
            {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False, "defaultTimezone": "Asia/Almaty"}},
            None, Form(zone="Asia/Almaty"),
        ),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"format": "dd.MM.yyyy HH:mm"}}, None, Form("dd.MM.yyyy HH:mm", zone="")),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}}, None, None),
        ({"logicalType": "time"}, None, Form(time=True)),
        ({"logicalType": "number", **own(decimal=",", thousands=" ")}, None, Form(decimal=",", thousands=" ")),
        ({"logicalType": "integer", **own(thousands=".")}, None, Form(decimal=",", thousands=".")),
        ({"logicalType": "boolean", **own(trueWords=["да"], falseWords=["нет"])}, None, Form(true_words=("да",), false_words=("нет",))),
        ({"logicalType": "string", **own(duration=True)}, None, Form(duration=True)),
        ({"logicalType": "string"}, {"decimal": ",", "missing": ["-"]}, Form(missing=("-",))),
        ({"logicalType": "number"}, {"decimal": ",", "missing": ["-"]}, Form(decimal=",", missing=("-",))),
        ({"logicalType": "number", **own(decimal=".")}, {"decimal": ","}, None),
        ({"logicalType": "object"}, {"missing": ["-"]}, None),
        ({"logicalType": "string", "customProperties": [{"property": "altyn.constant", "value": "x"}]}, {"missing": ["-"]}, None),
    ],
)  # fmt: skip
def test_a_contract_says_the_form(
    column: dict[str, Any], default: dict[str, Any] | None, expected: Form | None
) -> None:
    assert odcs_faults(document(column, default), "things") == []
    assert form(column, default) == expected


@pytest.mark.parametrize(
    ("column", "default", "code"),
    [
        ({"logicalType": "date", "logicalTypeOptions": {"format": "%d.%m.%Y"}}, None, "contract.invalid"),
        ({"logicalType": "date", "logicalTypeOptions": {"format": "DD.MM.YYYY"}}, None, "contract.invalid"),
        ({"logicalType": "date", "logicalTypeOptions": {"format": "MM.yyyy"}}, None, "contract.invalid"),
        ({"logicalType": "date", "logicalTypeOptions": {"format": "dMyyyy"}}, None, "contract.invalid"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"format": "dd.MM.yyyy"}}, None, "contract.invalid"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"format": "dd.MM.yyyy hh:mm a"}}, None, "contract.invalid"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"format": "dd.MM.yyyy HH:mm", "timezone": True}}, None, "contract.invalid"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False, "defaultTimezone": "Almaty"}}, None, "contract.invalid"),
        ({"logicalType": "string", **own(decimal=",")}, None, "contract.profile"),
        ({"logicalType": "number", **own(decimal=",", thousands=",")}, None, "contract.profile"),
        ({"logicalType": "boolean", **own(trueWords=["да"])}, None, "contract.profile"),
        ({"logicalType": "boolean", **own(trueWords=["да"], falseWords=["ДА"])}, None, "contract.profile"),
        ({"logicalType": "number", **own(decimals=",")}, None, "contract.profile"),
        ({"logicalType": "number"}, {"percent": True}, "contract.profile"),
    ],
)  # fmt: skip
def test_what_no_form_can_mean_is_a_fault(column: dict[str, Any], default: dict[str, Any] | None, code: str) -> None:
    with pytest.raises(AltynError) as raised:
        form(column, default)

    assert raised.value.code == code
    assert raised.value.where.startswith("things, schema[0]")
