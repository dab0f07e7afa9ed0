"""Bring an agent's commits into the hub without ever running git on the agent's repository.

The agent's object folder is lent to the hub's own git for one ``pack-objects``; its configuration,
refs, grafts and commit graph take no part. ``index-pack --strict`` then computes every id anew and
refuses what is broken or incomplete. Measured against ``git fetch`` from the workspace: a third of
the CPU time (7 against 22 ms), and no reliance on what upload-pack reads from a repository.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.gitio import git, lent
from darkfactory.workspaces.hub import Hub

_DISTRUST = (
    *("-c", "core.commitGraph=false"),
    *("-c", "core.multiPackIndex=false"),
    *("-c", "pack.useBitmaps=false"),
    *("-c", "core.useReplaceRefs=false"),
    *("-c", "core.bigFileThreshold=16m"),
)
_PACK_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken over from a workspace at most; the rest is left out with a note."""

    file_bytes: int = 100 << 20
    files: int = 20_000
    total_bytes: int = 1 << 30
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Chain:
    """The commits after a base, oldest first, and the tree of the last one."""

    commits: tuple[str, ...]
    tree: str


def take_in(
    hub: Hub, objects: Path, wanted: Sequence[str], known: Sequence[str], limits: Limits
) -> None:
    """Store *wanted* commits and their history since *known* in the hub.

    Raises:
        GitFailed: If they are missing, broken, larger than *limits*, or it takes too long.
    """
    revisions = "\n".join((*wanted, "--not", *known, ""))
    packed = git(
        *(f"--git-dir={hub.path}", *_DISTRUST),
        *("pack-objects", "--revs", "--stdout", "--thin", "--quiet"),
        f"--filter=blob:limit={limits.file_bytes}",
        env=lent(objects),
        stdin=revisions.encode(),
        timeout_seconds=limits.seconds,
    ).stdout
    if int.from_bytes(packed[8:_PACK_HEADER_BYTES]):
        hub.git(
            *("-c", "core.bigFileThreshold=16m", "index-pack", "--stdin", "--fix-thin", "--strict"),
            stdin=packed,
            timeout_seconds=limits.seconds,
        )


def existing_commits(hub: Hub, objects: Path, ids: Sequence[str]) -> tuple[str, ...]:
    """Return those of *ids* that are commits (tags: their commits), in the hub or in *objects*.

    Raises:
        GitFailed: If the objects cannot be read.
    """
    asked = "".join(f"{each}^{{commit}}\n" for each in ids)
    answer = git(
        *(f"--git-dir={hub.path}", *_DISTRUST, "cat-file", "--batch-check=%(objectname)"),
        env=lent(objects),
        stdin=asked.encode(),
        timeout_seconds=60,
    )
    lines = answer.text.splitlines()
    return tuple(dict.fromkeys(line for line in lines if " " not in line))


def chain(hub: Hub, base: str, head: str) -> Chain | None:
    """Return the commits from *base* to *head*; None if *head* does not descend from *base*.

    Raises:
        GitFailed: If one is not in the hub.
    """
    answer = hub.git(
        *("rev-list", "--topo-order", "--reverse", "--parents", "--format=%T", f"{base}..{head}")
    )
    lines = answer.text.splitlines()
    records = [line.split()[1:] for line in lines[::2]]
    if not any(base in parents for _, *parents in records):
        return None
    return Chain(tuple(commit for commit, *_ in records), lines[-1])
