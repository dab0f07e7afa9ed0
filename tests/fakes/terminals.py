"""Commands on a terminal of their own."""

import codecs
import os
import pty
import re
import select
import struct
import subprocess
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.fakes.factories import Factory
from tests.fakes.served import PATIENCE

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_LONGEST = 24


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
        self._cut_off = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def wait_for(self, text: str) -> None:
        """Read until *text* was drawn, whatever the colours between its letters."""
        deadline = time.monotonic() + PATIENCE  # a screen that draws on and on says nothing new
        while text not in self.said:
            left = max(0.0, deadline - time.monotonic())
            assert select.select([self._ours], [], [], left)[0], self.said[-2000:]
            drawn = self._cut_off + self._decoder.decode(os.read(self._ours, 65536))
            whole, escape, rest = drawn.rpartition("\x1b")
            ends = not escape or len(rest) > _LONGEST or _ESCAPE.match(escape + rest)
            drawn, self._cut_off = (drawn, "") if ends else (whole, escape + rest)
            self.said += _ESCAPE.sub("", drawn)

    def type(self, keys: bytes) -> None:
        """Press *keys*."""
        os.write(self._ours, keys)

    def close(self) -> None:
        """Take the terminal away from the command."""
        os.close(self._ours)

    def end(self) -> int:
        """Wait for the end of the command and return its status."""
        try:
            return self.process.wait(PATIENCE)
        finally:
            os.close(self._ours)
