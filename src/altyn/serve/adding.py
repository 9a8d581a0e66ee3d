"""Adding: declare a register from a file. The contract is a guess that a person looks at before it is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.packs.contracts import parse_contract, write_document
from altyn.packs.guess import guess_contract, register_name
from altyn.packs.project import Project, add_source
from altyn.sources.read import headers
from altyn.sources.spec import spec_from_table

LOCAL_PACK = "local"


@dataclass(frozen=True, slots=True)
class Guess:
    """A guessed contract: the register's name, where it would be kept, its text, and where its source lies."""

    register: str
    path: Path
    text: str
    source: str


def guess(project: Project, file: Path, name: str | None = None) -> Guess:
    """Guess the contract of a file.

    Raises:
        AltynError: `add.contract-exists` when the name is taken; the errors of reading the file.
    """
    found = file.resolve()
    inside = found.is_relative_to(project.folder.resolve())
    source = os.path.relpath(found, project.folder) if inside else str(found)
    table = register_name(name or file.name.split(".")[0])
    path = project.folder / "packs" / LOCAL_PACK / "registers" / f"{table}.odcs.yaml"
    register = f"{LOCAL_PACK}.{table}"
    if path.exists() or register in project.sources:
        raise AltynError(
            "add.contract-exists",
            what=say("The register {name} is declared already.", name=register),
            where=str(path.relative_to(project.folder)),
            mend=say("Choose another name with --name, or edit the contract."),
        )
    spec = spec_from_table(register, {"path": source}, project.folder, project.allowed_folders)
    scratch = Path(tempfile.mkdtemp(prefix="altyn-"))
    try:
        document = guess_contract(headers(spec, scratch), register)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    text = write_document(document)
    parse_contract(text, str(path.name))
    return Guess(register, path, text, source)


def keep(project: Project, guessed: Guess) -> None:
    """Write a guessed contract into packs/local and name its source in altyn.toml."""
    folder = project.folder / "packs" / LOCAL_PACK
    manifest = folder / "pack.toml"
    guessed.path.parent.mkdir(parents=True, exist_ok=True)
    if not manifest.exists():
        manifest.write_text(
            'pack = "local"\nversion = "0.1.0"\naltyn = ">=0.1,<1"\ntitle = { kk = "Жергілікті тізілімдер", '
            'ru = "Местные регистры", en = "Local registers" }\nowners = []\nlegal_basis = ""\ndepends = []\nquality = "bronze"\n',
            encoding="utf-8",
        )
    guessed.path.write_text(guessed.text, encoding="utf-8")
    add_source(project, guessed.register, {"path": guessed.source}, pack=LOCAL_PACK)
