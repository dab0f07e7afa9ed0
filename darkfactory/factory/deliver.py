"""Tell one fact to one hook: run its command, or post to its address; a few tries, then an error.

A fact holds words of agents and strangers. They reach a command as JSON on its standard input and
as variables, so no shell reads them as a command, and a webhook as the body of a request.
"""

import http.client
import json
import os
import signal
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from darkfactory import __version__
from darkfactory.domain.settings import Hook
from darkfactory.factory.facts import Fact, plain_line

_PAUSES = (1.0, 3.0)
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_OK = range(200, 300)
_MOST_SAID = 2000


class Undelivered(Exception):
    """A hook could not be told; *again*: the same may work in a moment."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


def deliver(
    hook: Hook,
    fact: Fact,
    *,
    folder: Path,
    environment: Mapping[str, str],
    left: threading.Event,
) -> None:
    """Tell *fact* to *hook*, more than once if the first try does not get through.

    Args:
        folder: Where a command runs.
        environment: The variables that a command sees besides those of the fact.
        left: Set when there is no time for further tries.

    Raises:
        Undelivered: If it did not get through.
    """
    for pause in (*_PAUSES, None):
        try:
            if hook.webhook is None:
                return _run(hook, fact, folder, environment)
            return _post(hook.webhook, fact, hook.timeout_seconds)
        except Undelivered as error:
            if pause is None or not error.again or left.wait(pause):
                raise
    return None


def _run(hook: Hook, fact: Fact, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the command once: it may have done its work before it failed."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            ["/bin/sh", "-c", hook.command or ""],
            cwd=folder,
            env={**environment, **fact.variables()},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        ) as child,
    ):
        try:
            child.communicate(_json(fact), timeout=hook.timeout_seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(child.pid, signal.SIGKILL)
            raise Undelivered(f"it was not over after {hook.timeout_seconds:g} s") from error
        if child.returncode:
            last = os.pread(said.fileno(), _MOST_SAID, 0).decode("utf-8", "replace").strip()
            why = f"it ended with status {child.returncode}"
            raise Undelivered(plain_line(f"{why}: {last}" if last else why))


def _post(address: str, fact: Fact, seconds: float) -> None:
    """Post once; a redirect is no answer, for it may lead to another host."""
    place = urlsplit(address)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.netloc, timeout=seconds)
    try:
        path = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
        connection.request("POST", path, _json(fact), _headers(fact))
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        raise Undelivered(
            f"its certificate is not to be trusted: {error.verify_message}"
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undelivered(str(error) or type(error).__name__, again=True) from error
    finally:
        connection.close()
    if status not in _OK:
        raise Undelivered(f"it answered {status}", again=status in _PASSING)


def _headers(fact: Fact) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": fact.id,
        "User-Agent": f"darkfactory/{__version__}",
    }


def _json(fact: Fact) -> bytes:
    return json.dumps(fact.body()).encode()


def hook_name(hook: Hook) -> str:
    """Return what a hook is called where it fails, without what may be secret in its address."""
    if hook.webhook is not None:
        return f"webhook {urlsplit(hook.webhook).hostname}"
    return f"command {plain_line(hook.command or '')!r:.60}"
