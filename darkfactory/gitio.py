"""Run the git program with a fixed environment, so that no configuration but ours decides.

Neither the user's configuration nor anything an agent planted (hooks, fsmonitor, filters, aliases,
ssh command, external diff) takes part: see ``docs/adr/0003-git-and-hostile-workspaces.md``.
Never point *cwd* or ``--git-dir`` at a workspace's own ``.git``; collect from one by fetching.
"""

import io
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from darkfactory.errors import DiskFull, NotReady
from darkfactory.files import has_room

MINIMUM = (2, 39)  # merge-tree --stdin
_SAID_BYTES = 8192

# The words alone prove nothing: git repeats names that an agent chose. Some failures for lack of
# room have no words at all.
_CLAIMS_FULL = re.compile(
    r": (?:No space left on device|Disk quota exceeded|File too large)$", re.MULTILINE
)
_DAMAGED = re.compile(
    r"(?:is corrupt|corrupt or missing|data stream error|bad object|bad tree object|invalid object"
    r"|missing (?:blob|tree|commit)|not a valid object|not a valid commit|unable to read [0-9a-f]"
    r"|unable to parse|could not parse|failed to read object|cannot be accessed)",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(r"^(?:fatal|error): (.*)", re.MULTILINE)
_LONGEST = 300
_ROOM_BYTES = 64 << 20
_LEAST_ROOM_BYTES = 64 << 10

_FIXED = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.excludesFile=/dev/null",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "submodule.recurse=false",
    "-c",
    "core.protectHFS=true",  # names that are .git to macOS or Windows, wherever we run
    "-c",
    "core.protectNTFS=true",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "advice.detachedHead=false",
)


class GitMissing(NotReady):
    """There is no git program, or it is too old."""

    code = "git.missing"


class GitFailed(NotReady):
    """A git command of ours failed; the problem quotes what git said."""

    code = "git.failed"

    def __init__(self, command: Sequence[str], status: int, said: str) -> None:
        self.status = status
        self.said = said.strip()
        words = _complaint_of(self.said) or f"exit status {status}, and no word why"
        super().__init__(
            f"git {_verb(command)} failed: {words}",
            fix="`df doctor` checks git, the hub and the locks",
        )


class GitDamaged(GitFailed):
    """A git command met an object that is missing or damaged."""

    code = "git.damaged"

    def __init__(self, command: Sequence[str], status: int, said: str) -> None:
        super().__init__(command, status, said)
        self.fix = "`df doctor` looks whether it is the hub, which `df doctor --mend` mends"


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """What one git command gave."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output without its last newline; undecodable bytes are kept by escape."""
        return self.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the whole environment that a git command of ours sees."""
    made = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_AUTHOR_NAME": "Dark Factory",
        "GIT_AUTHOR_EMAIL": "factory@localhost",
        "GIT_COMMITTER_NAME": "Dark Factory",
        "GIT_COMMITTER_EMAIL": "factory@localhost",
    }
    if "TMPDIR" in os.environ:
        made["TMPDIR"] = os.environ["TMPDIR"]
    made.update(extra or {})
    return made


def git(
    *arguments: str,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    accept: Sequence[int] = (0,),
    timeout_seconds: float | None = 300,
    holding: Sequence[int] = (),
) -> GitAnswer:
    """Run one git command to its end.

    Args:
        arguments: Everything after ``git``.
        env: Added to the fixed environment (``GIT_INDEX_FILE``, dates, …).
        accept: Exit statuses that are answers, not failures.
        holding: Descriptors of locks that last until git has ended, even if we are killed before.

    Raises:
        GitMissing: If there is no git program.
        GitFailed: If it exits with a status not in *accept*, or does not end in time.
        DiskFull: If it failed for lack of room.
    """
    try:
        done = subprocess.run(
            ["git", *_FIXED, *arguments],
            cwd=cwd,
            env=environment(env),
            input=stdin if stdin is not None else b"",
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
            pass_fds=holding,
            restore_signals=False,  # git tells that a file grew too large instead of dying of it
        )
    except FileNotFoundError as error:
        raise _not_started(arguments, cwd) from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(arguments, 124, f"not done after {timeout_seconds} s") from error
    answer = GitAnswer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
    if answer.status not in accept:
        raise failure(arguments, cwd, answer.status, answer.stderr)
    return answer


def start(
    *arguments: str,
    errors: IO[bytes],
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start one git command whose output is read while it runs; *errors* takes what it complains.

    Raises:
        GitMissing: If there is no git program.
        GitFailed: If *cwd* is no folder.
    """
    try:
        return subprocess.Popen(
            ["git", *_FIXED, *arguments],
            cwd=cwd,
            env=environment(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    except FileNotFoundError as error:
        raise _not_started(arguments, cwd) from error


def complaint(errors: IO[bytes]) -> str:
    """Return what a command that was started has complained, as far as it can be read."""
    errors.seek(0)
    return errors.read(_SAID_BYTES).decode("utf-8", "replace")


@contextmanager
def reading(
    *arguments: str,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    timeout_seconds: float = 300,
) -> Iterator[io.BufferedReader]:
    """Run one git command and give its standard output as it comes, however much it is.

    Leaving the block before the end of the output ends the command, which is no failure.

    Raises:
        GitMissing: If there is no git program.
        GitFailed: If it exits with a status other than 0, or does not end in time.
        DiskFull: If it failed for lack of room.
    """
    with tempfile.TemporaryFile() as errors:
        child = start(*arguments, errors=errors, cwd=cwd, env=env)
        limit = threading.Timer(timeout_seconds, child.kill)
        limit.start()
        finished = False
        try:
            assert isinstance(child.stdout, io.BufferedReader)  # noqa: S101 - what Popen makes
            with child.stdout:
                yield child.stdout
                finished = not child.stdout.read(1)
        finally:
            if not finished:
                child.kill()
            status = child.wait()
            limit.cancel()
        if finished and status != 0:
            late = "" if status > 0 else f"ended by signal {-status} (limit {timeout_seconds} s)"
            raise failure(arguments, cwd, status, complaint(errors) or late)


def failure(
    arguments: Sequence[str], cwd: str | os.PathLike[str] | None, status: int, said: str
) -> GitFailed | DiskFull:
    """Return what a failed command means: the disk it worked on is full, or something else."""
    named = (each.removeprefix("--git-dir=") for each in arguments if each.startswith("--git-dir="))
    folder = next(named, None) or cwd or os.curdir
    claimed = bool(_CLAIMS_FULL.search(said)) or status == -signal.SIGXFSZ
    if not has_room(folder, _ROOM_BYTES if claimed else _LEAST_ROOM_BYTES):
        return DiskFull(folder)
    return (GitDamaged if _DAMAGED.search(said) else GitFailed)(arguments, status, said)


def _verb(command: Sequence[str]) -> str:
    """Return the name of the git command that *command* calls, its options before it left out."""
    words = iter(command)
    for word in words:
        if word in ("-c", "-C", "--git-dir", "--work-tree"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _complaint_of(said: str) -> str:
    """Return what git complained of first, in one line and without its prefix."""
    found = _COMPLAINT.search(said)
    line = found[1] if found else said.partition("\n")[0]
    return line[:_LONGEST].rstrip(".")


def _not_started(
    arguments: Sequence[str], cwd: str | os.PathLike[str] | None
) -> GitFailed | GitMissing:
    if cwd is not None and not os.path.isdir(cwd):
        return GitFailed(arguments, 128, f"no such folder: {os.fspath(cwd)}")
    return GitMissing(
        "there is no git on PATH", fix="install git 2.39 or newer (`df doctor` checks it)"
    )


def lent(*objects: str | os.PathLike[str]) -> dict[str, str]:
    """Return the environment in which git also finds what lies in the folders *objects*."""
    quoted = ":".join(_quoted(os.fspath(folder)) for folder in objects)
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted}


def beside(folder: str | os.PathLike[str], *objects: str | os.PathLike[str]) -> dict[str, str]:
    """Return the environment in which git stores objects in *folder*, and finds those *objects*."""
    return {"GIT_OBJECT_DIRECTORY": os.fspath(folder), **lent(*objects)}


def _quoted(path: str) -> str:
    """Return *path* so that git takes a colon in it for a part of the name."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
