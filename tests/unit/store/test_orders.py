"""Orders: what stands in one in place of a key tells nothing to who reads the order without the project's secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.model.sql import literal
from altyn.store.folders import Folders
from altyn.store.orders import Orders

KEY = "900101300017"


def token(folder: Path, register: str = "local.areas") -> str:
    folders = Folders(folder / ".altyn")
    folders.prepare()
    with Session() as session:
        return str(session.one(f"SELECT {Orders(folders).token_of(register, literal(KEY))}")[0])


def test_a_key_has_another_token_in_each_project_and_register(tmp_path: Path) -> None:
    """Keys are few enough to try them all: a hash without a secret would give them away."""
    found = token(tmp_path / "a")

    assert found == token(tmp_path / "a")
    assert len({found, token(tmp_path / "b"), token(tmp_path / "a", "local.places")}) == 3
    guesses = [KEY, f"local.areas{KEY}", f"local.areas\x1f{KEY}", f"local.areas\x1f{KEY}\x1f"]
    assert found not in {hashlib.sha256(guess.encode()).hexdigest() for guess in guesses}
