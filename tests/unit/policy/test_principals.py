"""Principals: who asks is what the kernel says of the process; no variable names anybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from altyn.policy.principals import PORTAL, Principal, is_keeper, local, user_name


def test_a_person_is_the_user_of_the_process() -> None:
    found = local()

    assert (found.kind, found.uid) == ("person", os.geteuid())
    assert found.name in {f"local:{user_name()}", f"local:namespace-of-{found.outside}"}


@pytest.mark.parametrize("variable", ["USER", "LOGNAME", "LNAME", "USERNAME"])
def test_no_variable_names_anybody(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    before = local()
    monkeypatch.setenv(variable, "minister")

    assert local() == before


@pytest.mark.parametrize(
    ("said", "uid"),
    [("1001", 1001), ("0", 0), ("", None), ("-1", None), ("١٢", None), ("1" * 30, None), ("root", None), (" 7", None)],
)
def test_what_sudo_says_is_a_number_or_nothing(monkeypatch: pytest.MonkeyPatch, said: str, uid: int | None) -> None:
    monkeypatch.setenv("SUDO_UID", said)
    found = local()

    assert found.sudo_uid == uid
    assert found.uid == os.geteuid(), "it gives no right"


def test_a_number_that_has_no_name_is_said_as_a_number() -> None:
    assert user_name(3_999_999_998) == "3999999998"


def test_nought_is_a_number_and_what_is_not_known_is_none() -> None:
    assert Principal("local:root", "person", 0, None, 5).numbers == {0, 5}
    assert PORTAL.numbers == frozenset()


def test_who_keeps_a_project_owns_its_folder_and_sits_at_the_keyboard(tmp_path: Path) -> None:
    uid = tmp_path.stat().st_uid

    assert is_keeper(Principal("local:a", "person", uid), tmp_path)
    assert not is_keeper(Principal("local:a", "person", uid + 1, sudo_uid=uid, login_uid=uid), tmp_path)
    assert not is_keeper(Principal("local:a", "person", None), tmp_path)
    assert not is_keeper(Principal("portal:local", "portal", uid), tmp_path)
    assert not is_keeper(Principal("local:a", "person", uid), tmp_path / "not-there")
