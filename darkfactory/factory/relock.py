"""Keep the lock of skills true to an edit that a person has accepted."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from darkfactory.clock import timestamp
from darkfactory.skills.library import FOLDER, skills_for
from darkfactory.skills.lock import FILE, read_lock, sidecar_hash, write_lock
from darkfactory.skills.snapshot import content_hash
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.written import lay_out


def relocked(
    hub: Hub,
    base: str,
    skill: str,
    edited: Mapping[str, str],
    *,
    by: str,
    when: float,
    folder: Path,
) -> dict[str, str]:
    """Return the lock file by its path with *skill* as *edited*; nothing if it is not locked.

    It is that of *base*, laid out anew: nobody's working tree is read or written, so nobody has to
    hold the library. What two have locked since is git's to bring together.

    Args:
        hub: The hub that has *base*.
        base: The commit that the edit is made on.
        skill: The skill that it is of.
        edited: Its new texts, by path in the repository.
        by: Who agreed to them.
        when: At what time, in seconds since the epoch.
        folder: Where the skill may be laid out meanwhile.

    Raises:
        LockInvalid: If the lock file is none.
        SkillInvalid: If the edited skill could not go into a session.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        root = Path(place)
        lay_out((f"--git-dir={hub.path}",), base, [f"{FOLDER}/{skill}", FILE], root)
        locked = read_lock(root)
        if skill not in locked:
            return {}
        for path, text in edited.items():
            (root / path).write_text(text, encoding="utf-8")
        (made,) = skills_for([skill], root)
        entry = replace(
            locked[skill],
            version=made.version,
            sha256=content_hash(made),
            sidecar=sidecar_hash(made.path),
            reviewed_by=by,
            reviewed_at=timestamp(when),
        )
        write_lock(root, {**locked, skill: entry}, root / "draft")
        return {FILE: (root / FILE).read_text(encoding="utf-8")}
