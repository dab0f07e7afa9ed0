"""What an agent may have broken, planted or hidden: nothing of it runs, and its files are kept."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.intake import Limits
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Workspace
from tests.fakes.repositories import Repository, planted_workspace
from tests.unit.workspaces.collecting import Show, changed, take


def broken_git(git: Path) -> None:
    shutil.rmtree(git)


def git_file(git: Path) -> None:
    git.rename(git.with_name("moved"))
    git.write_text("gitdir: moved\n")


def head_is_garbage(git: Path) -> None:
    (git / "HEAD").write_bytes(b"\xff\0" * 100)


def head_is_missing_commit(git: Path) -> None:
    (git / "HEAD").write_text("1" * 40 + "\n")


def head_is_a_fifo(git: Path) -> None:
    (git / "HEAD").unlink()
    os.mkfifo(git / "HEAD")


def object_is_corrupt(git: Path) -> None:
    head = (git / "HEAD").read_text().strip()
    place = git / "objects" / head[:2] / head[2:]
    place.chmod(0o644)
    place.write_bytes(b"garbage")


def object_is_another(git: Path) -> None:
    """The commit's place holds another, valid object."""
    head = (git / "HEAD").read_text().strip()
    place = git / "objects" / head[:2] / head[2:]
    other = next(p for p in (git / "objects").glob("??/*") if p != place)
    place.chmod(0o644)
    place.write_bytes(other.read_bytes())


def object_is_a_fifo(git: Path) -> None:
    head = (git / "HEAD").read_text().strip()
    place = git / "objects" / head[:2] / head[2:]
    place.unlink()
    os.mkfifo(place)


def blob_is_missing(git: Path) -> None:
    for place in (git / "objects").glob("??/*"):
        if place.stat().st_size < 40:
            place.unlink()


def alternates_changed(git: Path) -> None:
    with (git / "objects" / "info" / "alternates").open("a") as file:
        file.write("/etc\n")


def objects_elsewhere(git: Path) -> None:
    (git / "objects").rename(git / "other")
    (git / "objects").symlink_to("other")


def grafted(git: Path) -> None:
    (git / "shallow").write_text((git / "HEAD").read_text())
    (git / "info" / "grafts").write_text((git / "HEAD").read_text())


BREAKS = [
    broken_git, git_file, head_is_garbage, head_is_missing_commit, head_is_a_fifo,
    object_is_corrupt, object_is_another, object_is_a_fifo, blob_is_missing, alternates_changed,
    objects_elsewhere,
]  # fmt: skip


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda each: each.__name__)
def test_a_broken_repository_still_gives_its_files(
    hub: Hub, workspace: Workspace, agent: Repository, break_it: Callable[[Path], None], show: Show
) -> None:
    agent.commit("step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n"})
    break_it(agent.path / ".git")

    found = take(hub, workspace)

    assert found.head is not None
    assert hub.git("rev-list", f"{workspace.base}..{found.head}").text == found.head
    assert {"a.txt": "a\n", "b.txt": "b\n"}.items() <= show(found.head).items()
    assert found.notes
    assert not found.whole
    assert hub.verify() == ()


def test_grafts_and_shallow_files_of_the_agent_mean_nothing(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    first = agent.commit("one", {"a.txt": "a\n"})
    second = agent.commit("two", {"a.txt": "b\n"})
    grafted(agent.path / ".git")

    found = take(hub, workspace)

    assert found.commits == (first, second)


def test_planted_programs_never_run(
    hub: Hub, workspace: Workspace, agent: Repository, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    agent.commit("step", {"a.txt": "a\n"})
    planted_workspace(agent.path, proof)
    (agent.path / "nested").mkdir()
    subprocess.run(["git", "init", "-q", str(agent.path / "nested")], check=True)
    Repository(agent.path / "nested").commit("inner", {"x": "x"})
    planted_workspace(agent.path / "nested", proof)
    agent.write({"b.txt": "b\n", "readme.md": "changed\n"})

    found = take(hub, workspace)

    assert not proof.exists()
    assert found.head is not None
    assert {"A\ta.txt", "A\tb.txt", "A\tnested/x", "M\treadme.md"} <= set(
        changed(hub, workspace.base, found.head)
    )
    agent.git("status", check=False)
    assert proof.exists(), "the traps do not work, so that this test proves nothing"


def test_a_planted_submodule_runs_nothing(
    user: Repository, hub: Hub, clones: Pool, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    user.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib")
    user.git("commit", "-q", "-m", "submodule")
    workspace = clones.lease("s-1", hub.sync_base().commit)
    inner = workspace.path / "lib"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    Repository(inner).commit("inner", {"x": "x"})
    planted_workspace(inner, proof)
    (workspace.path / "readme.md").write_text("changed\n")

    found = take(hub, workspace)

    assert not proof.exists()
    assert changed(hub, workspace.base, found.head) == ["M\treadme.md"]
    assert any("submodule" in note for note in found.notes)
    assert not found.whole


def test_special_files_are_noted_and_nothing_waits_for_them(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    os.mkfifo(agent.path / "pipe")
    os.mkfifo(agent.path / ".gitattributes")
    os.mkfifo(agent.path / "src" / ".gitignore")
    (agent.path / "readme.md").unlink()
    os.mkfifo(agent.path / "readme.md")
    here = Path.cwd()
    os.chdir(agent.path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
    os.chdir(here)
    agent.write({"src/app.py": "changed\n"})

    found = take(hub, workspace, Limits(seconds=20))

    assert changed(hub, workspace.base, found.head) == ["M\tsrc/app.py"]
    assert {"pipe: a fifo", "sock: a socket", "readme.md: a fifo"} <= set(found.notes)
    assert not found.whole


def test_large_files_are_left_out_and_named(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"big.bin": b"x" * 2000, "src/app.py": b"y" * 2000, "small": "s"})

    found = take(hub, workspace, Limits(file_bytes=1000))

    assert changed(hub, workspace.base, found.head) == ["A\tsmall"]
    assert [note.split(":")[0] for note in found.notes] == ["big.bin", "src/app.py"]


def test_large_files_in_commits_are_not_taken_over(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.commit("big", {"big.bin": b"x" * 2000, "small": "s"})

    found = take(hub, workspace, Limits(file_bytes=1000))

    assert changed(hub, workspace.base, found.head) == ["A\tsmall"]
    assert "commits cannot be used" in found.notes[0]
    assert hub.verify() == ()


def test_huge_new_folders_are_left_out_and_the_rest_is_kept(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({f"dump/{number}/x": "x" for number in range(30)})
    agent.write({"src/new.py": "n\n", "small/a": "a"})

    found = take(hub, workspace, Limits(files=10))

    assert changed(hub, workspace.base, found.head) == ["A\tsmall/a", "A\tsrc/new.py"]
    assert found.notes == ("dump: holds too much (30 files)",)


def test_names_of_any_bytes_are_stored(hub: Hub, workspace: Workspace, agent: Repository) -> None:
    names = [b"new\nline", b"\xff\xfe", b"-rf", b" lead", b"a\\b", b"\x1b[31m", b"*", b":(top)x"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(agent.path), name))).write_text("x")

    found = take(hub, workspace)

    assert found.head is not None
    listed = hub.git("ls-tree", "-z", "--name-only", found.head).stdout.split(b"\0")
    assert set(names) <= set(listed)


def test_names_that_git_refuses_are_named(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"git~1": "x", "fine": "f", "src/.GIT": "g"})

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["A\tfine"]
    assert [note.split(":")[0] for note in found.notes] == ["git~1", "src/.GIT"]
