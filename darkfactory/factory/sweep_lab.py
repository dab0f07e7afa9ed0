"""What the evals have left in their laboratory that nothing needs any more.

Grades rest on logs and on the hub, so workspaces, homes and copies of skills are worth nothing
once every session has ended: they go for good.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.factory.eval_lab import EvalsRunning, held, lab_of
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.workspaces.removal import remove_tree
from darkfactory.workspaces.sweepings import LAB, GcItem, path_item, pools, slots

_PRIVATE = ("home", "tmp")


def left_in_lab(home: StateFolder, *, now: float) -> list[GcItem]:
    """Return what could be swept from the laboratory below *home*; changes nothing."""
    lab = lab_of(home)
    if not lab.root.is_dir():
        return []
    open_, found = False, []
    for session in sorted(lab.sessions.glob("*/spec.json")):
        folder = session.parent
        if find_host(os.fspath(folder)).state is not HostState.ENDED:
            open_ = True
            continue
        proof = f"private to session {folder.name} of the evals, which has ended"
        found += [
            path_item(home, LAB, place, folder / "exit.json", proof, now)
            for place in (folder / name for name in _PRIVATE)
            if place.is_dir()
        ]
    return found if open_ else [*found, *_shared(home, lab, now)]


def sweep_lab(home: StateFolder, items: Sequence[GcItem], *, now: float) -> list[GcItem]:
    """Delete those of *items* that are still as they were planned, and return them.

    Nothing goes while a command works in the evals.
    """
    try:
        with held(home):
            same = {(one.name, one.fingerprint) for one in left_in_lab(home, now=now)}
            done = [one for one in items if (one.name, one.fingerprint) in same]
            for one in done:
                with contextlib.suppress(FileNotFoundError):
                    remove_tree(os.fspath(home.root / one.name), os.fspath(home.root / "trash"))
            return done
    except EvalsRunning:
        return []


def _shared(home: StateFolder, lab: StateFolder, now: float) -> Iterator[GcItem]:
    """Yield what sessions share, now that all have ended and the hub has all of their work."""
    facts = [slot.read() for pool in pools(lab) for slot in slots(pool)]
    if facts and all(one.kept or one.content is None for one in facts):
        proof = "workspaces of the evals, whose sessions have ended; the hub has their work"
        sign = max((pool / ".slots" for pool in pools(lab)), key=_changed)
        yield path_item(home, LAB, lab.root / "workspaces", sign, proof, now)
    arms = lab.repository / "arms"
    if arms.is_dir():
        proof = "copies of what sessions of the evals were given, which have ended"
        yield path_item(home, LAB, arms, arms, proof, now)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns
