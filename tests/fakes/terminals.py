"""Commands on a terminal of their own."""

import os
import pty
import re
import select
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.fakes.factories import Factory
from tests.fakes.served import PATIENCE


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
        """Press *keys*."""
        os.write(self._ours, keys)

    def end(self) -> int:
        """Wait for the end of the command and return its status."""
        try:
            return self.process.wait(PATIENCE)
        finally:
            os.close(self._ours)
