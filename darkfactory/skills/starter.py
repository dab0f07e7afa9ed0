"""The skills that ship with the program: a repository begins with them and makes them its own."""

import errno
import os
import shutil
from pathlib import Path

from darkfactory.files import write_atomic
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.library import RETIRED
from darkfactory.skills.sidecar import FILE as SIDECAR

# In a checkout a link to skills/ at its root; in a wheel a copy of that without the evals.
_SHIPPED = Path(__file__).parent / "starters"
_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


def starter_skills() -> list[str]:
    """Return the names of the skills that ship with the program."""
    return sorted(path.parent.name for path in _SHIPPED.glob(f"*/{FILE}"))


def lay_starter(name: str, shelf: Path) -> bool:
    """Copy the starter skill *name* into the folder *shelf*, whole or not at all.

    Its scenarios stay behind. Returns false, and changes nothing, where something, or a retired
    skill, has its name.

    Raises:
        DiskFull: If there is no room.
    """
    if (shelf / RETIRED / name).is_dir():
        return False
    draft = shelf / f".{name}.{os.getpid()}.tmp"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for file in (FILE, SIDECAR):
            write_atomic(draft / file, (_SHIPPED / name / file).read_text(encoding="utf-8"))
        os.rename(draft, shelf / name)
    except OSError as error:
        if error.errno not in _THERE:
            raise
        return False
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True
