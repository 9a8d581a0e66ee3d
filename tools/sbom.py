"""The bill of materials of a wheelhouse: CycloneDX 1.6, written from what each wheel says of itself.

It lists distributions. Libraries that were compiled into a wheel are not taken apart; some wheels carry a list of their
own in `.dist-info/sboms/`.
"""

# The decorators of cyclonedx hide from pyright what its classes take; the schema judges what is made of them (tests).
# pyright: reportCallIssue=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import hashlib
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import Environment
from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


class Wheel(NamedTuple):
    """One file of the wheelhouse; `address` says where it came from, as a wheel or as source; empty for Altyn's own."""

    path: Path
    sha256: str
    metadata: RawMetadata
    address: str

    @property
    def name(self) -> str:
        """The distribution's normalized name."""
        return canonicalize_name(self.metadata.get("name", ""))

    @property
    def version(self) -> str:
        """The distribution's version."""
        return self.metadata.get("version", "")


def read_wheel(path: Path, address: str = "") -> Wheel:
    """A wheel with its hash and what it says of itself."""
    with zipfile.ZipFile(path) as archive:
        member = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata, _ = parse_email(archive.read(member))
    return Wheel(path, hashlib.sha256(path.read_bytes()).hexdigest(), metadata, address)


def licences(metadata: RawMetadata) -> list[License]:
    """What a wheel says of its licence: the new field, else the old one, else its classifiers, in this order."""
    make, declared = LicenseFactory(), LicenseAcknowledgement.DECLARED
    said = metadata.get("license_expression") or metadata.get("license") or ""
    # Some put the whole text of the licence into the old field.
    if said and "\n" not in said.strip():
        return [make.make_from_string(said.strip(), license_acknowledgement=declared)]
    names = [line.rsplit(" :: ", 1)[1] for line in metadata.get("classifiers", []) if line.startswith("License :: ")]
    return [make.make_with_name(name, acknowledgement=declared) for name in names]


def needs(wheels: Mapping[str, Wheel], name: str, extras: set[str], markers: Environment) -> Iterator[str]:
    """Names of what a distribution itself requires, with the extras somebody asked of it.

    Raises:
        KeyError: it requires something that is not among the wheels.
    """
    for line in wheels[name].metadata.get("requires_dist", []):
        wanted = Requirement(line)
        if wanted.marker and not any(wanted.marker.evaluate({**markers, "extra": e}) for e in extras | {""}):
            continue
        needed = wheels[canonicalize_name(wanted.name)].name
        yield needed
        if wanted.extras:
            yield from needs(wheels, needed, set(wanted.extras), markers)


def bill_of_materials(
    wheels: Mapping[str, Wheel], *, root: str, extras: set[str], markers: Environment, made: datetime
) -> str:
    """The bill as JSON: the same wheels and time give the same text.

    Args:
        wheels: by normalized name.
        root: which of them is the product.
        extras: of the product.
        markers: the machine it is for, as PEP 508 names it.
        made: the time that stands in the bill.
    """
    parts: dict[str, Component] = {}
    for name, wheel in wheels.items():
        link = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(wheel.address))
        parts[name] = Component(
            type=ComponentType.APPLICATION if name == root else ComponentType.LIBRARY,
            name=name,
            version=wheel.version,
            bom_ref=f"{name}@{wheel.version}",
            purl=PackageURL("pypi", name=name, version=wheel.version),
            description=wheel.metadata.get("summary"),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=wheel.sha256)],
            licenses=licences(wheel.metadata),
            external_references=[link] if wheel.address else [],
        )
    # CycloneDX wants a number that no other bill has; a random one would make every build differ.
    content = "\n".join(sorted(f"{wheel.sha256}  {wheel.path.name}" for wheel in wheels.values()))
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, content),
        metadata=BomMetaData(component=parts[root], timestamp=made),
        components=[part for name, part in parts.items() if name != root],
    )
    for name, part in parts.items():
        required = set(needs(wheels, name, extras if name == root else set(), markers))
        bom.register_dependency(part, [parts[other] for other in sorted(required)])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
