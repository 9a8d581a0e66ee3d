"""Contracts: one register in one file of the Open Data Contract Standard, read to a `Register` and written back whole.

The document stays as it was read: what Altyn does not use is kept for the tools that do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import say
from altyn.model import Register
from altyn.packs.contract_faults import all_faults, schema_faults_of, secret_faults_of
from altyn.packs.documents import dump_yaml, load_yaml
from altyn.packs.judged import Judged
from altyn.packs.lines import with_lines
from altyn.packs.registers import register_of

SUFFIX = ".odcs.yaml"


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract: the document as plain data, what Altyn understands of it, and its hash over canonical JSON."""

    document: Mapping[str, Any]
    register: Register
    sha256: str
    path: Path | None = None

    def text(self) -> str:
        """The contract as YAML; nothing of its document is lost."""
        return dump_yaml(self.document)


def document_hash(document: object) -> str:
    """sha256 over the document's canonical JSON: layout and comments of the YAML do not count."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_contract(path: Path) -> Contract:
    """The contract in a file.

    Raises:
        AltynError: the first of the faults that `collect_contract` finds.
    """
    contract, faults = collect_contract(path, path.name)
    if contract is None:
        raise faults[0]
    return contract


def collect_contract(path: Path, where: str, judged: Judged | None = None) -> tuple[Contract | None, list[AltynError]]:
    """The contract in a file, or None and everything wrong with it, each fault with its line.

    Args:
        path: the file.
        where: names it in messages.
        judged: the texts that the schemas need not be asked about again.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        what, mend, code = say("There is no contract file here."), say("Check the path."), "contract.missing"
    except UnicodeDecodeError:
        what, mend, code = say("The file is not UTF-8."), say("Save it as UTF-8."), "contract.yaml"
    except OSError as error:
        what = say("The contract cannot be read: {reason}.", reason=error.strerror or "")
        mend, code = say("Give the user that runs Altyn the right to read it."), "environment.permission"
    else:
        contract, faults = _collected(text, where, judged)
        return contract and replace(contract, path=path), faults
    return None, [AltynError(code, what=what, where=where, mend=mend)]


def parse_contract(text: str, where: str) -> Contract:
    """The contract in a text; `where` names it in messages.

    Raises:
        AltynError: `contract.yaml`, `contract.version`, `contract.field-unknown`, `contract.invalid`,
            `contract.profile`, `contract.name-reserved`, `project.secret`; with the line.
    """
    contract, faults = _collected(text, where)
    if contract is None:
        raise faults[0]
    return contract


def _collected(text: str, where: str, judged: Judged | None = None) -> tuple[Contract | None, list[AltynError]]:
    try:
        document = load_yaml(text, where)
    except AltynError as error:
        return None, [error]
    if not isinstance(document, dict):
        what, mend = say("The file holds no contract."), say("Write a contract of ODCS v3.1 into it.")
        return None, [AltynError("contract.yaml", what=what, where=where, mend=mend)]
    contract, faults = _judged(document, where, is_known=judged is not None and judged.knows(text))
    if contract and judged:
        judged.add(text)
    return contract, with_lines(faults, text, where) if faults else []


def past_register(text: str) -> Register | None:
    """The register of a contract that was accepted once, as far as it can still be read; None where it cannot.

    Today's schemas are not asked: they refuse fields that an older Altyn took, and a history does not end with such a field.
    """
    try:
        document = load_yaml(text, "contract of an older batch")
        return register_of(cast("dict[str, Any]", document), document_hash(document), "contract of an older batch")
    except (AltynError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        # What is no contract in any version was not written by Altyn.
        return None


def contract_of(document: Mapping[str, Any], where: str) -> Contract:
    """The contract of a document that is already plain data; errors as in `parse_contract`, without a line."""
    contract, faults = _judged(document, where)
    if contract is None:
        raise faults[0]
    return contract


def _judged(
    document: Mapping[str, Any], where: str, *, is_known: bool = False
) -> tuple[Contract | None, list[AltynError]]:
    # A contract without faults, as nearly all are, is gone through once; every part of another is looked at by itself.
    if secret_faults_of(document, where) if is_known else schema_faults_of(document, where):
        return None, all_faults(document, where)
    sha256 = document_hash(document)
    try:
        return Contract(document, register_of(document, sha256, where), sha256), []
    except AltynError as error:
        return None, all_faults(document, where) or [error]


def write_contract(contract: Contract) -> str:
    """The contract as YAML; nothing of its document is lost."""
    return contract.text()


def write_document(document: Mapping[str, Any]) -> str:
    """A contract's document as YAML: `parse_contract` gives the same document back."""
    return dump_yaml(document)
