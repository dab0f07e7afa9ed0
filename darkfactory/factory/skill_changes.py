"""Tell of each landing that changed skills: sessions that start from then on get what landed."""

import re
from collections.abc import Iterator

from darkfactory.domain.change import ChangeState
from darkfactory.domain.skill import UNVERSIONED
from darkfactory.factory.line import Line
from darkfactory.gate.record import Change
from darkfactory.skills.library import FOLDER, RETIRED
from darkfactory.skills.sidecar import FILE as SIDECAR
from darkfactory.skills.sidecar import read_sidecar

CHANGED = "skill.changed"
_BELOW = re.compile(rf"{FOLDER}/(?:{RETIRED}/)?([^/]+)/.")


def tell_skill_changes(line: Line) -> None:
    """Record ``skill.changed`` for each skill of each landing that nobody has told of yet.

    It follows from the record, so a command that died before it is made good by the next one.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    line.record.refresh()
    for change in line.record.changes:
        told = line.record.skills_told.get(change.id, set())
        for name in _skills_of(change):
            if name not in told:
                commit = str(change.landing.get("commit"))
                data = {"skill": name, "change": change.id, "commit": commit}
                data |= {"version": _version(line, commit, name)}
                line.record.writer("gate").write(CHANGED, data, durable=True)


def _skills_of(change: Change) -> Iterator[str]:
    """Yield the skills that *change* has changed by landing."""
    if change.state is ChangeState.LANDED:
        paths = map(str, change.facts.get("paths") or ())
        found = {match[1] for path in paths if (match := _BELOW.match(path))}
        yield from sorted(found)


def _version(line: Line, commit: str, name: str) -> str:
    place = f"{commit}:{FOLDER}/{name}/{SIDECAR}"
    found = line.hub.git("cat-file", "blob", place, accept=(0, 128))
    text = "" if found.status else found.stdout.decode("utf-8", "replace")
    return read_sidecar(text).version or UNVERSIONED
