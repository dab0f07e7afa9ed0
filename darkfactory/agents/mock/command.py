"""One shell command of the mock, in a session of its own as real agents start theirs."""

from __future__ import annotations

import codecs
import os
import signal
import subprocess

_READ = 65536
_SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh")


class Command:
    """A running command. *output* is its pipe, or None once that is closed."""

    def __init__(self, command: str, folder: str) -> None:
        shell = next((path for path in _SHELLS if os.path.exists(path)), "sh")
        self._process = subprocess.Popen(
            [shell, "-c", command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            bufsize=0,
        )
        self._pipe = self._process.stdout
        if self._pipe:
            os.set_blocking(self._pipe.fileno(), False)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def output(self) -> int | None:
        """The descriptor to wait for."""
        return self._pipe.fileno() if self._pipe else None

    def read(self) -> str:
        """Return the text that is there now."""
        parts = []
        while self._pipe:
            try:
                chunk = os.read(self._pipe.fileno(), _READ)
            except BlockingIOError:
                break
            parts.append(self._decoder.decode(chunk, final=not chunk))
            if not chunk:
                self.close()
        return "".join(parts)

    def exit_code(self) -> int | None:
        """Return its exit status as a shell tells it, or None while it runs."""
        status = self._process.poll()
        return status if status is None or status >= 0 else 128 - status

    def kill(self) -> None:
        """End the command and its whole process group now."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self._process.wait()
            self.close()

    def close(self) -> None:
        """Let go of the output; what still runs behind the command keeps running."""
        if self._pipe:
            self._pipe.close()
            self._pipe = None
