"""Store: journals, snapshots, what was known when, and the copies that policy lets out."""

from altyn.store.folders import Folders
from altyn.store.load import Extract, extract_of, load, retry_extract
from altyn.store.run import Run
from altyn.store.scenes import Scene
from altyn.store.snapshots import Batch, RegisterState, Snapshot
from altyn.store.store import Store

__all__ = [
    "Batch",
    "Extract",
    "Folders",
    "RegisterState",
    "Run",
    "Scene",
    "Snapshot",
    "Store",
    "extract_of",
    "load",
    "retry_extract",
]
