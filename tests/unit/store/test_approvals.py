"""Approvals: the owner of a file is the proof, and a file that could be anybody's is none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases import erasing
from altyn.store import approvals
from altyn.store.approvals import FOLDER, approval_of, hash_of, offer, text_of
from altyn.store.orders import Order
from tests import accounts
from tests.accounts import BOLAT, DANA, acting, let_in

pytestmark = pytest.mark.needs("accounts")

ORDER = Order(
    number=1,
    kind="erase",
    register="local.areas",
    tokens=("t1", "t2"),
    ground="Court of Nowhere, 12",
    requested_by="aida",
    requested_at="2026-03-01T00:00:00+00:00",
    status="requested",
    project="run-1",
    requested_uids=(0,),
    once="0f" * 16,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    offer(tmp_path, ORDER)
    let_in(tmp_path, BOLAT)
    return tmp_path


def approval(project: Path, *, uid: int = BOLAT) -> Path:
    accounts.approve(project, ORDER.number, uid)
    return project / FOLDER / f"order-000001.json.approved-by-{uid}"


def test_an_approval_is_proved_by_the_owner_of_its_file(project: Path) -> None:
    path = approval(project)

    assert (path.stat().st_uid, approval_of(project, ORDER, frozenset({0})).uid) == (BOLAT, BOLAT)
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_folder_lets_a_group_write_and_nobody_remove_what_another_wrote(project: Path) -> None:
    approval(project)
    assert (project / FOLDER).stat().st_mode & 0o7777 == 0o3770
    let_in(project, DANA)
    with acting(DANA, project / FOLDER) as here, pytest.raises(PermissionError):
        (here / f"order-000001.json.approved-by-{BOLAT}").unlink()
    with acting(DANA, project / FOLDER) as here, pytest.raises(PermissionError):
        (here / "order-000001.json").write_bytes(b"another order")


def copied_by_root(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def with_a_second_name(path: Path) -> None:
    os.link(path, path.with_name("second-name"))


def writable_by_others(path: Path) -> None:
    path.chmod(0o666)


def of_another_order(path: Path) -> None:
    document = json.loads(path.read_bytes()) | {"order": hash_of(text_of(replace(ORDER, ground="another")))}
    path.write_text(json.dumps(document), encoding="utf-8")


def no_json(path: Path) -> None:
    path.write_bytes(b"\x00approved")


def a_list(path: Path) -> None:
    path.write_bytes(b"[]")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    os.chown(path, BOLAT, BOLAT)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def too_long(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" " * (1 << 20))


@pytest.mark.parametrize(
    "harm",
    [
        copied_by_root,
        linked,
        with_a_second_name,
        writable_by_others,
        of_another_order,
        no_json,
        a_list,
        a_pipe,
        a_folder,
        too_long,
    ],
)
def test_what_could_be_anybodys_is_no_approval(project: Path, harm: Callable[[Path], None]) -> None:
    harm(approval(project))
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        approval_of(project, ORDER, frozenset({0}))


@pytest.mark.parametrize(
    "change",
    [
        {"number": 2},
        {"kind": "hold"},
        {"register": "local.places"},
        {"tokens": ("t1", "t2", "t3")},
        {"ground": "another"},
        {"project": "run-2"},
        {"once": "1f" * 16},
        {"requested_uids": (0, DANA)},
    ],
    ids=str,
)
def test_an_approval_serves_the_one_order_that_was_read(project: Path, change: dict[str, object]) -> None:
    approval(project)
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        approval_of(project, replace(ORDER, **change), frozenset({0}))  # pyright: ignore[reportArgumentType]


def test_whoever_asked_is_no_second_person_under_any_of_their_numbers(project: Path) -> None:
    """Aida logs in as 64102, and asks under the account that keeps the project."""
    order = replace(ORDER, requested_uids=(0, BOLAT))
    offer(project, order)
    with pytest.raises(AltynError, match=r"order\.same-person"):
        accounts.approve(project, 1)
    # Put there without our verb it is none either.
    path = project / FOLDER / f"order-000001.json.approved-by-{BOLAT}"
    path.write_text(json.dumps({"order": hash_of(text_of(order))}), encoding="utf-8")
    os.chown(path, BOLAT, BOLAT)
    with pytest.raises(AltynError, match=r"order\.same-person"):
        approval_of(project, order, frozenset({0}))


def test_what_the_second_person_logged_in_as_counts_too(project: Path) -> None:
    """Who asked is 64103; the approving account says that 64103 logged in, and took on 64102."""
    order = replace(ORDER, requested_uids=(0, DANA))
    offer(project, order)
    path = approval(project)
    path.write_text(json.dumps({"order": hash_of(text_of(order)), "login_uid": DANA}), encoding="utf-8")
    with pytest.raises(AltynError, match=r"order\.same-person"):
        approval_of(project, order, frozenset({0}))


def test_root_is_nobodys_second_person(project: Path) -> None:
    with pytest.raises(AltynError, match=r"order\.same-person.*Root"):
        erasing.approve(project, 1, hash_of(text_of(ORDER)))


def test_an_account_outside_the_group_is_told_what_is_missing(project: Path) -> None:
    with acting(DANA, project) as here, pytest.raises(AltynError, match=r"order\.missing"):
        erasing.approve(here, 1, hash_of(text_of(ORDER)))
    (project / FOLDER).chmod(0o3755)
    with acting(DANA, project) as here, pytest.raises(AltynError, match=r"environment\.permission"):
        erasing.approve(here, 1, hash_of(text_of(ORDER)))


@pytest.mark.parametrize("uid", [64_102, 65_534, 100_000, 165_535, 4_000_000_000])
def test_a_number_that_is_no_account_is_nobodys_second_person(
    project: Path, uid: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A number from /etc/subuid, which the keeper may give away to a namespace of their own; `nobody`, whom a file server squashes."""
    lent = tmp_path / "subuid"
    lent.write_text("keeper:100000:65536\n", encoding="utf-8")
    monkeypatch.setattr(approvals, "_SUBUIDS", lent)
    path = approval(project)
    os.chown(path, uid, uid)
    if uid == 100_000:
        monkeypatch.setattr(approvals.pwd, "getpwuid", lambda _: None)
    with pytest.raises(AltynError, match=r"order\.unapproved"):
        approval_of(project, ORDER, frozenset({0}))


def test_who_keeps_the_project_is_no_second_person(project: Path) -> None:
    """The keeper could write the order's numbers anew."""
    approval(project)
    with pytest.raises(AltynError, match=r"order\.same-person"):
        approval_of(project, ORDER, frozenset({0, BOLAT}))


def test_what_is_approved_is_what_was_read(project: Path) -> None:
    read = str(erasing.shown(project, 1)["hash"])
    offer(project, replace(ORDER, tokens=("t1", "t2", "t3", "t4")))
    for mark in (read, read[:8], "", "0" * 64):
        with acting(BOLAT, project) as here, pytest.raises(AltynError, match=r"order\.changed"):
            erasing.approve(here, 1, mark)


def test_what_is_shown_names_no_record(project: Path) -> None:
    shown = erasing.shown(project, 1)

    assert shown["hash"] == hash_of(text_of(ORDER))
    assert (shown["records"], shown["ground"], shown["requested_uids"]) == (2, ORDER.ground, [0])
