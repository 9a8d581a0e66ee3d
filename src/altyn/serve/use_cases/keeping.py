"""Keeping: what lets a project outlive its disk and its format: backup, restore, upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.measures.measure import relations_of
from altyn.model.instants import Clock, system_clock
from altyn.model.relations import Relation
from altyn.packs.catalogue import Catalogue
from altyn.packs.project import find_project, load_project
from altyn.policy.log import AccessLog, AccessRecord, Found, SnapshotHead, verify
from altyn.policy.log.again import keep_for_later
from altyn.policy.principals import local
from altyn.serve.workspace import Workspace, declared
from altyn.store import Folders
from altyn.store.backup import BackupReport, back_up, back_up_unread
from altyn.store.derived import newest_proof, rebuild
from altyn.store.erase import Eraser
from altyn.store.folders import FORMAT, locked
from altyn.store.formats import STEPS
from altyn.store.manifests import Manifest, newest_manifest
from altyn.store.orders import read_order
from altyn.store.places import place_of
from altyn.store.restore import fetch_orders, put_in_place, stage_backup
from altyn.store.snapshots import Snapshots
from altyn.store.upgrade import Step, format_of, is_unfinished, plan_upgrade, upgrade


@dataclass(slots=True)
class RestoreReport:
    """What a restore did. `proofs`: register -> numbers of the newest snapshot, equal to those of the backup.

    `lost_measures` have no table for some past snapshot, because their definition has changed since; `problem` says why
    nothing derived could be built yet; `log_problem` what is wrong with the access log, as it was when the backup was made.
    `bucket` is the store altyn.toml names, into which nothing was restored.
    """

    backup: str
    snapshot: int
    snapshots: int
    files: int
    size_bytes: int
    made_at: str
    format: int
    log_records: int = 0
    orders: int = 0
    proofs: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    lost_measures: list[str] = field(default_factory=list[str])
    problem: AltynError | None = None
    bucket: str = ""
    log_problem: Found | None = None


def backup_project(
    folder: Path, address: str, *, verify_all: bool = False, clock: Clock = system_clock
) -> BackupReport:
    """Back a project up to an address; a pack that is broken today does not keep its data from being saved."""
    project = load_project(find_project(folder))
    place = place_of(address)
    folders = Folders(project.folder / ".altyn", place_of(project.store) if project.store else None)
    folders.prepare()
    return back_up(
        project.folder,
        place,
        folders=folders,
        relations=_relations(project.folder),
        clock=clock,
        version=__version__,
        name=project.name,
        verify_all=verify_all,
    )


def _relations(folder: Path) -> dict[str, Relation]:
    """The measures as they are defined now; none where the packs cannot be read."""
    try:
        catalogue = Catalogue.of(load_project(folder))
        return relations_of(catalogue.measures, catalogue.registers)
    except AltynError:
        return {}


def restore_project(
    address: str, folder: Path, *, backup: str | None = None, clock: Clock = system_clock
) -> RestoreReport:
    """Restore a backup into an empty or absent folder, prove it, and only then put it in place.

    Raises:
        AltynError: `backup.none`, `backup.damaged`, `restore.folder-used`, `restore.differs`, `backup.order-unknown`, and
            those of places.
    """
    place = place_of(address)
    name, manifest = newest_manifest(place, backup)
    files = stage_backup(place, manifest, name, folder)
    report = RestoreReport(
        backup=name,
        snapshot=manifest.snapshot,
        snapshots=len(manifest.snapshots),
        files=len(manifest.files),
        size_bytes=manifest.size,
        made_at=manifest.made_at,
        format=manifest.format,
    )
    later = fetch_orders(place, files)
    if manifest.format == FORMAT:
        _prove(files, manifest, report, clock)
    report.orders = _reapply(files, later)
    log = AccessLog(files / ".altyn" / "log", clock=clock)
    record = AccessRecord.of(local(), "restored", backup=name, snapshot=manifest.snapshot)
    try:
        log.folder.mkdir(mode=0o700, exist_ok=True)
        log.write(record)
    except AltynError:
        keep_for_later(log, record)
    put_in_place(folder)
    return report


def _reapply(files: Path, later: list[Path]) -> int:
    """Carry out the erasures that were ordered after the backup was made; how many.

    Raises:
        AltynError: `backup.order-unknown` where the packs cannot be read: what an order took away must not come back.
    """
    given = [read_order(path) for path in later]
    if not any(o.status in {"executing", "executed"} for o in given):
        return 0
    folders = Folders(files / ".altyn")
    try:
        catalogue = Catalogue.of(load_project(files))
        relations = relations_of(catalogue.measures, catalogue.registers)
    except AltynError as error:
        raise AltynError(
            "backup.order-unknown",
            what=say("Erasure orders were given after this backup, and its packs cannot be read to carry them out."),
            where=error.where,
            mend=say("Put the packs right on this machine, then restore again."),
        ) from None
    eraser = Eraser(folders, Snapshots(folders), declared(folders, catalogue), relations)
    for order in given:
        if order.status in {"executing", "executed"}:
            eraser.orders.change(order, status="executing", generations={})
    return len(eraser.finish_interrupted())


def _prove(files: Path, manifest: Manifest, report: RestoreReport, clock: Clock) -> None:
    """Build what is derived, and compare with what the backup says of itself."""
    # What was fetched is looked at by itself, not what a bucket named in altyn.toml may hold by now.
    folders = Folders(files / ".altyn")
    folders.prepare()
    snapshots = Snapshots(folders)
    try:
        project = load_project(files)
        report.bucket = project.store
        catalogue = Catalogue.of(project)
        relations = relations_of(catalogue.measures, catalogue.registers)
        report.lost_measures = rebuild(folders, snapshots, declared(folders, catalogue), relations)
    except AltynError as error:
        # The packs cannot be read on this machine: the data are whole all the same.
        report.problem = error
        report.lost_measures = rebuild(folders, snapshots, declared(folders, None), {})
    heads = [SnapshotHead(s.number, s.published_at, s.log) for s in snapshots.all()]
    log = AccessLog(folders.log, clock=clock)
    checked = verify(log, heads, is_shared=bool(report.bucket))
    report.log_records, report.log_problem = checked.records, next(iter(checked.faults), None)
    report.proofs = newest_proof(folders, snapshots)
    # A backup made before an upgrade does not say anything of itself: its format was not understood.
    differs = bool(manifest.proofs) and report.proofs != manifest.proofs
    if differs or tuple(snapshots.numbers()) != manifest.snapshots:
        raise AltynError(
            "restore.differs",
            what=say("The restored project does not say what the backup said of itself; nothing was put in place."),
            where=", ".join(sorted(n for n in manifest.proofs if report.proofs.get(n) != manifest.proofs[n])),
            mend=say("Restore another backup (--backup NAME), and report this: every object was whole."),
        )


@dataclass(slots=True)
class UpgradeReport:
    """What an upgrade did or would do: formats, its steps with the number of files each touches, its backup."""

    found: int
    target: int
    steps: list[tuple[int, Message, int]] = field(default_factory=list[tuple[int, Message, int]])
    was_unfinished: bool = False
    backup: BackupReport | None = None
    lost_measures: list[str] = field(default_factory=list[str])


def upgrade_project(
    folder: Path,
    *,
    is_dry: bool = False,
    backup: str | None = None,
    without_backup: bool = False,
    steps: Mapping[int, Step] | None = None,
    target: int = FORMAT,
    clock: Clock = system_clock,
) -> UpgradeReport:
    """Bring a project's data to our format, after a backup; or say what that would change.

    Args:
        folder: the project's.
        is_dry: say only.
        backup: address of the place for the backup.
        without_backup: the user has one already.
        steps: those of this version, unless a test brings its own.
        target: the format to reach.
        clock: gives the backup's name.

    Raises:
        AltynError: `upgrade.needs-backup`, `project.format`, `project.locked`, and those of a backup.
    """
    project = load_project(find_project(folder))
    folders = Folders(project.folder / ".altyn", place_of(project.store) if project.store else None)
    root = folders.root
    with locked(folders):
        # Read under the lock: a second upgrade that waited finds nothing left to do.
        planned = plan_upgrade(root, STEPS if steps is None else steps, target)
        report = UpgradeReport(
            found=format_of(root),
            target=target,
            steps=[(number, step.says, step.touches(root)) for number, step in planned],
            was_unfinished=is_unfinished(root),
        )
        if is_dry or not (planned or report.was_unfinished):
            return report
        # Half of an upgrade is not worth keeping: the backup was made before it began.
        if not report.was_unfinished and not without_backup:
            if backup is None:
                raise AltynError(
                    "upgrade.needs-backup",
                    what=say("An upgrade changes the project's data, and no backup was asked for."),
                    where=".altyn",
                    mend=say("Name a place with --backup DEST, or say --no-backup if you have one already."),
                )
            report.backup = back_up_unread(
                project.folder,
                place_of(backup),
                clock=clock,
                version=__version__,
                name=project.name,
                found=report.found,
            )
        upgrade(root, planned)
    if target == FORMAT:
        workspace = Workspace.open(project.folder, clock)
        relations = _relations(project.folder)
        snapshots = workspace.store.snapshots
        report.lost_measures = rebuild(workspace.store.folders, snapshots, workspace.store.registers, relations)
    return report
