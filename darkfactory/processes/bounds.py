"""What a process tree may touch, what this host can hold it to, and what came of it."""

import os
from dataclasses import dataclass, field
from typing import Literal

Network = Literal["off", "ports", "open"]
Files = Literal["bubblewrap", "landlock", "none"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process tree may touch; everything else it can read but not change.

    All paths are absolute. One that does not exist is left out: create the folders that must be
    there first. Symbolic links are followed once, by the fence, so no folder *above* a path may be
    writable to what runs inside. Of nested paths the inner one counts; of equal ones, the more
    generous (write, then show, then hide).

    Attributes:
        write: Folders that stay writable: workspace, private home, what lanes.yaml allows.
        hide: Files and folders that cannot be read.
        show: Readable again although something above them is hidden.
        temp: Private folder, writable under its own name and, with bubblewrap, as ``/tmp``.
            Point TMPDIR at it. The ``/tmp`` of the host is hidden on both sides.
        network: ``off``; ``ports``: outgoing TCP to *ports* only; ``open``.
    """

    write: tuple[str, ...]
    hide: tuple[str, ...]
    show: tuple[str, ...]
    temp: str
    network: Network
    ports: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a relative path: it would hide or open another place than was meant."""
        for path in (*self.write, *self.hide, *self.show, self.temp or "/"):
            if not os.path.isabs(path) or "\0" in path:
                raise ValueError(f"not an absolute path: {path!r}")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing this host cannot do, and how to get it."""

    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class HostFences:
    """What can hold a process tree on this host.

    Attributes:
        bubblewrap: Path of a bubblewrap that was run and worked, or None.
        landlock: ABI of the kernel's Landlock; 0 is none.
        sockets: A filter for socket system calls is known for this kind of machine.
        root: We are root, so a user namespace alone takes little away.
        python: Interpreter that runs the step in which a process restricts itself.
        runtime: Folders of that interpreter and of this package: shown even below ``/tmp``.
        lacks: What is missing, for `df doctor`.
    """

    bubblewrap: str | None
    landlock: int
    sockets: bool
    root: bool
    python: str
    runtime: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = field(default=())

    @property
    def inner_proc(self) -> bool:
        """Whether a sandbox inside ours may mount a /proc of its own.

        Not for root: parts of /proc are sealed there, and the kernel refuses an unsealed second
        one. Codex notices and goes on without; Claude Code wants ``enableWeakerNestedSandbox``.
        """
        return not (self.root and self.bubblewrap)


@dataclass(frozen=True, slots=True)
class Fenced:
    """A command line inside its fence, and what holds there.

    Attributes:
        argv: What to run; its first process is the wrapper (see `bubblewrap.program`).
        files: Which side holds the files; ``none`` is no side of ours.
        network: What holds; never more than was asked.
        missing: What was asked and cannot be held, in words.
    """

    argv: tuple[str, ...]
    files: Files
    network: Network
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything that was asked is held."""
        return not self.missing
