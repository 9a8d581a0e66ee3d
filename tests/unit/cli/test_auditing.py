"""The verb audit: a whole log is said to be that; a broken one gives a status, and is begun again only with a reason."""

from __future__ import annotations

import pytest

from altyn.policy.log.chain import NAME
from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


@pytest.mark.parametrize(("language", "text"), [("kk", "журнал"), ("ru", "журнал"), ("en", "The access log is whole.")])
def test_a_whole_log_is_said_to_be_whole(altyn: Altyn, loaded: Trial, language: str, text: str) -> None:
    found = altyn("audit", "verify", "--project", loaded.folder, language=language)

    assert found.status == 0
    assert text.lower() in found.out.lower()


def test_a_broken_log_is_told_set_aside_and_remembered(altyn: Altyn, fresh: Trial) -> None:
    fresh.run()
    altyn("query", "select 1 from areas", "--project", fresh.folder)
    path = fresh.folder / ".altyn" / "log" / NAME
    path.write_bytes(path.read_bytes()[:-5])

    broken = altyn("audit", "--project", fresh.folder, "--json")
    assert broken.status != 0
    assert "audit.cut" in broken.out
    assert altyn("audit", "begin-again", "--project", fresh.folder).status == 2
    aside = altyn("audit", "begin-again", "--because", "a disk", "--project", fresh.folder, "--json").json["aside"]
    assert (fresh.folder / aside / NAME).exists()
    after = altyn("audit", "--project", fresh.folder)
    assert (after.status, "a disk" in after.out) == (0, True)
    assert "audit.whole" in altyn("audit", "begin-again", "--because", "x", "--project", fresh.folder).err
