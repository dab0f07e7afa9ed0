"""One git process that answers many questions: it sees what others write, and may die."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import psutil
import pytest

from darkfactory.gitio import GitFailed, git
from darkfactory.gitobjects import Found, Objects, objects_of
from tests.fakes.repositories import Repository, make_repository

MANY = 300


@pytest.fixture
def user(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "user", {"a.txt": "one\n"})


@pytest.fixture
def objects(user: Repository) -> Objects:
    return objects_of(f"--git-dir={user.path / '.git'}")


def processes(user: Repository) -> list[psutil.Process]:
    """Return the git processes of ours that stay for *user*'s repository."""
    place = f"--git-dir={user.path / '.git'}"
    return [child for child in psutil.Process().children() if place in child.cmdline()]


def test_names_ids_and_peeled_names_are_found(user: Repository, objects: Objects) -> None:
    tree = user.git("rev-parse", "HEAD^{tree}")

    found = objects.find_all(["refs/heads/main", user.head, "HEAD^{tree}", "HEAD:a.txt"])

    assert [each and (each.id, each.kind) for each in found[:3]] == [
        (user.head, "commit"),
        (user.head, "commit"),
        (tree, "tree"),
    ]
    assert found[3] == Found(user.git("rev-parse", "HEAD:a.txt"), "blob", 4)


@pytest.mark.parametrize(
    "name",
    ["nope", "", "0" * 40, "HEAD^{blob}", "a\nHEAD", "HEAD\0", "-h", "a b 3", "x" * 9999, "\udcff"],
)
def test_what_is_no_name_is_not_found_and_confuses_nothing(
    user: Repository, objects: Objects, name: str
) -> None:
    found = objects.find_all([name, "HEAD", name])

    assert [each and each.id for each in found] == [None, user.head, None]


def test_many_are_asked_for_at_once(user: Repository, objects: Objects) -> None:
    found = objects.find_all(["HEAD", "x" * 1000] * MANY)

    assert [each and each.id for each in found] == [user.head, None] * MANY


def test_what_others_write_is_seen(user: Repository, objects: Objects) -> None:
    before = objects.find("refs/heads/main")
    newer = user.commit("second", {"b.txt": "two\n"})
    loose = objects.find("refs/heads/main")
    user.git("pack-refs", "--all")
    user.git("gc", "--quiet", "--prune=now")
    packed = objects.find("refs/heads/main")
    user.git("update-ref", "-d", "refs/heads/main")

    assert before is not None
    assert before.id != newer
    assert loose is not None
    assert loose.id == newer
    assert packed == loose
    assert objects.find("refs/heads/main") is None
    assert len(processes(user)) == 1


def test_a_killed_process_is_replaced(user: Repository, objects: Objects) -> None:
    objects.find("HEAD")
    (process,) = processes(user)
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process])

    found = objects.find("HEAD")

    assert found is not None
    assert found.id == user.head
    assert [each.pid for each in processes(user)] != [process.pid]


def test_a_repository_that_cannot_be_read_is_an_error_each_time(tmp_path: Path) -> None:
    objects = objects_of(f"--git-dir={tmp_path}")

    for _ in range(2):
        with pytest.raises(GitFailed, match="not a git repository"):
            objects.find("HEAD")


def test_contents_come_whole(user: Repository, objects: Objects) -> None:
    content = os.urandom(1 << 20) + b"\n\n"
    (user.path / "big").write_bytes(content)
    blob = user.git("hash-object", "-w", "big")

    assert objects.content(blob, len(content)) == content
    assert objects.content("0" * 40, 1) is None
    assert objects.content(user.git("hash-object", "-w", "/dev/null"), 0) == b""


def test_content_out_of_measure_is_not_read(user: Repository, objects: Objects) -> None:
    (user.path / "big").write_bytes(b"x" * (1 << 20))
    blob = user.git("hash-object", "-w", "big")

    assert objects.content(blob, (1 << 20) - 1) is None
    assert objects.find(blob) == Found(blob, "blob", 1 << 20)


def test_threads_get_their_own_answers(user: Repository, objects: Objects) -> None:
    ids = [user.commit(f"number {number}", {"a.txt": f"{number}\n"}) for number in range(8)]
    wrong: list[str] = []

    def ask(commit: str) -> None:
        for _ in range(50):
            found, content = objects.find(commit), objects.content(commit, 999)
            if found is None or found.id != commit or len(content or b"") != found.size:
                wrong.append(commit)

    threads = [threading.Thread(target=ask, args=(commit,)) for commit in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(processes(user)) == 1


def test_a_line_of_first_parents_is_followed_to_an_ancestor(
    user: Repository, objects: Objects
) -> None:
    base = user.head
    user.git("checkout", "-q", "-b", "side")
    aside = user.commit("aside", {"s.txt": "s\n"})
    user.git("checkout", "-q", "main")
    first = user.commit("first", {"a.txt": "two\n"})
    user.git("merge", "-q", "--no-ff", "-m", "merged", "side")
    merged = user.head

    line = objects.line_to(base, merged)

    assert line is not None
    assert [(each.id, each.parents) for each in line] == [
        (merged, (first, aside)),
        (first, (base,)),
        (base, ()),
    ]
    assert line[0].tree == user.git("rev-parse", "HEAD^{tree}")
    assert objects.line_to(merged, merged) == line[:1]
    assert objects.line_to(aside, merged) is None
    assert objects.line_to(merged, base) is None


def test_a_commit_in_another_encoding_is_left_to_git(user: Repository, objects: Objects) -> None:
    user.git("-c", "i18n.commitEncoding=latin1", "commit", "-q", "--allow-empty", "-m", "plain")

    assert objects.commit(user.head) is None


def test_few_processes_stay_however_many_repositories_are_asked(tmp_path: Path) -> None:
    asked = [tmp_path / f"{number}.git" for number in range(6)]
    for path in asked:
        git("init", "--bare", "--quiet", str(path))
        objects_of(f"--git-dir={path}").find("HEAD")
    places = {f"--git-dir={path}" for path in asked}

    running = [each for each in psutil.Process().children() if places & set(each.cmdline())]

    assert len(running) == 4
    assert all(objects_of(place).find("HEAD") is None for place in places)


ASKER = """\
import os, sys
from darkfactory.gitobjects import objects_of
objects = objects_of("--git-dir=" + sys.argv[1])
objects.find("HEAD")
print(os.getpid(), flush=True)
if sys.argv[2] == "stay":
    sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["of itself", "by a signal"])
def test_the_process_ends_with_ours(user: Repository, end: str) -> None:
    import sys

    stay = "stay" if end == "by a signal" else "go"
    git_dir = str(user.path / ".git")
    with subprocess.Popen(
        [sys.executable, "-c", ASKER, git_dir, stay], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asker:
        assert asker.stdout
        asker.stdout.readline()
        children = [] if stay == "go" else psutil.Process(asker.pid).children()
        if stay == "stay":
            asker.kill()

    gone, alive = psutil.wait_procs(children, timeout=10)

    assert (len(gone), alive) == (len(children), [])
    assert asker.returncode == (0 if stay == "go" else -signal.SIGKILL)
