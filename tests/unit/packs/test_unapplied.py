"""What a contract says and nobody carries out is named."""

from __future__ import annotations

from typing import Any

from altyn.packs.unapplied import unapplied_fields


def test_fields_that_do_not_act_are_named_with_their_place() -> None:
    properties: list[dict[str, Any]] = [
        {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"format": "i32", "minimum": 1}},
        {"name": "b", "logicalType": "date", "logicalTypeOptions": {"format": "dd.MM.yyyy", "timezone": False}},
        {"name": "c", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True, "defaultTimezone": "Asia/Almaty"}},
        {"name": "d", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": False, "defaultTimezone": "Asia/Almaty"}},
        {"name": "e", "logicalType": "array", "logicalTypeOptions": {"maxItems": 3}, "encryptedName": "e_x"},
        {"name": "f", "logicalType": "time", "logicalTypeOptions": {"format": "HH:mm"}, "transformLogic": "upper(f)"},
        {"name": "g", "logicalType": "string", "quality": [{"type": "custom", "engine": "soda"}, {"type": "text", "description": "-"}]},
    ]  # fmt: skip

    found = unapplied_fields({"schema": [{"name": "things", "properties": properties}]}, "register lab.things")

    assert [(u.field, u.where.rsplit(" ", 1)[1]) for u in found] == [
        ("logicalTypeOptions.format", "(a)"),
        ("logicalTypeOptions.timezone", "(b)"),
        ("logicalTypeOptions.defaultTimezone", "(c)"),
        ("encryptedName", "(e)"),
        ("logicalTypeOptions.maxItems", "(e)"),
        ("transformLogic", "(f)"),
        ("quality[0] (custom)", "(g)"),
    ]
    assert "logicalTypeOptions.format" in found[0].message.text("en")
