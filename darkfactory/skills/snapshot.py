"""Copy a skill for one session: plain files only, hashed as they are written."""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from darkfactory.domain.skill import Skill, SkillFinding, SkillRef
from darkfactory.errors import DiskFull
from darkfactory.files import is_disk_full
from darkfactory.skills.folder import LINK_OR_SPECIAL, MOST_BYTES, SkillFile, skill_files
from darkfactory.skills.library import SkillInvalid


def snapshot(skill: Skill, target_folder: Path) -> SkillRef:
    """Copy what a session may see of *skill* to *target_folder* and return what was copied.

    Scenarios, sidecar and history stay behind. The folder is there whole or not at all, also when
    the program is killed; *target_folder* must be missing or empty.

    Raises:
        SkillInvalid: If the skill holds a link that leaves it, no plain file, or too much.
        FileExistsError: If *target_folder* holds something already.
        DiskFull: If the disk has no room; nothing of the copy is left.
    """
    files, odd = skill_files(skill.path)
    if odd:
        raise SkillInvalid(skill, odd)
    if target_folder.exists() and any(target_folder.iterdir()):
        raise FileExistsError(errno.EEXIST, "a skill was copied there before", str(target_folder))
    draft = target_folder.with_name(f".{target_folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        sha256 = _copy(skill, files, draft)
        os.replace(draft, target_folder)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(target_folder) from error
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return SkillRef(skill.name, skill.version, sha256)


def content_hash(skill: Skill) -> str:
    """Return the hash that :func:`snapshot` would give of *skill*, without a copy.

    Raises:
        SkillInvalid: If the skill holds a link that leaves it, no plain file, or too much.
    """
    files, odd = skill_files(skill.path)
    if odd:
        raise SkillInvalid(skill, odd)
    return _hashed(skill, files, lambda _file, _raw: None)


def _copy(skill: Skill, files: list[SkillFile], target: Path) -> str:
    """Write *files* below *target* and return the hash over their names and bytes."""

    def write(file: SkillFile, raw: bytes) -> None:
        path = target / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        path.chmod(0o755 if file.executable else 0o644)

    return _hashed(skill, files, write)


def _hashed(skill: Skill, files: list[SkillFile], take: Callable[[SkillFile, bytes], None]) -> str:
    """Read *files* once, hand each to *take*, and return the hash over their names and bytes."""
    whole = hashlib.sha256()
    room = MOST_BYTES
    for file in files:
        raw = _read(skill, file, room)
        room -= len(raw)
        for part in (os.fsencode(file.name), raw):
            whole.update(b"%d:" % len(part) + part)
        take(file, raw)
    return whole.hexdigest()


def _read(skill: Skill, file: SkillFile, most: int) -> bytes:
    """Return the bytes of *file*, unless it was swapped since it was found."""
    with contextlib.ExitStack() as stack:
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            source = stack.enter_context(open(os.open(file.source, flags), "rb"))
            raw = source.read(most + 1)
        except OSError as error:
            message = f"{file.name} cannot be read: {error.strerror}"
            found = SkillFinding(LINK_OR_SPECIAL, "error", file.name, message)
            raise SkillInvalid(skill, [found]) from error
    if len(raw) > most:
        message = f"{file.name} grew while it was copied"
        raise SkillInvalid(skill, [SkillFinding("Z007", "error", file.name, message)])
    return raw
