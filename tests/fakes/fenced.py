"""A small world to fence a program into: a home with secrets, a checkout, a hub, a workspace.

It is set up for the side of the fence and the user that a test is parametrised with. A side that is
absent skips its tests loudly; with DARKFACTORY_REQUIRE_FENCE=1 it fails them.
"""

import functools
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

import pytest

from darkfactory.processes import restrict
from darkfactory.processes.bounds import Bounds, Fenced, HostFences
from darkfactory.processes.fence import fence
from darkfactory.processes.probe import probe

Side = Literal["bubblewrap", "landlock"]
NOBODY = 65534
_OTHER_USER = [] if os.geteuid() else ["nobody"]
SIDES = [(side, user) for side in ("bubblewrap", "landlock") for user in ("self", *_OTHER_USER)]
SIDE_NAMES = [f"{side}-{user}" for side, user in SIDES]


@dataclass(frozen=True)
class World:
    """Real folders, and the way into the fence around them."""

    top: Path
    temp: Path
    host: HostFences
    side: str
    become: tuple[str, ...]

    @property
    def home(self) -> Path:
        return self.top / "home"

    @property
    def checkout(self) -> Path:
        return self.home / "project"

    @property
    def factory(self) -> Path:
        return self.checkout / ".darkfactory"

    @property
    def workspace(self) -> Path:
        return self.factory / "workspaces/agents/01"

    @property
    def private(self) -> Path:
        return self.factory / "sessions/s-1/home"

    @property
    def objects(self) -> Path:
        return self.factory / "hub.git/objects"

    def bounds(self, **changed: Any) -> Bounds:
        bounds = Bounds(
            write=(str(self.workspace), str(self.private)),
            hide=tuple(
                str(path)
                for path in (
                    self.home / ".ssh",
                    self.home / ".netrc",
                    self.home / ".claude.json",
                    self.factory,
                )
            ),
            show=(str(self.objects),),
            temp=str(self.temp),
            network="off",
        )
        return replace(bounds, **changed)

    def fenced(
        self, argv: Sequence[str], bounds: Bounds | None = None, *, inner_sandbox: bool = False
    ) -> Fenced:
        made = fence(argv, bounds or self.bounds(), host=self.host, inner_sandbox=inner_sandbox)
        return replace(made, argv=(*self.become, *made.argv))

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.private),
            "TMPDIR": str(self.temp),
            "USERHOME": str(self.home),
        }

    def shell(
        self, script: str, *words: str, bounds: Bounds | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run *script* inside; *words* are its ``$1``…"""
        return subprocess.run(
            self.fenced(["sh", "-c", script, "sh", *words], bounds).argv,
            env=self.environment(),
            cwd=self.workspace,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=20,
            check=False,
        )

    def python(
        self, script: str, *words: str, bounds: Bounds | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Python *script* inside."""
        quoted = 'exec "$@"'
        return self.shell(quoted, self.host.python, "-I", "-c", script, *words, bounds=bounds)

    @contextmanager
    def started(
        self, argv: Sequence[str], bounds: Bounds | None = None, *, fenced: bool = True
    ) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
        """Run *argv* beside the test; give the process and its pipes; kill it at the end."""
        line = self.fenced(argv, bounds).argv if fenced else (*self.become, *argv)
        with subprocess.Popen(
            line,
            env=self.environment(),
            cwd=self.workspace,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            try:
                yield process, process.stdin, process.stdout
            finally:
                process.kill()

    def own(self, *paths: Path) -> None:
        """Give *paths*, made by the test, to the user inside."""
        if self.become:
            for path in paths:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def worlds(side: str, user: str) -> Iterator[World]:
    """Yield a world for *side* and *user*, and remove it."""
    host = _host(side, user)
    become = _become(user)
    with (
        tempfile.TemporaryDirectory(prefix="fence-", dir=_outside_tmp()) as top,
        tempfile.TemporaryDirectory(prefix="fence-") as temp,
    ):
        world = World(Path(top).resolve(), Path(temp).resolve(), host, side, become)
        _furnish(world)
        yield world


def absent(reason: str) -> None:
    """Skip, or fail where a fence is required."""
    if os.environ.get("DARKFACTORY_REQUIRE_FENCE") == "1":
        pytest.fail(f"a fence is required here, but {reason}")
    pytest.skip(f"NOT PROVED HERE: {reason}")


def _host(side: str, user: str) -> HostFences:
    host = probe()
    if side == "bubblewrap" and host.bubblewrap is None:
        absent("; ".join(lack.problem for lack in host.lacks))
    if side == "landlock" and host.landlock < 4:
        absent(f"this kernel's Landlock is {host.landlock}, 4 is needed")
    if side == "landlock":
        host = replace(host, bubblewrap=None)
    return replace(host, root=False, python=_python_for_all()) if user == "nobody" else host


def _become(user: str) -> tuple[str, ...]:
    if user == "self":
        return ()
    # env: what setpriv itself starts is still looked up with root's powers.
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", "env")


@functools.cache
def _python_for_all() -> str:
    """Return an interpreter that another user can run, restricting itself as ours does."""
    for python in (sys.executable, "/usr/bin/python3"):
        line = [*_become("nobody"), python, "-I", "-S", restrict.__file__, "--", "true"]
        if (
            shutil.which("setpriv")
            and subprocess.run(line, capture_output=True, check=False).returncode == 0
        ):
            return python
    absent("no Python here can be run by another user")
    raise AssertionError


def _outside_tmp() -> str:
    """Return a folder that the fence does not replace."""
    for folder in ("/var/tmp", os.environ.get("HOME", "/"), os.getcwd()):
        if os.access(folder, os.W_OK) and not os.path.realpath(folder).startswith("/tmp/"):
            return folder
    absent("no folder outside /tmp can be written")
    raise AssertionError


def _furnish(world: World) -> None:
    for folder in (world.workspace, world.private, world.objects, world.home / ".ssh"):
        folder.mkdir(parents=True)
    other = world.factory / "workspaces/agents/02"
    other.mkdir()
    for path in (
        world.home / ".ssh/id",
        world.home / ".netrc",
        world.home / ".claude.json",
        world.factory / "token",
        other / "work.py",
    ):
        path.write_text("SECRET\n")
    for path in (world.home / "notes.txt", world.checkout / "README", world.objects / "pack"):
        path.write_text("readable\n")
    world.top.chmod(stat.S_IRWXU)
    world.own(world.temp, world.top, *world.top.rglob("*"))
