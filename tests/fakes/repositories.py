"""Real git repositories for tests: fixed identity, fixed dates, nobody's configuration.

git runs here as a user or an agent runs it: the repository's own configuration counts. Ours does
not (`darkfactory.gitio`); the difference is what the tests of hostile workspaces are about.
"""

import atexit
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from darkfactory.workspaces.base import read_tip
from darkfactory.workspaces.hub import Hub

WHEN = 1_700_000_000

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    # No test cuts the power, and upkeep would be one more process for each commit.
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.fsync",
    "GIT_CONFIG_VALUE_0": "none",
    "GIT_CONFIG_KEY_1": "maintenance.auto",
    "GIT_CONFIG_VALUE_1": "false",
}

Content = str | bytes


@dataclass(frozen=True, slots=True)
class Repository:
    """A checkout on disk, driven by the git program."""

    path: Path

    def git(self, *arguments: str, when: int = WHEN, check: bool = True) -> str:
        """Run git here and return what it printed, without the last newline."""
        dates = {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000"}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=_ENVIRONMENT | dates,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if check and done.returncode:
            raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, files: Mapping[str, Content]) -> None:
        """Write *files* (path: content) into the checkout."""
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self,
        message: str,
        files: Mapping[str, Content] | None = None,
        *,
        remove: Sequence[str] = (),
        when: int = WHEN,
    ) -> str:
        """Write *files*, delete those of *remove*, commit everything and return the commit."""
        self.write(files or {})
        for name in remove:
            (self.path / name).unlink()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message, when=when)
        return self.head

    @property
    def head(self) -> str:
        """The checked-out commit."""
        folder = self.path / ".git"
        try:
            told = (folder / "HEAD").read_text()
            if told.startswith("ref: "):
                told = (folder / told.removeprefix("ref: ").strip()).read_text()
        except OSError:  # a worktree, or a ref that lies in packed-refs
            return self.git("rev-parse", "HEAD")
        return told.strip()

    @property
    def status(self) -> str:
        """What ``git status`` finds to say, ignored files included."""
        return self.git("status", "--porcelain", "--ignored")


def make_repository(
    path: Path,
    files: Mapping[str, Content] | None = None,
    *,
    branch: str = "main",
    object_format: str = "sha1",
) -> Repository:
    """Return a repository at *path* with *files* in its first commit; without files, no commit."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_empty(branch, object_format) / ".git", path / ".git", dirs_exist_ok=True)
    made = Repository(path)
    if files is not None:
        made.commit("first", files)
    return made


@cache
def _empty(branch: str, object_format: str) -> Path:
    """Return a repository without a commit; copies of it are quicker than new ones."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    Repository(folder).git(
        "init", "--quiet", "--template=", f"--initial-branch={branch}",
        f"--object-format={object_format}",
    )  # fmt: skip
    return folder


def commit(
    repository: Repository,
    message: str,
    files: Mapping[str, Content] | None = None,
    *,
    remove: Sequence[str] = (),
    when: int = WHEN,
) -> str:
    """Commit *files* in *repository*; see :meth:`Repository.commit`."""
    return repository.commit(message, files, remove=remove, when=when)


def fetched(hub: Hub, branch: str) -> str:
    """Bring a branch of the user's repository into *hub*; return its last commit."""
    tip = read_tip(hub.repository, branch)
    hub.fetch({branch: tip})
    return tip.commit


def planted_workspace(workspace: Path, proof: Path) -> None:
    """Plant everything known that makes git run a program; each would create the file *proof*.

    *workspace* is a checkout with a ``.git`` folder. Hooks, fsmonitor, filters, diff and merge
    drivers, pagers, editors, ssh, aliases, upload-pack hooks, credential helpers, an included file.
    """
    trap = workspace / ".git" / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{proof}'\ncat\n")
    trap.chmod(0o755)
    _plant_hooks(workspace / ".git" / "hooks", trap)
    included = workspace / ".git" / "included.config"
    included.write_text(_PLANTED.replace("TRAP", str(trap)))
    with (workspace / ".git" / "config").open("a") as config:
        config.write(_PLANTED.replace("TRAP", str(trap)))
        config.write(f"[include]\n\tpath = {included}\n")
    (workspace / ".git" / "info").mkdir(exist_ok=True)
    (workspace / ".git" / "info" / "attributes").write_text("* filter=trap diff=trap merge=trap\n")
    (workspace / ".gitattributes").write_text("* filter=trap diff=trap merge=trap\n")


def _plant_hooks(hooks: Path, trap: Path) -> None:
    hooks.mkdir(exist_ok=True)
    for name in (
        "post-checkout", "pre-commit", "post-commit", "reference-transaction",
        "post-index-change", "pre-auto-gc", "post-rewrite", "update", "pre-receive",
        "post-receive", "fsmonitor-watchman",
    ):  # fmt: skip
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)


_PLANTED = """
[core]
	fsmonitor = TRAP
	sshCommand = TRAP
	pager = TRAP
	editor = TRAP
	askPass = TRAP
	gitProxy = TRAP
	alternateRefsCommand = TRAP
[uploadpack]
	packObjectsHook = TRAP
[uploadpackfilter]
	allow = true
[filter "trap"]
	clean = TRAP
	smudge = TRAP
	process = TRAP
	required = true
[diff]
	external = TRAP
[diff "trap"]
	command = TRAP
	textconv = TRAP
[merge "trap"]
	driver = TRAP
[alias]
	status = !TRAP
	fetch = !TRAP
	rev-parse = !TRAP
	upload-pack = !TRAP
[credential]
	helper = !TRAP
[remote "origin"]
	url = ext::TRAP
	fetch = +refs/heads/*:refs/remotes/origin/*
	promisor = true
	uploadpack = TRAP
[extensions]
	partialClone = origin
[trace2]
	eventTarget = TRAP
[gpg]
	program = TRAP
[commit]
	gpgSign = true
"""


def fingerprint(folder: Path) -> dict[str, str]:
    """Return a hash of every file under *folder*, ``.git`` included, by path.

    Mode, link target, content and time of change count: what is equal was not written to.
    """
    found: dict[str, str] = {}
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(parent) / name
            status = path.lstat()
            told = f"{stat.S_IMODE(status.st_mode)} {stat.S_IFMT(status.st_mode)}"
            if path.is_symlink():
                told += f" {path.readlink()}"
            elif path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                told += f" {status.st_mtime_ns} {content}"
            found[str(path.relative_to(folder))] = told
    return found
