"""The catalogue: all packs of a project together, and whether they fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import OF_LABELS, Label, Message, say
from altyn.measures import Measure
from altyn.model import Column, Kind, Register, Relationship
from altyn.model.portable import require_portable
from altyn.model.sql import identifier
from altyn.packs.contracts import SUFFIX, Contract
from altyn.packs.documents import near
from altyn.packs.finding import dependency_cycle, find_packs, measure_cycle, ordered, pack_missing, register_cycle
from altyn.packs.lines import with_lines, with_toml_lines
from altyn.packs.manifest import Pack
from altyn.packs.pages import Known, declared_pages
from altyn.packs.project import FILE, Project
from altyn.policy.purposes import PURPOSES
from altyn.sources.context import CodeList
from altyn.sources.spec import spec_from_table


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Packs put together. Registers and measures go by `pack.name`; order is that of the packs, then of the files."""

    packs: tuple[Pack, ...]
    registers: Mapping[str, Register] = field(default_factory=dict[str, Register])
    contracts: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    measures: Mapping[str, Measure] = field(default_factory=dict[str, Measure])
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    languages: tuple[str, ...] = OF_LABELS
    alone: bool = False

    @classmethod
    def of(cls, project: Project) -> Catalogue:
        """The catalogue of a project.

        Raises:
            AltynError: the first fault that would keep a run from being right; `check_project` lists them all.
        """
        packs, faults = find_packs(project)
        catalogue = cls.of_packs(packs, languages=project.languages)
        faults += [*catalogue.structure_faults(), *_in_altyn_toml(project, _source_faults(project, catalogue))]
        if faults:
            raise faults[0]
        return catalogue

    @classmethod
    def of_packs(
        cls, packs: Iterable[Pack], *, languages: tuple[str, ...] = OF_LABELS, alone: bool = False
    ) -> Catalogue:
        """The catalogue of packs that are loaded; `alone`: what lies in packs that are not here is not asked for."""
        packs = tuple(packs)
        contracts = {c.register.name: c for pack in packs for c in pack.contracts.values()}
        return cls(
            packs=packs,
            registers={name: contract.register for name, contract in contracts.items()},
            contracts=contracts,
            measures=resolved({m.name: m for pack in packs for m in pack.measures.values()}),
            kinds={name: kind for pack in packs for name, kind in pack.kinds.items()},
            languages=languages,
            alone=alone,
        )

    @property
    def code_lists(self) -> Mapping[str, Mapping[str, CodeList]]:
        """Code lists by pack."""
        return {pack.name: pack.code_lists for pack in self.packs}

    def pack(self, name: str) -> Pack:
        """A pack by name.

        Raises:
            AltynError: `pack.missing` with the names there are.
        """
        for pack in self.packs:
            if pack.name == name:
                return pack
        raise pack_missing(name, [p.name for p in self.packs])

    def code_lists_of(self, pack: str) -> Mapping[str, CodeList]:
        """Code lists as contracts of a pack name them: its own bare, those of other packs as `pack.list`."""
        others = {f"{p.name}.{name}": codes for p in self.packs for name, codes in p.code_lists.items()}
        return others | dict(self.pack(pack).code_lists)

    def resolve(self, name: str) -> Register:
        """A register by its full name, or by its bare name while that is unique.

        Raises:
            AltynError: `register.missing` with near names, `register.ambiguous` with the full ones.
        """
        if name in self.registers:
            return self.registers[name]
        found = [r for r in self.registers.values() if r.table == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise AltynError(
                "register.ambiguous",
                what=say("Several packs have a register {name}.", name=name[:80]),
                where=name[:80],
                mend=say("Name its pack: {names}.", names=", ".join(r.name for r in found)),
            )
        names = (
            [*self.registers, *(r.table for r in self.registers.values())] if "." not in name else list(self.registers)
        )
        raise AltynError(
            "register.missing",
            what=say("There is no register {name}.", name=name[:80]),
            mend=say("Registers here: {names}.", names=near(name, names) or "-"),
        )

    def measure(self, name: str) -> Measure:
        """A measure by its full name, or by its bare name while that is unique.

        Raises:
            AltynError: `measure.missing` with near names.
        """
        found = [m for full, m in self.measures.items() if name in {full, full.split(".", 1)[1]}]
        if len(found) == 1:
            return found[0]
        raise AltynError(
            "measure.missing",
            what=say("There is no measure {name}.", name=name[:80]),
            mend=say("Measures here: {names}.", names=near(name, self.measures) or "-"),
        )

    def order(self) -> list[str]:
        """Registers, parents before children.

        Raises:
            AltynError: `contract.cycle` with the path.
        """
        return ordered({name: r.parents() for name, r in self.registers.items()}, register_cycle)

    @property
    def broken(self) -> frozenset[str]:
        """Registers that are declared and whose contracts have faults: what refers to them is not at fault itself."""
        return frozenset(name for pack in self.packs for name in pack.broken)

    def readers(self, register: str) -> tuple[list[Measure], list[Register]]:
        """Measures and other registers that refer to a register."""
        return (
            [m for m in self.measures.values() if register in m.inputs],
            [r for r in self.registers.values() if register in r.parents()],
        )

    def structure_faults(self) -> list[AltynError]:
        """What makes a run impossible: dependencies, parents, cycles, kinds and code lists that are not there."""
        faults = list[AltynError](self._dependency_faults())
        for register in self.registers.values():
            where = f"{register.pack}/registers/{register.table}{SUFFIX}"
            for link in register.relationships:
                place = f"{where}, column {link.columns[0]}"
                faults += self._relationship_faults(register, link, place)
            faults += self._column_faults(register, where)
        faults += [
            AltynError(
                "measure.invalid",
                what=say("A register of the pack bears the same name, and a query could mean either."),
                where=f"measure {name}",
                mend=say("Give the indicator another name."),
            )
            for name in self.measures
            if name in self.registers
        ]
        try:
            ordered({name: m.tables.values() for name, m in self.measures.items()}, measure_cycle)
        except AltynError as error:
            faults.append(error)
        try:
            self.order()
        except AltynError as error:
            faults.append(error)
        return self._with_lines(faults)

    def _with_lines(self, faults: Iterable[AltynError]) -> list[AltynError]:
        """The faults, each that stands in a contract with its line there."""
        faults = list(faults)
        for contract in self.contracts.values() if faults else ():
            where = f"{contract.register.pack}/registers/{contract.register.table}{SUFFIX}"
            if contract.path and any(f.where.startswith(where) for f in faults):
                faults = with_lines(faults, contract.path.read_text(encoding="utf-8-sig"), where)
        return faults

    def faults(self, pack: str | None = None) -> list[AltynError]:
        """Everything wrong in the packs, or in one of them; warnings do not exist, a fault is a fault."""
        own = self._with_lines([*self._text_faults(pack), *self._sql_faults(pack)])
        return [*self.structure_faults(), *own, *self._declared_pages(pack)[1]]

    def pages(self) -> Mapping[str, Mapping[str, Any]]:
        """The pages that packs declare and that can be drawn, by their kind."""
        return self._declared_pages(None)[0]

    def _declared_pages(self, pack: str | None) -> tuple[Mapping[str, Mapping[str, Any]], list[AltynError]]:
        return declared_pages(Known(self.packs, self.registers, self.measures, self.alone), pack)

    def _dependency_faults(self) -> Iterable[AltynError]:
        names = {p.name for p in self.packs}
        owners: dict[str, str] = {}
        for pack in self.packs:
            where = f"{pack.name}/pack.toml"
            for needed in pack.depends:
                if needed not in names and not self.alone:
                    yield AltynError(
                        "pack.dependency",
                        what=say("The pack {name} needs the pack {needed}.", name=pack.name, needed=needed),
                        where=where,
                        mend=say("Add it to `packs` in altyn.toml."),
                    )
            for kind in pack.kinds:
                if owners.setdefault(kind, pack.name) != pack.name:
                    yield AltynError(
                        "pack.invalid",
                        what=say(
                            "The packs {one} and {other} both declare the kind {kind}.",
                            one=owners[kind],
                            other=pack.name,
                            kind=kind,
                        ),
                        where=f"{pack.name}/kinds.py",
                        mend=say("Rename one of them."),
                    )
        try:
            ordered({p.name: p.depends for p in self.packs}, dependency_cycle)
        except AltynError as error:
            yield error

    def _relationship_faults(self, register: Register, link: Relationship, where: str) -> Iterable[AltynError]:
        parent = self.registers.get(link.parent)
        if parent is None:
            if link.parent in self.broken:
                return
            if self.alone and link.parent.split(".", 1)[0] != register.pack:
                return
            yield _parent_missing(
                where,
                say("{name} is no register here.", name=link.parent),
                say("Registers here: {names}.", names=near(link.parent, self.registers)),
            )
            return
        own_packs = {register.pack, *self.pack(register.pack).depends}
        if parent.pack not in own_packs:
            yield AltynError(
                "pack.dependency",
                what=say(
                    "{name} refers to {parent}, whose pack it does not depend on.",
                    name=register.name,
                    parent=parent.name,
                ),
                where=f"{register.pack}/pack.toml, depends",
                mend=say("Write {pack} into `depends`.", pack=parent.pack),
            )
        names = [c.name for c in parent.columns]
        for own, other in zip(link.columns, link.parent_columns, strict=True):
            if other not in names:
                yield _parent_missing(
                    where,
                    say("{register} has no column {column}.", register=parent.name, column=other[:80]),
                    say("Columns there: {names}.", names=near(other, names)),
                )
            elif parent.column(other).type.kind != register.column(own).type.kind:
                yield _parent_missing(
                    where,
                    say(
                        "{own} is {own_type}, {other} of {register} is {other_type}.",
                        own=own,
                        own_type=register.column(own).type.name,
                        other=other,
                        register=parent.name,
                        other_type=parent.column(other).type.name,
                    ),
                    say("Give both columns one type."),
                )

    def _column_faults(self, register: Register, where: str) -> Iterable[AltynError]:
        lists = self.code_lists_of(register.pack)
        for column in register.columns:
            place = f"{where}, column {column.name}"
            wanted = [column.code_list] if column.code_list else []
            if column.derivation and column.derivation.kind == "lookup":
                wanted.append(cast("tuple[str, str]", column.derivation.argument)[1])
            for name in wanted:
                if name not in lists and not (self.alone and "." in name):
                    yield AltynError(
                        "contract.code-list-missing",
                        what=say("There is no code list {name}.", name=name),
                        where=place,
                        mend=say(
                            "Add codes/{name}.csv to the pack. Lists here: {names}.",
                            name=name,
                            names=near(name, lists) or "-",
                        ),
                    )
            for check in column.checks:
                if (
                    check.kind == "identifier"
                    and check.argument not in self.kinds
                    and not (self.alone and self.pack(register.pack).depends)
                ):
                    yield AltynError(
                        "contract.kind-unknown",
                        what=say("There is no identifier kind {name}.", name=str(check.argument)[:80]),
                        where=place,
                        mend=say("Kinds here: {names}.", names=near(str(check.argument), self.kinds) or "-"),
                    )

    def _text_faults(self, pack: str | None) -> Iterable[AltynError]:
        for register in self.registers.values():
            if pack not in {None, register.pack}:
                continue
            where = f"{register.pack}/registers/{register.table}{SUFFIX}"
            yield from self._label_faults(register.label, where, "altyn.label")
            for column in register.columns:
                yield from self._said_faults(column, f"{where}, column {column.name}")
            yield from _purpose_faults(register, where)
            if register.is_open and not register.public_columns:
                yield AltynError(
                    "contract.profile",
                    what=say("The register is open and none of its columns is public."),
                    where=where,
                    mend=say("Add classification: public to the columns that everybody may see."),
                )
        for measure in self.measures.values():
            if pack in {None, measure.pack}:
                split = [(f"dimension {one.column}", one.label) for one in measure.dimensions]
                for key, label in (("title", measure.title), ("definition", measure.definition), *split):
                    yield from self._label_faults(label, measure.where, key, code="measure.invalid")
        for loaded in self.packs:
            if pack in {None, loaded.name}:
                yield from self._label_faults(loaded.title, f"{loaded.name}/pack.toml", "title", code="pack.invalid")

    def _said_faults(self, column: Column, where: str) -> Iterable[AltynError]:
        yield from self._label_faults(column.label, where, "altyn.label")
        # Nobody must say more of a column than its label; who does, says it to everybody.
        if column.summary:
            yield from self._label_faults(column.summary, where, "altyn.summary")

    def _label_faults(
        self, label: Label, where: str, key: str, *, code: str = "contract.profile"
    ) -> Iterable[AltynError]:
        missing = [language for language in self.languages if language not in label]
        if missing:
            yield AltynError(
                code,
                what=say("{key} lacks the languages {names}.", key=key, names=", ".join(missing)),
                where=where,
                mend=say("Add them: people read this on every page."),
            )

    def _sql_faults(self, pack: str | None) -> Iterable[AltynError]:
        for measure in self.measures.values():
            if pack not in {None, measure.pack}:
                continue
            named = [*measure.tables.values(), *measure.inputs]
            missing = [name for name in named if name not in self.registers and name not in self.measures]
            if self.broken.intersection(missing):
                continue
            if missing and not (self.alone and all(n.split(".")[0] != measure.pack for n in missing)):
                yield AltynError(
                    "measure.invalid",
                    what=say("{name} is no register here.", name=missing[0]),
                    where=measure.where,
                    mend=say("Registers here: {names}.", names=near(missing[0], self.registers) or "-"),
                )
            try:
                require_portable(measure.relation(self.registers).sql, measure.where)
            except AltynError as error:
                yield _placed(error, measure.where)
        for register in self.registers.values():
            if pack not in {None, register.pack}:
                continue
            where = f"{register.pack}/registers/{register.table}{SUFFIX}"
            # A rule is an expression: a SELECT around it makes it a query that the lint can read.
            rules = [(r.name, f"SELECT ({r.sql}) FROM {identifier(register.table)}") for r in register.row_rules]
            for name, query in [*rules, *((c.name, c.sql) for c in register.table_checks)]:
                try:
                    require_portable(query, f"{where}, rule {name}")
                except AltynError as error:
                    yield _placed(error, f"{where}, rule {name}")


def resolved(measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """Measures, each after those it reads, and knowing the registers that those are made of.

    Those that read each other in a circle stay as they are: `structure_faults` names them, and nothing is built.
    """
    done: dict[str, Measure] = {}
    waiting = dict(measures)
    while ready := [n for n, m in waiting.items() if not any(t in waiting for t in m.tables.values())]:
        for name in ready:
            measure = waiting.pop(name)
            under = {t: done[t].inputs for t in measure.tables.values() if t in done}
            done[name] = replace(measure, made_of=under)
    return done | waiting


def _placed(error: AltynError, where: str) -> AltynError:
    """The error with its place put first."""
    place = error.where if error.where.startswith(where) else f"{where} {error.where}".strip()
    return AltynError(error.code, what=error.what, where=place, mend=error.mend)


def _parent_missing(where: str, what: Message, mend: Message) -> AltynError:
    return AltynError("contract.parent-missing", what=what, where=where, mend=mend)


def _purpose_faults(register: Register, where: str) -> Iterable[AltynError]:
    unknown = [name for name in register.purposes or () if name not in PURPOSES]
    if unknown:
        yield AltynError(
            "contract.profile",
            what=say("altyn.purposes names what is no purpose: {names}.", names=", ".join(unknown)[:200]),
            where=where,
            mend=say("Purposes: {codes}.", codes=", ".join(PURPOSES)),
        )


def _source_faults(project: Project, catalogue: Catalogue) -> Iterable[AltynError]:
    for name in project.sources:
        if name not in catalogue.registers and name not in catalogue.broken:
            yield AltynError(
                "project.invalid",
                what=say("altyn.toml names a source for {name}, which no pack declares.", name=name),
                where=f'altyn.toml, [sources."{name}"]',
                mend=say("Registers here: {names}.", names=near(name, catalogue.registers) or "-"),
            )


def _in_altyn_toml(project: Project, faults: Iterable[AltynError]) -> list[AltynError]:
    """Faults of altyn.toml, each with its line."""
    found, path = list(faults), project.folder / FILE
    return with_toml_lines(found, path.read_text(encoding="utf-8-sig"), FILE) if found and path.is_file() else found


def _spec_faults(project: Project) -> Iterable[AltynError]:
    """Sources that no reader could open, as far as altyn.toml shows it."""
    for name, table in project.sources.items():
        try:
            spec_from_table(name, table, project.folder, project.allowed_folders)
        except AltynError as error:
            yield error


def check_project(project: Project, pack: str | None = None) -> list[AltynError]:
    """Everything wrong in a project's packs, or in one pack by name or folder.

    Raises:
        AltynError: `pack.missing` for a pack the project does not have.
    """
    packs, faults = find_packs(project)
    catalogue = Catalogue.of_packs(packs, languages=project.languages)
    name = Path(pack).name if pack else None
    if name and name not in {p.name for p in packs} and not any(name in f.where for f in faults):
        raise pack_missing(name, [p.name for p in packs])
    own = [*_source_faults(project, catalogue), *_spec_faults(project)]
    faults += [*catalogue.faults(name), *_in_altyn_toml(project, own)]
    if name:
        faults = [
            f
            for f in faults
            if f.where.startswith((f"{name}/", f"{name}.", f"measure {name}.")) or f.code == "contract.cycle"
        ]
    unique = {(f.code, f.where, str(f.what)): f for f in faults}
    return list(unique.values())
