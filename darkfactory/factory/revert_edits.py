"""Which accepted edits of skills are to be taken back, by what git has of them."""

from collections.abc import Iterator, Mapping, Sequence

from darkfactory.factory.line import Line
from darkfactory.gitobjects import objects_of
from darkfactory.retro.decided import Decision
from darkfactory.retro.follow_up import FollowUp
from darkfactory.retro.revert import WORSE, Back, Texts, taken_back
from darkfactory.retro.shelf import Shelf
from darkfactory.skills.frontmatter import FILE, MOST_BYTES
from darkfactory.skills.library import FOLDER
from darkfactory.skills.sidecar import FILE as SIDECAR


def backs(
    line: Line, shelf: Shelf, followed: Sequence[FollowUp], decided: Mapping[str, Decision]
) -> Iterator[tuple[str, Back]]:
    """Yield the id of each accepted proposal since which things went worse, and what undoes it.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    for one in followed:
        skill = shelf.get(one.skill)
        change = line.record.changes.get(decided[one.proposal].change)
        landed = str(change.landing.get("commit") or "") if change else ""
        if one.verdict == WORSE and skill is not None and landed:
            was, became = (_texts(line, f"{landed}{at}", one.skill) for at in ("^1", ""))
            yield one.proposal, taken_back(one, was, became, skill)


def _texts(line: Line, commit: str, skill: str) -> Texts:
    objects = objects_of(f"--git-dir={line.state.hub}")
    text, side = (
        objects.content(f"{commit}:{FOLDER}/{skill}/{name}", MOST_BYTES) or b""
        for name in (FILE, SIDECAR)
    )
    return Texts(text.decode("utf-8", "replace"), side.decode("utf-8", "replace"))
