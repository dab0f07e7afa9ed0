"""A whole session beside a user at work leaves the user's repository as it was, byte for byte."""

from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.gc import apply_gc
from darkfactory.workspaces.hub import open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.preserve import preserve
from darkfactory.workspaces.sweepings import DAY_SECONDS, plan_gc
from tests.fakes.repositories import Repository, fingerprint, make_repository

OURS = (".darkfactory", ".git/info")


def without_ours(found: dict[str, str]) -> dict[str, str]:
    return {path: told for path, told in found.items() if not path.startswith(OURS)}


def test_checkout_index_stash_and_uncommitted_files_are_never_touched(tmp_path: Path) -> None:
    user = make_repository(tmp_path / "user", {"a": "a\n", "b/c": "c\n", ".gitignore": "*.log\n"})
    user.write({"a": "stashed\n"})
    user.git("stash")
    user.write({"a": "staged\n", "new": "untracked\n", "x.log": "ignored\n"})
    user.git("add", "a")
    user.write({"b/c": "uncommitted\n"})
    before = fingerprint(user.path)
    state = StateFolder(user.path / ".darkfactory")

    hub = open_hub(state, "main")
    base = hub.sync_base().commit
    for kind in ("clone", "worktree"):
        pool = Pool(state, kind, hub, kind=kind)
        workspace = pool.lease("s-1", base)
        Repository(workspace.path).commit("step", {"a": "agent\n"})
        Repository(workspace.path).write({"b/c": "agent\n", "y.log": "agent\n"})
        collect(hub, workspace, ref=f"refs/df/prop/{kind}", message="m", when=1)
        preserve(hub, workspace, session=f"s-{kind}", reason="test", when=1)
        pool.release("s-1")
        pool.lease("s-2", base)
    later = hub.path.stat().st_mtime + 99 * DAY_SECONDS
    apply_gc(state, hub, plan_gc(state, hub, now=later), now=later)

    assert without_ours(fingerprint(user.path)) == without_ours(before)
    assert (user.path / ".git" / "info" / "exclude").read_text() == ".darkfactory/\n"
    assert user.git("status", "--porcelain") == "M  a\n M b/c\n?? new"
