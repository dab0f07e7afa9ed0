"""Whatever kind of repository `df run` is called in, it works there or says why it does not."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from darkfactory.factory.doctor import check_up
from darkfactory.factory.findings import Health
from darkfactory.factory.line import open_line
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.repositories import Repository, make_repository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NAME = "NOTE"
_GIT_FOLDER = shutil.ignore_patterns(".git")
needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap for closed and read-only folders"
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A plain repository with a factory's files in it and a past of its own."""
    folder = tmp_path_factory.mktemp("template")
    made = make_factory(folder, {"sessions": [write_note(NAME)]}, [bug(NAME)])
    repository = Repository(made.root)
    repository.commit("second", {"old.txt": "2\n"})
    repository.commit("third", {"old.txt": "3\n"})
    return repository


@pytest.fixture
def factories() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for factory in made:
        factory.end()


def copy_to(template: Repository, path: Path) -> Repository:
    return Repository(shutil.copytree(template.path, path))


def linked_worktree_of_an_odd_name_with_hooks_elsewhere(template: Repository, folder: Path) -> Path:
    main = copy_to(template, folder / "main")
    hooks = main.path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "pre-commit", "reference-transaction", "post-merge"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{folder}/planted'\nexit 1\n")
        (hooks / name).chmod(0o755)
    main.commit("hooks")
    odd = folder / "Übung: 'a' \"b\" $c \u200d#%d" / "r"
    main.git("worktree", "add", "--quiet", "-b", "feature", str(odd))
    main.git("config", "core.hooksPath", str(hooks))
    return odd


def submodule_with_sha256(template: Repository, folder: Path) -> Path:
    source = make_repository(folder / "source", object_format="sha256")
    shutil.copytree(template.path, source.path, ignore=_GIT_FOLDER, dirs_exist_ok=True)
    source.commit("first")
    parent = make_repository(folder / "parent", {"a": "a\n"}, object_format="sha256")
    parent.git(
        *("-c", "protocol.file.allow=always"),
        *("submodule", "--quiet", "add", str(source.path), "part"),
    )
    return parent.path / "part"


def shallow_clone_with_a_detached_head(template: Repository, folder: Path) -> Path:
    path = folder / "shallow"
    template.git("clone", "--quiet", "--depth=2", f"file://{template.path}", str(path))
    Repository(path).git("checkout", "--quiet", "--detach", "HEAD~1")
    return path


def partial_clone(template: Repository, folder: Path) -> Path:
    source = copy_to(template, folder / "source")
    source.git("config", "uploadpack.allowFilter", "true")
    source.git(
        *("clone", "--quiet", "--filter=blob:none"),
        *(f"file://{source.path}", str(folder / "partial")),
    )
    return folder / "partial"


def no_commits(template: Repository, folder: Path) -> Path:
    made = make_repository(folder / "unborn")
    shutil.copytree(template.path, made.path, ignore=_GIT_FOLDER, dirs_exist_ok=True)
    return made.path


def bare(template: Repository, folder: Path) -> Path:
    template.git("clone", "--quiet", "--bare", str(template.path), str(folder / "bare.git"))
    return folder / "bare.git"


def no_branch(template: Repository, folder: Path) -> Path:
    made = copy_to(template, folder / "detached")
    made.git("checkout", "--quiet", "--detach")
    made.git("branch", "--quiet", "-D", "main")
    return made.path


def line_end_in_name(template: Repository, folder: Path) -> Path:
    return copy_to(template, folder / "a\nb").path


def name_that_is_no_utf_8(template: Repository, folder: Path) -> Path:
    return copy_to(template, folder / "a\udcffb").path


def no_repository_after_all(template: Repository, folder: Path) -> Path:
    made = shutil.copytree(template.path, folder / "empty", ignore=_GIT_FOLDER)
    (made / ".git").mkdir()
    (made / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return made


def format_of_the_future(template: Repository, folder: Path) -> Path:
    made = copy_to(template, folder / "future")
    made.git("config", "core.repositoryFormatVersion", "1")
    made.git("config", "extensions.refStorage", "holographic")
    return made.path


Kind = Callable[[Repository, Path], Path]


@pytest.mark.parametrize(
    ("kind", "forwarded"),
    [
        (linked_worktree_of_an_odd_name_with_hooks_elsewhere, True),
        (submodule_with_sha256, True),
        (shallow_clone_with_a_detached_head, False),
    ],
)
def test_a_change_is_made_and_landed_in(
    template: Repository, factories: list[Factory], tmp_path: Path, kind: Kind, forwarded: bool
) -> None:
    factory = Factory(kind(template, tmp_path))
    factories.append(factory)
    before = Repository(factory.root).head

    run = factory.df("run")
    landed = factory.json("gate", "approve", NAME, "--yes")["landed"][0]["commit"]

    repository = Repository(factory.root)
    assert "1 proposed" in run.stdout
    assert repository.status == "!! .darkfactory/"
    assert repository.head == (landed if forwarded else before)
    assert repository.git("for-each-ref", f"--contains={landed}", "refs/heads") != ""
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        (no_commits, 3, "base.unborn", "git commit --allow-empty"),
        (bare, 3, "repository.bare", "git clone"),
        (no_branch, 2, "base.missing", "HEAD is detached"),
        (partial_clone, 3, "base.partial", "git fetch --refetch --no-filter"),
        (line_end_in_name, 3, "hub.path", "plain name"),
        (name_that_is_no_utf_8, 3, "hub.path", "plain name"),
        (no_repository_after_all, 3, "base.no_repository", "git status"),
        (format_of_the_future, 3, "base.no_repository", "git status"),
    ],
)
def test_nothing_is_started_and_the_reason_told_in(
    template: Repository, tmp_path: Path, kind: Kind, status: int, code: str, words: str
) -> None:
    factory = Factory(kind(template, tmp_path))

    error = refusal(df(factory, "run", "--json"), status=status)

    assert error["code"] == code
    assert words in f"{error['problem']} {error['fix']}"
    assert "fatal:" not in error["problem"]
    assert kind is bare or error["problem"] in told(factory)
    assert not [event for event in factory.events() if event.type == "session.started"]


def test_the_way_out_of_a_partial_clone_leads_out(template: Repository, tmp_path: Path) -> None:
    clone = Repository(partial_clone(template, tmp_path))

    clone.git("fetch", "--quiet", "--refetch", "--no-filter")

    assert open_line(clone.path).hub.sync_base().commit == clone.head


@needs_bubblewrap
@pytest.mark.parametrize("closed", ["read-only", "root", "state", "state for readers"])
def test_a_checkout_that_may_not_be_written_is_told_with_a_way_out(
    template: Repository, tmp_path: Path, closed: str
) -> None:
    factory = Factory(copy_to(template, tmp_path / "closed").path)
    within = ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/"]
    if closed == "read-only":
        within += ["--ro-bind", str(factory.root), str(factory.root)]
    elif closed == "root":
        factory.root.chmod(0o500)
    else:
        factory.state.root.mkdir(mode=0o500 if closed == "state" else 0)

    error = refusal(df(factory, "run", "--json", within=within))
    doctor = df(factory, "doctor", within=within)
    for folder in (factory.root, factory.state.root):
        folder.chmod(0o755) if folder.exists() else None

    assert error["code"] == "state.refused"
    assert "checkout of your own" in error["fix"]
    assert doctor.returncode == 1
    assert "LOOK  state folder" in doctor.stdout


def told(factory: Factory) -> list[str]:
    """Return what the doctor says that needs attention."""
    found = check_up(lambda: factory.root)
    return [finding.detail for finding in found if finding.state is Health.ATTENTION]


def df(
    factory: Factory, *arguments: str, within: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    if not within:
        return factory.df(*arguments, expect=None)
    return subprocess.run(
        [*within, sys.executable, "-m", "darkfactory", *arguments],
        cwd=factory.root,
        env=factory.environment,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def refusal(done: "subprocess.CompletedProcess[str]", *, status: int = 3) -> dict[str, str]:
    """Return the error that a command ended with."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    error: dict[str, str] = json.loads(done.stderr.splitlines()[-1])["error"]
    return error
