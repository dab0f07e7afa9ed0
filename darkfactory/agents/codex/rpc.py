"""The client's side of the JSON-RPC that app-server speaks: ids, and what waits for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.codex.wire import encode, number
from darkfactory.agents.protocol import Send

_NO_SUCH_METHOD = -32601


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked Codex: *control* is the control message it is for, *words* its text."""

    method: str
    control: str | None = None
    words: str = ""


class Rpc:
    """Numbers requests and remembers what each was."""

    def __init__(self) -> None:
        self._last = 0
        self._asked: dict[int, Asked] = {}

    def request(self, asked: Asked, params: Mapping[str, Any]) -> Send:
        """Return the request *asked*; its answer is found by :meth:`answered`."""
        self._last += 1
        self._asked[self._last] = asked
        return Send(encode({"id": self._last, "method": asked.method, "params": params}))

    def notify(self, method: str) -> Send:
        """Return a notification."""
        return Send(encode({"method": method}))

    def answered(self, id_: Any) -> Asked | None:
        """Return what the answer with *id_* is for, once."""
        return self._asked.pop(id_, None) if number(id_) is not None else None

    def reply(self, id_: int | str, result: Mapping[str, Any]) -> Send:
        """Return our answer to a request of Codex."""
        return Send(encode({"id": id_, "result": result}))

    def refuse(self, id_: int | str, method: str) -> Send:
        """Return our answer to a request that we do not know."""
        error = {"code": _NO_SUCH_METHOD, "message": f"this client does not know {method}"}
        return Send(encode({"id": id_, "error": error}))
