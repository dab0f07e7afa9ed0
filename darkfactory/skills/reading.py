"""Read SKILL.md and df.yaml of a folder: what cannot be read is found, never raised."""

import os
import stat
from dataclasses import replace

from darkfactory.domain.skill import SkillFinding
from darkfactory.skills import frontmatter, sidecar
from darkfactory.skills.frontmatter import Head, read_head
from darkfactory.skills.sidecar import Sidecar, read_sidecar


def head_of(folder: str) -> Head:
    """Return what the SKILL.md in *folder* says of itself."""
    try:
        raw = read_plain(os.path.join(folder, frontmatter.FILE), frontmatter.MOST_BYTES)
    except OSError as error:
        head = Head()
        head.find("S001", "error", f"cannot be read: {error.strerror}")
        return head
    return read_head(raw, os.path.basename(folder))


def side_of(folder: str) -> Sidecar:
    """Return what the df.yaml in *folder* says; an empty one when there is none."""
    try:
        raw = read_plain(os.path.join(folder, sidecar.FILE), frontmatter.MOST_BYTES)
        text = raw.decode("utf-8-sig")
        return replace(read_sidecar(text), text=text)
    except FileNotFoundError:
        return Sidecar()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "not UTF-8"
        found = SkillFinding(sidecar.WRONG, "error", sidecar.FILE, f"cannot be read: {said}")
        return Sidecar(findings=(found,))


def read_plain(path: str, most: int) -> bytes:
    """Return the bytes of the plain file *path*.

    Raises:
        OSError: If it is a link, no plain file, longer than *most* bytes, or unreadable.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a plain file")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise OSError(0, f"longer than {most} bytes")
    return raw
