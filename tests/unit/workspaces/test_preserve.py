"""Before a workspace goes, all of it has a ref and, where git cannot hold it, a folder."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.gitio import GitFailed
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.intake import Limits
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.preserve import Preserved, preserve
from darkfactory.workspaces.slot import BadName, Workspace
from tests.fakes.repositories import Repository, planted_workspace

Show = Callable[[str], dict[str, str]]


def save(hub: Hub, workspace: Workspace, limits: Limits | None = None) -> Preserved:
    return preserve(hub, workspace, session="s-1", reason="test", when=1000, limits=limits)


def quarantined(saved: Preserved) -> dict[str, str]:
    """The plain files that went to quarantine, with their content."""
    assert saved.path is not None
    files = saved.path / "files"
    return {
        str(path.relative_to(files)): path.read_text(errors="replace")
        for path in files.rglob("*")
        if path.is_file()
    }


def test_an_untouched_workspace_has_a_ref_and_no_folder(hub: Hub, workspace: Workspace) -> None:
    saved = save(hub, workspace)

    assert saved == Preserved("refs/df/wreck/s-1", None)
    assert hub.tree(saved.ref) == hub.tree(workspace.base)
    assert hub.is_ancestor(workspace.base, saved.ref)


def test_tracked_and_new_files_are_in_the_ref_ignored_ones_beside_it(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    agent.write({"src/app.py": "changed\n", "new/file": "n\n", "build/out/x": "b", "a.log": "l"})
    agent.write({".venv/lib": "v", "src/y.log": "y"})

    saved = save(hub, workspace)

    files = show(saved.ref)
    assert (files["src/app.py"], files["new/file"]) == ("changed\n", "n\n")
    assert quarantined(saved) == {"build/out/x": "b", "a.log": "l", "src/y.log": "y"}
    assert (agent.path / ".venv" / "lib").exists()
    about = json.loads((saved.path / "about.json").read_text()) if saved.path else {}
    assert (about["session"], about["reason"], about["ref"]) == ("s-1", "test", saved.ref)


def test_commits_branches_tags_and_stashes_are_reachable(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.git("checkout", "-q", "-b", "side")
    side = agent.commit("aside", {"s.txt": "s\n"})
    agent.git("tag", "-a", "-m", "tagged", "v1", side)
    agent.git("checkout", "-q", "main")
    stashes = []
    for number in range(2):
        agent.write({"readme.md": f"stashed {number}\n"})
        agent.git("stash")
        stashes.append(agent.git("rev-parse", "refs/stash"))
    agent.git("checkout", "-q", "--orphan", "other-root")
    orphan = agent.commit("root", {"r.txt": "r\n"})
    agent.git("checkout", "-q", "-f", "main")
    head = agent.commit("step", {"h.txt": "h\n"})

    saved = save(hub, workspace)

    for commit in (side, *stashes, orphan, head):
        assert hub.is_ancestor(commit, saved.ref)
    assert hub.verify() == ()


def test_commits_that_only_the_reflog_knows_stay_in_the_quarantined_git_folder(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    dropped = agent.commit("dropped", {"d.txt": "d\n"})
    agent.git("reset", "--hard", "-q", workspace.base)

    saved = save(hub, workspace)

    assert saved.path is not None
    moved = Repository(saved.path / "files")
    assert moved.git("cat-file", "-t", dropped) == "commit"
    assert moved.git("reflog").count("\n") >= 1


def test_a_second_call_changes_nothing(hub: Hub, workspace: Workspace, agent: Repository) -> None:
    agent.commit("step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n", "build/x": "x"})
    os.mkfifo(agent.path / "pipe")
    first = save(hub, workspace)
    refs = hub.refs("refs/df/wreck")

    second = save(hub, workspace)

    assert second == first
    assert hub.refs("refs/df/wreck") == refs


def test_what_is_preserved_later_does_not_replace_what_was_preserved_before(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show, clones: Pool
) -> None:
    agent.write({"first": "1", "a.log": "log 1"})
    one = save(hub, workspace)
    old = hub.commit(one.ref)
    clones.release("s-1", kept=True)
    clones.lease("s-1", workspace.base)
    agent.write({"second": "2", "a.log": "log 2"})

    two = save(hub, workspace)

    assert "second" in show(two.ref)
    assert hub.is_ancestor(old, two.ref)
    assert one.path != two.path
    assert (quarantined(one), quarantined(two)) == ({"a.log": "log 1"}, {"a.log": "log 2"})


def test_special_large_and_nested_things_go_to_quarantine(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    os.mkfifo(agent.path / "pipe")
    subprocess.run(["git", "init", "-q", str(agent.path / "nested")], check=True)
    nested = Repository(agent.path / "nested")
    inner = nested.commit("inner", {"n.txt": "n\n"})
    agent.write({"big.bin": "x" * 2000, "git~1": "refused", "fine": "f"})

    saved = save(hub, workspace, Limits(file_bytes=1000))

    assert saved.path is not None
    files = saved.path / "files"
    assert {"fine", "nested/n.txt"} <= show(saved.ref).keys()
    assert (files / "pipe").is_fifo()
    assert (files / "git~1").read_text() == "refused"
    assert (files / "big.bin").stat().st_size == 2000
    assert Repository(files / "nested").git("rev-parse", "HEAD") == inner


def test_what_git_cannot_even_read_moves_as_a_whole(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"a.txt": "a\n"})
    # An index that our git cannot read stands for whatever makes git fail.
    (workspace.private / "index").write_bytes(b"garbage")

    saved = save(hub, workspace)

    assert quarantined(saved)["a.txt"] == "a\n"
    assert not workspace.path.exists()
    assert hub.commit(saved.ref)


def test_planted_programs_never_run_and_are_kept_as_evidence(
    hub: Hub, workspace: Workspace, agent: Repository, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    agent.commit("step", {"a.txt": "a\n"})
    planted_workspace(agent.path, proof)

    saved = save(hub, workspace)

    assert not proof.exists()
    assert saved.path is not None
    assert (saved.path / "files" / ".git" / "trap.sh").exists()


def test_a_destroyed_repository_is_preserved_by_its_files(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    agent.write({"work": "w"})
    shutil.rmtree(agent.path / ".git")

    saved = save(hub, workspace)

    assert show(saved.ref)["work"] == "w"


def test_a_workspace_that_is_gone_has_a_ref_that_says_so(hub: Hub, workspace: Workspace) -> None:
    shutil.rmtree(workspace.path)

    saved = save(hub, workspace)

    assert "Nothing was there" in hub.git("cat-file", "-p", saved.ref).text


def test_names_of_any_bytes_go_to_quarantine_and_back(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    name = b"new\nline\xff.log"
    Path(os.fsdecode(os.path.join(os.fsencode(agent.path), name))).write_text("odd")

    saved = save(hub, workspace)

    assert saved.path is not None
    assert os.listdir(os.fsencode(saved.path / "files")) == [name]


def test_a_session_name_cannot_lead_elsewhere(hub: Hub, workspace: Workspace) -> None:
    with pytest.raises(BadName):
        preserve(hub, workspace, session="../x", reason="r", when=1)


def test_worktrees_are_preserved_without_harm_to_the_others(
    hub: Hub, clones: Pool, base: str, show: Show, pool: Pool
) -> None:
    workspace, other = pool.lease("s-1", base), pool.lease("s-2", base)
    mine, theirs = Repository(workspace.path), Repository(other.path)
    head = mine.commit("mine", {"m.txt": "m\n"})
    mine.write({"work": "w"})
    kept = theirs.commit("theirs", {"t.txt": "t\n"})

    saved = pool.release("s-1")
    pool.lease("s-3", base)

    assert saved is not None
    assert show(saved.ref)["work"] == "w"
    assert hub.is_ancestor(head, saved.ref)
    assert theirs.head == kept
    assert theirs.git("status", "--porcelain") == ""
    assert clones.find("s-2") is not None


def test_a_hub_that_cannot_be_used_loses_nothing(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"work": "w"})
    hub.path.rename(hub.path.with_name("away"))

    with pytest.raises(GitFailed, match="not a git repository"):
        save(hub, workspace)

    assert (agent.path / "work").read_text() == "w"
