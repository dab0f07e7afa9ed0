"""The client's side of a JSON-RPC dialogue: ids, and what waits for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.protocol import Send
from darkfactory.agents.wire import encode, number

_NO_SUCH_METHOD = -32601


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked the agent: *control* is the control message it is for, *words* its text."""

    method: str
    control: str | None = None
    words: str = ""


class Rpc:
    """Numbers requests and remembers what each was.

    Args:
        frame: What each message has besides its own keys.
    """

    def __init__(self, frame: Mapping[str, Any] | None = None) -> None:
        self._frame = dict(frame or {})
        self._last = 0
        self._asked: dict[int, Asked] = {}

    def request(self, asked: Asked, params: Mapping[str, Any]) -> Send:
        """Return the request *asked*; its answer is found by :meth:`answered`."""
        self._last += 1
        self._asked[self._last] = asked
        return self._send({"id": self._last, "method": asked.method, "params": params})

    def notify(self, method: str, params: Mapping[str, Any] | None = None) -> Send:
        """Return a notification."""
        return self._send({"method": method, **({} if params is None else {"params": params})})

    @property
    def unanswered(self) -> list[str]:
        """The methods of what was asked and not answered, in order."""
        return [asked.method for asked in self._asked.values()]

    def answered(self, id_: Any) -> Asked | None:
        """Return what the answer with *id_* is for, once; JSON knows one kind of number."""
        whole = isinstance(id_, float) and id_.is_integer()
        told = number(int(id_) if whole else id_)
        return None if told is None else self._asked.pop(told, None)

    def reply(self, id_: int | str, result: Mapping[str, Any]) -> Send:
        """Return our answer to a request of the agent."""
        return self._send({"id": id_, "result": result})

    def refuse(self, id_: int | str, method: str) -> Send:
        """Return our answer to a request that we do not know."""
        error = {"code": _NO_SUCH_METHOD, "message": f"this client does not know {method}"}
        return self._send({"id": id_, "error": error})

    def _send(self, message: Mapping[str, Any]) -> Send:
        return Send(encode({**self._frame, **message}))
