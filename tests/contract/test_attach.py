"""``df attach`` on a real terminal, in the repository and from afar."""

import os
import pty
import re
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import PATIENCE, serve

pytestmark = pytest.mark.timeout(90)
LEAVE = b"\x11"  # Ctrl-Q


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, factory: Factory, *arguments: str, cwd: Path, **env: str) -> None:
        self._ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        known = {name: value for name, value in factory.environment.items() if name != "COLUMNS"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "darkfactory", *arguments],
            cwd=cwd,
            env={**known, "TERM": "xterm-256color", **env},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""

    def wait_for(self, text: str) -> None:
        """Read until *text* was drawn, whatever the colours between its letters."""
        while text not in self.said:
            assert select.select([self._ours], [], [], PATIENCE)[0], self.said[-2000:]
            drawn = os.read(self._ours, 65536).decode("utf-8", "replace")
            self.said += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn)

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def leave(self) -> int:
        self.type(LEAVE)
        self.wait_for("left;")
        try:
            return self.process.wait(PATIENCE)
        finally:
            os.close(self._ours)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    made = make_factory(tmp_path, {"sessions": [write_note("slow", sleep=300)]}, [bug("slow")])
    yield made
    made.end()


@pytest.mark.parametrize("place", ["here", "afar"])
def test_a_session_is_followed_steered_and_left_alone(
    factory: Factory, tmp_path: Path, place: str
) -> None:
    arguments, cwd, env = ["attach", "s-slow-1"], factory.root, {}
    if place == "afar":
        served = serve(factory)
        cwd, env = tmp_path / "home", {"DF_TOKEN": served.token}
        arguments += ["--server", served.url]
    factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    terminal = Terminal(factory, *arguments, cwd=cwd, **env)
    terminal.wait_for("ASSISTANT: Writing.")

    terminal.type(b"half a sentence")
    terminal.wait_for("half a sentence")
    status = terminal.leave()

    asked = [event.type for event in factory.events("s/s-slow-1")]
    assert (status, "control.requested" in asked, "session.ended" in asked) == (0, False, False)

    terminal = Terminal(factory, *arguments, cwd=cwd, **env)
    terminal.wait_for("ASSISTANT: Writing.")
    terminal.type(b"Hurry.\r")
    terminal.wait_for("= steer: applied now")
    steer = factory.wait_for("control.requested", "s/s-slow-1", op="steer")
    terminal.process.kill()
    terminal.process.wait()

    assert (steer.data["text"], steer.data["by"]) == ("Hurry.", "tester")


def test_without_a_terminal_the_way_out_is_said(factory: Factory) -> None:
    said = factory.df("attach", "s-slow-1", expect=2).stderr

    assert "fix: `df sessions follow s-slow-1` prints the same log anywhere" in said
