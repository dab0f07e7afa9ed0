"""The look of ``df init`` at a repository: what it tells, and that nothing in it is run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.factory.own_repository import OwnRepository, look_at
from tests.fakes.repositories import Repository, make_repository, planted_workspace


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "own", {"a.py": "1\n"})


def test_the_branch_is_told_and_whether_it_has_commits(tmp_path: Path) -> None:
    born = make_repository(tmp_path / "born", {"a": "1"})
    unborn = make_repository(tmp_path / "unborn", None)

    assert look_at(born.path) == OwnRepository("main", has_commits=True)
    assert look_at(unborn.path) == OwnRepository("main", has_commits=False)


def test_packed_refs_and_branches_in_folders_are_read(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feat/x#1")
    repository.git("pack-refs", "--all")

    assert look_at(repository.path) == OwnRepository("feat/x#1", has_commits=True)


def test_a_worktree_tells_its_own_branch(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "tree"))

    assert look_at(tmp_path / "tree").branch == "side"


def test_a_detached_head_has_no_branch(repository: Repository) -> None:
    repository.git("checkout", "-q", "--detach")

    assert look_at(repository.path) == OwnRepository()


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:octo/re.po.git",
        "https://github.com/octo/re.po",
        "https://user:token@github.com/octo/re.po.git/",
        "ssh://git@github.com:22/octo/re.po.git",
        "ssh://git@ssh.github.com:443/octo/re.po.git",
    ],
)
def test_the_repository_of_a_remote_is_told_without_who_logs_in(
    repository: Repository, url: str
) -> None:
    repository.git("remote", "add", "origin", url)

    assert look_at(repository.path).github == "octo/re.po"


@pytest.mark.parametrize(
    "url",
    ["git@gitlab.com:octo/repo.git", "https://github.com.evil.example/octo/repo", "-u", "../x",
     "https://github.com/octo/repo; rm -rf x", "https://github.com/octo/repo/issues"],
)  # fmt: skip
def test_a_remote_elsewhere_is_not_taken_for_one(repository: Repository, url: str) -> None:
    repository.git("config", "remote.origin.url", url)

    assert look_at(repository.path).github is None


def test_of_several_remotes_the_one_that_issues_go_to_is_told(repository: Repository) -> None:
    for name in ("another", "origin", "upstream"):
        repository.git("remote", "add", name, f"https://github.com/{name}/repo")

    first = look_at(repository.path).github
    repository.git("remote", "remove", "upstream")
    second = look_at(repository.path).github
    repository.git("remote", "remove", "origin")
    third = look_at(repository.path).github

    assert (first, second, third) == ("upstream/repo", "origin/repo", "another/repo")


def written(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda git_dir: (git_dir / name).write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        written("HEAD", b""),
        written("HEAD", b"\xff\xfe\x00"),
        written("HEAD", b"garbage"),
        written("config", b"[[[\n=\n"),
        written("config", b"[core]\n\x00\xff = \xfe\n"),
        written("packed-refs", b"garbage\n# pack-refs with: nothing\n"),
        lambda git_dir: (git_dir / "HEAD").unlink(),
    ],
)
def test_a_broken_repository_is_said_to_be_unread(
    repository: Repository, spoil: Callable[[Path], object]
) -> None:
    spoil(repository.path / ".git")

    found = look_at(repository.path)

    assert found.unread
    assert found == OwnRepository(unread=found.unread)


@pytest.mark.parametrize(
    "head",
    [b"ref: refs/heads/../../../etc/passwd", b"ref: refs/tags/x", b"ref: refs/heads/.invalid"],
)
def test_a_head_that_names_no_branch_is_not_believed(repository: Repository, head: bytes) -> None:
    (repository.path / ".git" / "HEAD").write_bytes(head + b"\n")

    assert look_at(repository.path).branch is None


def test_nothing_that_a_repository_plants_is_run(repository: Repository, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    planted_workspace(repository.path, proof)
    repository.git("status", check=False)
    assert proof.exists(), "the traps do not work, so this test would prove nothing"
    proof.unlink()

    found = look_at(repository.path)

    assert (found.branch, found.has_commits, found.unread) == ("main", True, None)
    assert not proof.exists()
