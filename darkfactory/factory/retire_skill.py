"""Take a skill out of use: its folder goes to skills/retired/, the lock keeps a tombstone."""

import tempfile
from pathlib import Path

from darkfactory.clock import timestamp
from darkfactory.factory.line import Line
from darkfactory.retro.proposal import Proposal
from darkfactory.skills.folder import HISTORY
from darkfactory.skills.library import FOLDER, skill_in
from darkfactory.skills.lock import FILE, Tombstone, read_lock, read_tombstones, write_lock
from darkfactory.skills.snapshot import content_hash
from darkfactory.workspaces.written import lay_out, tree_with


def retired_tree(
    line: Line, base: str, proposal: Proposal, history: str, *, by: str, when: float
) -> str:
    """Return the tree of commit *base* with the skill of *proposal* retired.

    Args:
        line: The factory.
        base: The commit that it is made on.
        proposal: The accepted proposal.
        history: The new text of the skill's HISTORY.jsonl.
        by: Who accepted it.
        when: At what time, in seconds since the epoch.

    Raises:
        LockInvalid: If the lock file is none.
        SkillInvalid: If the skill holds what no session could get.
        GitFailed: If the hub cannot be read or written.
    """
    name, place = proposal.skill, f"{FOLDER}/{proposal.skill}"
    with tempfile.TemporaryDirectory(dir=line.state.root) as scratch:
        root = Path(scratch)
        lay_out((f"--git-dir={line.hub.path}",), base, [place, FILE], root)
        skill, locked = skill_in(root / place), read_lock(root)
        was = locked.pop(name, None)
        left = {
            "version": skill.version,
            "sha256": content_hash(skill),
            "reason": proposal.reason,
            "at": timestamp(when),
        }
        stone = Tombstone(**left, by=by, was=was)
        write_lock(root, locked, root / "draft", {**read_tombstones(root), name: stone})
        files = {
            FILE: (root / FILE).read_text(encoding="utf-8"),
            f"{proposal.moved_to}/{HISTORY}": history,
        }
    moved = (place, proposal.moved_to)
    return tree_with(line.hub, base, files, folder=line.state.root, moved=moved)
