"""From the first line to an open thread that is held to the lane's autonomy."""

import re
from collections.abc import Mapping
from typing import Any

import darkfactory
from darkfactory.agents.codex.permissions import (
    NO_SANDBOX,
    PROFILE,
    approval_policy,
    not_held,
)
from darkfactory.agents.protocol import Emit, Native, Send, Step
from darkfactory.agents.rpc import Asked, Rpc
from darkfactory.agents.wire import mapping, number, text
from darkfactory.domain.lane import Autonomy

_PROBE = "command/exec"
_VERSION = re.compile(r"/(\d[\w.+-]*)")
_INSTRUCTIONS = (
    "Requests for more permissions are declined at once and questions are not answered: work "
    "inside the workspace. Its `.git` is read-only; leave your work uncommitted, it is collected "
    "as it lies in the tree."
)


class Handshake:
    """Says hello, tries the sandbox, opens the thread.

    *problem* tells why it cannot be; *native* is the open thread, once it is.
    """

    METHODS = ("initialize", _PROBE, "thread/start", "thread/resume")

    def __init__(self, rpc: Rpc, request: Mapping[str, Any]) -> None:
        self.problem: str | None = None
        self.native: Native | None = None
        self._rpc = rpc
        self._autonomy = Autonomy(request.get("autonomy") or Autonomy.PROPOSE)
        self._workspace = text(request.get("workspace"))
        self._resume = text(request.get("resume"))
        self._unconfined = request.get("unconfined") is True
        self._profile = PROFILE
        self._version: str | None = None

    def begin(self) -> Send:
        """Return the first line."""
        client = {"name": "darkfactory", "version": darkfactory.__version__}
        params = {"clientInfo": client, "capabilities": {"experimentalApi": True}}
        return self._rpc.request(Asked("initialize"), params)

    def answered(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        """Return what follows the answer to one of :attr:`METHODS`."""
        match asked.method:
            case "initialize":
                return self._try_sandbox(text(result.get("userAgent")))
            case "command/exec":
                return self._open_thread(result)
        self._take_thread(result)
        return []

    def _try_sandbox(self, client: str) -> list[Step]:
        """Return a command that does nothing: where it fails, each one would."""
        found = _VERSION.search(client)
        self._version = found[1] if found else None
        probe = {"command": ["true"], "cwd": self._workspace, "permissionProfile": PROFILE}
        return [self._rpc.notify("initialized"), self._rpc.request(Asked(_PROBE), probe)]

    def _open_thread(self, probe: Mapping[str, Any]) -> list[Step]:
        if number(probe.get("exitCode")) == 0:
            return [self._thread()]
        said = text(probe.get("stderr")).strip()[:500]
        why = f"Codex's own sandbox does not start here: {said}"
        if not self._unconfined:
            self.problem = why
            return []
        self._profile = NO_SANDBOX
        return [Emit("warning", {"text": f"{why}; commands run without it"}), self._thread()]

    def _thread(self) -> Send:
        """Return the request that opens the thread; a resumed one forgets how it was held."""
        params: dict[str, Any] = {
            "cwd": self._workspace,
            "approvalPolicy": approval_policy(self._autonomy),
            "permissions": self._profile,
            "developerInstructions": _INSTRUCTIONS,
        }
        if self._resume:
            resumed = {"threadId": self._resume, "excludeTurns": True}
            return self._rpc.request(Asked("thread/resume"), params | resumed)
        return self._rpc.request(Asked("thread/start"), params | {"experimentalRawEvents": True})

    def _take_thread(self, result: Mapping[str, Any]) -> None:
        thread = text(mapping(result.get("thread")).get("id"))
        loose = not_held(result, self._autonomy, self._profile)
        if not thread or loose:
            self.problem = f"Codex does not hold {self._autonomy}: {loose or 'it has no thread'}"
            return
        self.native = Native(thread, text(result.get("model")) or None, self._version)
