"""Take a skill over from elsewhere: look at it in quarantine, then, with a yes, put it in place."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from darkfactory.config import yamltree
from darkfactory.domain.skill import Skill, SkillFinding
from darkfactory.errors import DiskFull, NotReady
from darkfactory.factory.hold_library import library_held
from darkfactory.factory.put_skill import print_of, put_skill, settle
from darkfactory.files import is_disk_full
from darkfactory.skills.difference import difference
from darkfactory.skills.folder import MOST_BYTES, skill_files
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.library import FOLDER, RETIRED, SkillInvalid, skill_in, skills_for
from darkfactory.skills.lint.engine import Choice, lint
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.lint.rule import Finding
from darkfactory.skills.lock import (
    Locked,
    SkillChanged,
    check_locked,
    read_lock,
    sidecar_hash,
    write_lock,
)
from darkfactory.skills.quarantine import Taken, take
from darkfactory.skills.reading import head_of, read_plain
from darkfactory.skills.snapshot import content_hash
from darkfactory.skills.source import Source, parse_source

_LONGEST = 100
_LICENCES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


class SkillMoved(NotReady):
    """A skill of the library that is no longer the one that the difference was shown to."""

    code = "skill.moved"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{FOLDER}/{name} has changed since it was compared; nothing was taken over",
            fix="run the command again: it shows what would change now",
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A skill in quarantine as a person decides about it.

    *licence* says under which it is, *findings* what the lint has against it as somebody else's,
    *diff* what would change in the library, *before* the print of what lies there. *same*: that,
    and how it is locked, is what would come.
    """

    source: Source
    taken: Taken
    version: str
    licence: str
    findings: tuple[Finding, ...]
    diff: str
    before: str
    same: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it out."""
        return tuple(found for found in self.findings if found.severity == "error")


def offer_skill(root: Path, said: str, name: str, quarantine: Path, now: datetime) -> Offer:
    """Return what taking the skill called *name* over from *said* would mean for *root*.

    Nothing of the repository is changed, and nothing of the skill is run.

    Raises:
        BadSource: If *said* names no place.
        SourceUnreachable: If that cannot be reached.
        SkillNotThere: If it does not hold one such skill.
        SkillTooLarge: If the skill is too large.
        LockInvalid: If the lock file cannot be read.
        DiskFull: If there is no room for it.
    """
    source = parse_source(said)
    try:
        taken = take(source, name, quarantine)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(quarantine) from error
        raise
    _adopt_licence(taken)
    skill = read_skill(taken.folder, now.date())
    noted = (*skill.noted, *taken.odd, *_reserved(taken.name))
    there = root / FOLDER / taken.name
    # What they call documentation is for them to say, and for nobody here to follow.
    sidecar = replace(skill.sidecar, docs=())
    (found,) = lint([replace(skill, noted=noted, sidecar=sidecar)], Choice(third_party=True))
    return Offer(
        source,
        taken,
        skill_in(taken.folder).version,
        _licence(taken.folder),
        found,
        difference(_files(there), _files(taken.folder)),
        print_of(there),
        same=_is_same(root, there, source, taken),
    )


def _reserved(name: str) -> Iterator[SkillFinding]:
    """Yield what is wrong with *name* in a library, and nowhere else."""
    if name == RETIRED:
        said = f"{FOLDER}/{RETIRED} holds the retired skills: none of a library has that name"
        yield SkillFinding("S003", "error", FILE, said, 2)


def accept_skill(
    root: Path,
    offer: Offer,
    by: str,
    now: datetime,
    *,
    on_wait: Callable[[], None] | None = None,
) -> Locked:
    """Put the skill of *offer* into the library of *root* and lock it; return its entry.

    Raises:
        SkillMoved: If the library's own has changed since it was offered.
        SkillInvalid: If the skill may not go into a session.
        LockInvalid: If the lock file cannot be read.
        LibraryBusy: If another process holds the library for long.
        DiskFull: If there is no room; the library is as it was.
    """
    name = offer.taken.name
    with library_held(root, on_wait=on_wait) as state:
        settle(state)
        if print_of(root / FOLDER / name) != offer.before:
            raise SkillMoved(name)
        before = read_lock(root).get(name, Locked(name, "", ""))
        entry = _agreed(before, _checked(skill_in(offer.taken.folder)), by, now)
        entry = replace(entry, source=offer.source.shown, commit=offer.taken.commit)
        put_skill(state, offer.taken.folder, entry, offer.before)
    return entry


def lock_skills(
    root: Path,
    names: Sequence[str],
    by: str,
    now: datetime,
    *,
    on_wait: Callable[[], None] | None = None,
) -> list[Locked]:
    """Write down that *by* agrees to the skills called *names* as they are now.

    What the lock file says of where they came from stays.

    Raises:
        UnknownSkill: If there is none of a name.
        SkillInvalid: If one may not go into a session.
        LockInvalid: If the lock file cannot be read.
        LibraryBusy: If another process holds the library for long.
        DiskFull: If there is no room.
    """
    with library_held(root, on_wait=on_wait) as state:
        settle(state)
        locked = read_lock(root)
        made = [
            _agreed(locked.get(skill.name, Locked(skill.name, "", "")), skill, by, now)
            for skill in skills_for(names, root)
        ]
        write_lock(root, {**locked, **{entry.name: entry for entry in made}}, state.lock_draft)
    return made


def _is_same(root: Path, there: Path, source: Source, taken: Taken) -> bool:
    entry = read_lock(root).get(taken.name)
    if entry is None or print_of(there) != print_of(taken.folder):
        return False
    with contextlib.suppress(SkillInvalid, SkillChanged):
        check_locked(skill_in(there), {taken.name: entry})
        return (entry.source, entry.commit) == (source.shown, taken.commit)
    return False


def _agreed(before: Locked, skill: Skill, by: str, now: datetime) -> Locked:
    return replace(
        before,
        version=skill.version,
        sha256=content_hash(skill),
        sidecar=sidecar_hash(skill.path),
        licence=_licence(skill.path),
        reviewed_by=by,
        reviewed_at=now.isoformat(timespec="seconds"),
    )


def _checked(skill: Skill) -> Skill:
    if skill.errors:
        raise SkillInvalid(skill, skill.errors)
    return skill


def _adopt_licence(taken: Taken) -> None:
    """Keep the licence of the repository with a skill that has none of its own."""
    _, text = taken.licence
    if text and not _licence(taken.folder):
        (taken.folder / "LICENSE").write_text(text, encoding="utf-8")


def _licence(folder: Path) -> str:
    """Return what the skill in *folder* says of its licence, in a few words; empty: nothing."""
    _, said = head_of(os.fspath(folder)).entries.get("license", (0, None))
    if isinstance(said, yamltree.Scalar) and said.text.strip():
        return " ".join(said.text.split())[:_LONGEST]
    for file, raw in _files(folder).items():
        if file.partition(".")[0].upper() in _LICENCES:
            lines = raw.decode("utf-8", "replace").split("\n")
            return next((" ".join(line.split())[:_LONGEST] for line in lines if line.strip()), "")
    return ""


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    files, _ = skill_files(folder, whole=True)
    return {file.name: read_plain(file.source, MOST_BYTES) for file in files}
