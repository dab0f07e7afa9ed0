"""Whatever the last holder of a workspace has left there, the next one finds none of it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Slot
from tests.fakes.repositories import Repository, planted_workspace
from tests.unit.workspaces.reused import again, assert_clean


def test_a_second_use_shows_nothing_of_the_first(pool: Pool, user: Repository, hub: Hub) -> None:
    base = hub.commit("refs/heads/main")
    first = Repository(pool.lease("s-1", base).path)
    first.commit("mine", {"src/app.py": "changed\n", "new/deep/file": "x"})
    first.write({"build/out": "b", "untracked": "u", "readme.md": "dirty", "x.log": "l"})
    (first.path / "src" / "deep" / "down" / "leaf.py").unlink()
    (first.path / "run.sh").chmod(0o755)
    first.git("add", "untracked")
    (first.path / "empty" / "folders").mkdir(parents=True)
    newer = user.commit("second", {"src/app.py": "second\n", "added.txt": "a\n"})
    hub.sync_base()

    second = again(pool, "s-1", newer)

    assert second.path == first.path
    assert_clean(second, newer)
    assert not (second.path / "empty").exists()
    assert not (second.path / "run.sh").stat().st_mode & 0o100


def test_stash_and_branches_of_a_clone_do_not_reach_the_next_holder(
    clones: Pool, base: str
) -> None:
    first = Repository(clones.lease("s-1", base).path)
    first.git("checkout", "-q", "-b", "secret")
    first.write({"readme.md": "stashed"})
    first.git("stash")

    second = again(clones, "s-1", base)

    assert second.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_kept_folders_survive_if_the_base_ignores_them(
    state: StateFolder, hub: Hub, base: str
) -> None:
    pool = Pool(state, "agents", hub, keep=(".venv", "cache", "web/build", "src"))
    first = Repository(pool.lease("s-1", base).path)
    first.write({".venv/lib/x": "v", "src/.venv/y": "v", "cache/z": "z", "web/build/w": "w"})
    first.write({".gitignore": "*\n", "web/other": "o", "src/app.py": "changed"})

    second = again(pool, "s-1", base)

    assert second.status.split("\n") == ["!! .venv/", "!! src/.venv/", "!! web/"]
    assert (second.path / ".venv" / "lib" / "x").read_text() == "v"
    assert not (second.path / "web" / "other").exists()


def test_a_kept_name_that_is_a_symlink_goes(clones: Pool, base: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("p")
    first = clones.lease("s-1", base)
    (first.path / ".venv").symlink_to(outside)

    second = again(clones, "s-1", base)

    assert not (second.path / ".venv").is_symlink()
    assert (outside / "precious").read_text() == "p"


def test_an_edit_that_hides_behind_size_and_time_is_undone(clones: Pool, base: str) -> None:
    first = clones.lease("s-1", base)
    target = first.path / "src" / "app.py"
    before = target.stat()
    target.write_text("print('APP')\n")
    os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))

    second = again(clones, "s-1", base)

    assert (second.path / "src" / "app.py").read_text() == "print('app')\n"


def test_flags_in_the_agents_index_hide_nothing(clones: Pool, base: str) -> None:
    first = Repository(clones.lease("s-1", base).path)
    first.git("update-index", "--assume-unchanged", "readme.md")
    first.git("update-index", "--skip-worktree", "run.sh")
    first.write({"readme.md": "changed", "run.sh": "changed"})

    second = again(clones, "s-1", base)

    assert (second.path / "readme.md").read_text() == "read me\n"
    assert_clean(second, base)


def fifo(root: Path) -> None:
    os.mkfifo(root / "src" / ".gitattributes")
    (root / "readme.md").unlink()
    os.mkfifo(root / "readme.md")


def listening_socket(root: Path) -> None:
    here = Path.cwd()
    os.chdir(root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
    os.chdir(here)


def nested_repositories(root: Path) -> None:
    for place in (root / "nested", root / "src", root / "nested" / "again"):
        place.mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q", str(place)], check=True)
        (place / "x").write_text("x")


def odd_names(root: Path) -> None:
    for name in (b"new\nline", b"\xff\xfe", b"-rf", b" ", b"a\\b", b"\x1b[31m", b"*"):
        Path(os.fsdecode(os.path.join(os.fsencode(root), name))).write_text("x")


def folders_for_files_and_files_for_folders(root: Path) -> None:
    (root / "readme.md").unlink()
    (root / "readme.md" / "inside").mkdir(parents=True)
    shutil.rmtree(root / "src")
    (root / "src").write_text("a file now")


def symlinks(root: Path) -> None:
    shutil.rmtree(root / "src")
    (root / "src").symlink_to("/etc")
    (root / "run.sh").unlink()
    (root / "run.sh").symlink_to("/etc/passwd")


def deep_tree(root: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(root)
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    Path("bottom").write_text("x")
    os.fchdir(here)
    os.close(here)


def no_git(root: Path) -> None:
    place = root / ".git"
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def git_is_a_file(root: Path) -> None:
    no_git(root)
    (root / ".git").write_text("gitdir: /nonexistent\n")


def git_is_a_symlink(root: Path) -> None:
    no_git(root)
    (root / ".git").symlink_to("/etc")


def git_is_garbage(root: Path) -> None:
    no_git(root)
    (root / ".git" / "objects").mkdir(parents=True)
    (root / ".git" / "HEAD").write_bytes(b"\0" * 5000)
    (root / ".git" / "index").write_bytes(b"\xff" * 5000)
    (root / ".git" / "commondir").write_text("/etc\n")
    os.mkfifo(root / ".git" / "config")


def slot_is_a_symlink(root: Path) -> None:
    shutil.rmtree(root)
    root.symlink_to("/etc")


def slot_is_gone(root: Path) -> None:
    shutil.rmtree(root)


def closed_folders(root: Path) -> None:
    (root / "locked" / "in").mkdir(parents=True)
    (root / "locked" / "in" / "file").write_text("x")
    for place in ("locked/in/file", "locked/in", "locked", "src/deep", "src"):
        (root / place).chmod(0)
    root.chmod(0o500)


MESSES = [
    fifo, listening_socket, nested_repositories, odd_names, folders_for_files_and_files_for_folders,
    symlinks, deep_tree, no_git, git_is_a_file, git_is_a_symlink, git_is_garbage, slot_is_a_symlink,
    slot_is_gone, closed_folders,
]  # fmt: skip


@pytest.mark.parametrize("mess", MESSES, ids=lambda mess: mess.__name__)
def test_whatever_the_last_holder_did_the_next_lease_is_clean(
    clones: Pool, base: str, mess: Callable[[Path], None]
) -> None:
    first = clones.lease("s-1", base)
    mess(first.path)

    second = again(clones, "s-1", base)

    assert_clean(second, base)
    assert second.path == first.path


@pytest.mark.parametrize(
    "mess", [no_git, git_is_garbage, slot_is_gone, symlinks], ids=lambda mess: mess.__name__
)
def test_worktrees_are_clean_again_too(
    state: StateFolder, hub: Hub, base: str, mess: Callable[[Path], None]
) -> None:
    pool = Pool(state, "agents", hub, kind="worktree")
    first = pool.lease("s-1", base)
    mess(first.path)
    for name in ("info", "refs/heads", "worktrees"):  # an agent can write these
        place = first.path.parent / "store.git" / name
        place.rename(place.with_name(f"moved-{place.name}"))
        place.symlink_to("/nonexistent")

    assert_clean(again(pool, "s-1", base), base)


@pytest.mark.skipif(os.geteuid() != 0, reason="root has to step down for it")
def test_closed_folders_are_opened_without_being_root(tmp_path: Path) -> None:
    script = Path(__file__).with_name("unprivileged.py")
    home = Path("/tmp") / f"df-{os.getpid()}-{tmp_path.name}"
    home.mkdir()
    os.chown(home, 65534, 65534)
    try:
        done = subprocess.run(
            [sys.executable, str(script), str(home)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    finally:
        shutil.rmtree(home)

    assert (done.returncode, done.stdout.strip()) == (0, "clean"), done.stderr


def test_planted_programs_never_run(clones: Pool, base: str, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    first = clones.lease("s-1", base)
    planted_workspace(first.path, proof)
    (first.path / "readme.md").write_text("changed\n")

    second = again(clones, "s-1", base)

    assert not proof.exists()
    assert_clean(second, base)
    assert not (second.path / ".git" / "hooks").exists()


def test_attributes_of_the_base_run_nothing_and_break_nothing(
    user: Repository, hub: Hub, clones: Pool
) -> None:
    attributes = (
        "*.bad filter=lfs diff=lfs\n*.enc working-tree-encoding=NOPE\n*.crlf text eol=crlf\n"
    )
    user.commit("a", {"x.bad": "x", "y.enc": "y", "z.crlf": "1\n"})
    user.write({".gitattributes": attributes})
    user.git("add", ".gitattributes")
    user.git("commit", "-q", "-m", "b")
    commit = hub.sync_base().commit

    leased = clones.lease("s-1", commit)

    assert Repository(leased.path).head == commit
    assert (leased.path / "z.crlf").read_bytes() == b"1\r\n"
    assert (leased.path / "x.bad").read_text() == "x"


def test_submodules_are_empty_folders_again(user: Repository, hub: Hub, clones: Pool) -> None:
    user.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    user.git("commit", "-q", "-m", "submodule")
    hub.sync_base()
    first = clones.lease("s-1", user.head)
    (first.path / "vendor" / "lib" / "planted").write_text("x")

    second = again(clones, "s-1", user.head)

    assert list((second.path / "vendor" / "lib").iterdir()) == []
    assert_clean(second, user.head)


def test_a_fifo_in_the_place_of_tracked_rules_stops_nothing(
    user: Repository, hub: Hub, clones: Pool
) -> None:
    user.commit("rules", {".gitattributes": "*.md text\n", "src/.gitignore": "*.tmp\n"})
    base = hub.sync_base().commit
    first = clones.lease("s-1", base)
    for name in (".gitattributes", "src/.gitignore"):
        (first.path / name).unlink()
        os.mkfifo(first.path / name)
    (first.path / "readme.md").write_text("changed\n")

    assert_clean(again(clones, "s-1", base), base)


def test_work_found_in_a_slot_that_was_never_made_ready_is_not_given_up(
    state: StateFolder, clones: Pool, base: str, hub: Hub
) -> None:
    first = clones.lease("s-1", base)
    (first.path / "work").write_text("of s-1")
    slot = Slot(state.pool("agents"), "01")
    slot.write(replace(slot.read(), holder="s-2", ready=False))

    clones.release("s-2", kept=True)

    assert hub.git("cat-file", "blob", "refs/df/wreck/s-1:work").text == "of s-1"
