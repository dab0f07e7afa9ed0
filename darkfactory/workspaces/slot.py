"""Where a slot of a pool lies, and the workspace that a holder gets of it: paths and facts."""

import contextlib
import dataclasses
import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import UsageError
from darkfactory.files import read_json, write_json

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,126}[A-Za-z0-9_-]|[A-Za-z0-9]")


class BadName(UsageError):
    """A holder or session whose name cannot be part of a ref and a path."""

    code = "workspace.bad_name"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot name a session or a holder of a workspace",
            fix="use letters, digits, dots, dashes and underscores, at most 128",
        )


def checked_name(name: str) -> str:
    """Return *name* if it can be part of a ref and a path.

    Raises:
        BadName: If it cannot.
    """
    if not _NAME.fullmatch(name) or name.endswith(".lock"):
        raise BadName(name)
    return name


@dataclass(frozen=True, slots=True)
class Workspace:
    """A leased checkout of the commit *base*, which has *tree*; its lease took *seconds* to make.

    Its git folder borrows objects from *lender*, or else from the hub. The agent owns *path* and,
    for kind ``worktree``, *shared*, the repository that all worktrees of the pool have in common;
    it must not be able to write anywhere else beside it.
    """

    path: Path
    slot: str
    base: str
    tree: str
    seconds: float
    holder: str
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    shared: Path | None = None
    lender: Path | None = None

    @property
    def private(self) -> Path:
        """Our own git folder for this slot; its index is the trusted one."""
        return self.path.parent / ".slots" / f"{self.slot}.git"

    @property
    def git_folder(self) -> Path:
        """The agent's git folder, which holds its HEAD and index."""
        if self.shared is not None:
            return self.shared / "worktrees" / self.slot
        return self.path / ".git"

    @property
    def common_folder(self) -> Path:
        """The agent's git folder that holds its refs and objects."""
        return self.shared or self.path / ".git"


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What is durably known of a slot.

    *holder* has it leased; *content* is whose work lies in it, started from *base*, whose tree is
    *tree*; *kept* says that the hub has all of that work; *ready* that the holder may use it. Its
    objects are borrowed from *lender*; None: from the hub.
    """

    holder: str | None = None
    content: str | None = None
    kept: bool = True
    ready: bool = False
    base: str | None = None
    tree: str | None = None
    exclude: tuple[str, ...] = ()
    lender: str | None = None
    since: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Slot:
    """The places of one slot: what the holder sees, and what only we write."""

    pool: Path
    name: str

    @property
    def path(self) -> Path:
        """The workspace itself."""
        return self.pool / self.name

    @property
    def private(self) -> Path:
        """Our git folder for checkouts; the agent neither sees nor writes it."""
        return self.pool / ".slots" / f"{self.name}.git"

    @property
    def aside(self) -> Path:
        """Where folders go to be taken apart."""
        return self.pool / ".slots" / "aside"

    @property
    def facts_path(self) -> Path:
        """The file of the slot's facts."""
        return self.pool / ".slots" / f"{self.name}.json"

    @property
    def lock_path(self) -> Path:
        """The file whose lock guards the slot."""
        return self.pool / ".slots" / f"{self.name}.lock"

    def read(self) -> SlotFacts:
        """Return the slot's facts; a workspace without readable facts holds unkept work."""
        found = read_json(self.facts_path)
        if isinstance(found, dict):
            names = {field.name for field in dataclasses.fields(SlotFacts)}
            with contextlib.suppress(TypeError):
                known = {key: value for key, value in found.items() if key in names}
                return SlotFacts(**{**known, "exclude": tuple(known.get("exclude", ()))})
        if os.path.lexists(self.path):
            return SlotFacts(content=f"lost-{self.pool.name}-{self.name}", kept=False)
        return SlotFacts()

    def write(self, facts: SlotFacts) -> SlotFacts:
        """Make *facts* the slot's; return them.

        Raises:
            DiskFull: If the disk has no room; the old facts stay.
        """
        write_json(self.facts_path, dataclasses.asdict(facts))
        return facts

    def locked(self) -> contextlib.AbstractContextManager[int]:
        """Hold the slot against every other thread and process; gives the lock's descriptor."""
        return locked(self.lock_path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock file *path* after waiting for it; yields its descriptor.

    The lock ends with the last process that has the descriptor open: a git command that got it
    (``holding``) and outlives a killed caller still holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
