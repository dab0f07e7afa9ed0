"""A workspace from the pool against ``git worktree add``, taken in turn on the same tree."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from scripts.benchmarks.report import Row, median
from scripts.benchmarks.trees import generated_tree, make_repository, this_tree

_AT_ONCE = 20


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return the ratio of a lease after warm-up to a new worktree, and twenty leases at once."""
    rows = []
    for name, make in (("this repository", this_tree), ("6,900 files", generated_tree)):
        repository = folder / name.replace(" ", "-").replace(",", "")
        make_repository(repository, make)
        rows += _on(repository, name, 3 if quick else 9)
    return rows


def _on(repository: Path, name: str, rounds: int) -> list[Row]:
    state = StateFolder(repository / ".darkfactory")
    hub = open_hub(state, "main")
    base = hub.sync_base().commit
    pool = Pool(state, "agents", hub)
    pool.lease("warm", base)
    pool.release("warm", kept=True)
    leases, worktrees = [], []
    for turn in range(rounds):
        leases.append(_lease(pool, f"s-{turn}", base))
        worktrees.append(_worktree(repository, f"w-{turn}"))
    ratio = median([lease / tree for lease, tree in zip(leases, worktrees, strict=True)])
    value = (
        f"{ratio:.2f}x ({median(leases) * 1000:.0f} ms against {median(worktrees) * 1000:.0f} ms)"
    )
    how = f"after 20 edits and 300 new files, median of {rounds} in turn"
    return [
        Row(f"lease against git worktree add, {name}", value, "<= 0.5x", how),
        _crowd(pool, base, name),
    ]


def _lease(pool: Pool, holder: str, base: str) -> float:
    started = time.monotonic()
    workspace = pool.lease(holder, base)
    seconds = time.monotonic() - started
    _work(workspace.path)
    pool.release(holder, kept=True)
    return seconds


def _work(folder: Path) -> None:
    """Leave what a session leaves: edited and new files."""
    sources = sorted(folder.rglob("*.py"))[:20]
    for path in sources:
        path.write_text(path.read_text() + "# edited\n")
    (folder / "new").mkdir()
    for at in range(300):
        (folder / "new" / f"file-{at}.txt").write_text("new\n")


def _worktree(repository: Path, name: str) -> float:
    path = repository.parent / f"{repository.name}-{name}"
    started = time.monotonic()
    subprocess.run(
        ["git", "worktree", "add", "--quiet", "--detach", str(path)], cwd=repository, check=True
    )
    seconds = time.monotonic() - started
    subprocess.run(["git", "worktree", "remove", "--force", str(path)], cwd=repository, check=True)
    return seconds


def _crowd(pool: Pool, base: str, name: str) -> Row:
    """Lease twenty slots at once, twice: the second time they are there already."""
    holders = [f"crowd-{at}" for at in range(_AT_ONCE)]
    seconds = 0.0
    for _ in range(2):
        started = time.monotonic()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda holder: pool.lease(holder, base), holders))
        seconds = time.monotonic() - started
        for holder in holders:
            pool.release(holder, kept=True)
    what = f"{_AT_ONCE} leases at once, {name}"
    return Row(what, f"{seconds:.2f} s, 0 failures", "0 failures", "warm slots, one process")
