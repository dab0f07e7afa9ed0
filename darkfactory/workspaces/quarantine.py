"""Move what git cannot hold to a place of its own; killed at any point, it is finished later."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.files import read_json, write_atomic
from darkfactory.workspaces.removal import OPEN_FOLDER, move_folder

ABOUT = "about.json"
_MOVING, _DONE = "moving", "done"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One folder of quarantined things, with what it is about in ``about.json``."""

    folder: Path
    about: dict[str, Any]

    @property
    def ref(self) -> str:
        """The ref that holds what git can hold of the same workspace."""
        return str(self.about["ref"])

    def finish(self) -> None:
        """Move what is still in the workspace; the second of two calls finds nothing to do.

        Raises:
            OSError: If something cannot be moved.
            DiskFull: If the disk has no room for the note that it is done.
        """
        root = os.fsencode(self.about["workspace"])
        for path in map(os.fsencode, self.about["moved"]):
            source = os.path.join(root, path).rstrip(b"/")
            if os.path.lexists(source):
                _move(source, os.path.join(os.fsencode(self.folder), b"files", path).rstrip(b"/"))
        _write(self.folder, {**self.about, "state": _DONE})


def unfinished(root: Path, session: str, workspace: Path) -> Quarantine | None:
    """Return the quarantine of *session* that was being filled from *workspace*, if one was."""
    found = _of(root, session, workspace)
    return next((each for each in found if each.about["state"] == _MOVING), None)


def finished(root: Path, session: str, workspace: Path) -> Path | None:
    """Return the last folder that was filled for *session* from *workspace*, or None."""
    found = [each for each in _of(root, session, workspace) if each.about["state"] == _DONE]
    return max((each.folder for each in found), key=lambda path: path.stat().st_mtime, default=None)


def _of(root: Path, session: str, workspace: Path) -> list[Quarantine]:
    found = [Quarantine(folder, read_json(folder / ABOUT)) for folder in root.glob(f"{session}*")]
    wanted = {"session": session, "workspace": str(workspace)}
    found = []
    for folder in sorted(root.glob(f"{session}*")):
        about = read_json(folder / ABOUT)
        if isinstance(about, dict) and {**about, **wanted} == about:
            found.append(Quarantine(folder, about))
    return found


def begin(
    root: Path, workspace: Path, moves: Sequence[bytes], *, session: str, ref: str, reason: str
) -> Quarantine:
    """Write down that *moves* (b"": all of it) leave *workspace*, and where to; moves nothing yet.

    Raises:
        DiskFull: If the disk has no room for the note.
        OSError: If the folder cannot be made.
    """
    number = 1
    while True:
        folder = root / (session if number == 1 else f"{session}.{number}")
        if not (folder / ABOUT).exists():
            break
        number += 1
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "version": 1,
        "session": session,
        "reason": reason,
        "ref": ref,
        "workspace": str(workspace),
        "moved": [os.fsdecode(path) for path in moves],
        "state": _MOVING,
    }
    _write(folder, about)
    return Quarantine(folder, about)


def _write(folder: Path, about: dict[str, Any]) -> None:
    # ASCII, so that names that are not UTF-8 survive as escapes of what Python makes of them.
    write_atomic(folder / ABOUT, json.dumps(about, indent=1) + "\n")


def _move(source: bytes, target: bytes) -> None:
    place, number = target, 1
    while os.path.lexists(place):
        number += 1
        place = target + b".%d" % number
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if os.path.isdir(source) and not os.path.islink(source):
        move_folder(os.fsdecode(source), os.fsdecode(place))
        return
    try:
        os.rename(source, place)
    except PermissionError:
        os.chmod(os.path.dirname(source), OPEN_FOLDER)
        os.rename(source, place)
