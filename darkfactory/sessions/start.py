"""Start the host of a prepared session, so that it lives on without us."""

import os
import subprocess
import sys

from darkfactory.errors import NotReady
from darkfactory.sessions.prepare import Prepared
from darkfactory.sessions.spec import LOG_FILE

_PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "  # behind the standard library: nothing shadows it
    "from darkfactory.sessions.host import run_host; run_host(sys.argv[2])"
)


class HostNotStarted(NotReady):
    """The session host could not be started."""

    code = "session.host"

    def __init__(self, session: str, why: str) -> None:
        super().__init__(
            f"the host of session {session} did not start: {why}",
            fix="`df doctor` checks the machine; then run the command again",
        )


def start_host(prepared: Prepared) -> "subprocess.Popen[bytes]":
    """Start the host of *prepared* in a session of its own and return it.

    The caller may die; the host does not care. While the caller lives it should collect the host's
    exit with ``poll``.

    Raises:
        HostNotStarted: If there is no room for another process.
    """
    log = os.open(
        os.path.join(prepared.folder, LOG_FILE),
        os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
        0o600,
    )
    try:
        return subprocess.Popen(
            [sys.executable, *_flags(), "-c", _BOOT, _PACKAGE_ROOT, prepared.folder],
            cwd="/",
            env=dict(prepared.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise HostNotStarted(prepared.spec.session, str(error)) from error
    finally:
        os.close(log)


def _flags() -> tuple[str, ...]:
    """Return how Python starts: isolated; without site where nothing of it is needed (Linux).

    No host compiles for others (-B): Python may leave half a file where the disk is full, and no
    program of ours would start again (https://github.com/python/cpython/issues/126606).
    """
    return ("-I", "-S", "-B") if sys.platform == "linux" else ("-I", "-B")
