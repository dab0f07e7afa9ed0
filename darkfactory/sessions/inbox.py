"""Control messages as a session host sees them: read from the control stream, answered in the log.

A message counts from the moment it is in ``s/<id>/control``, also when no host runs: the next host
reads the stream from its start and takes what no host before it has.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.session import ControlOp
from darkfactory.events.stream import Stream, Writer

_KEYS = ("id", "op", "scope", "by", "reason", "text", "request")


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """One wish of a person or of the factory. *request* names an approval."""

    id: str
    op: ControlOp
    by: str
    text: str
    reason: str
    request: str


class Inbox:
    """The control stream of one session.

    Args:
        taken: Ids of the messages that need nothing any more: no message is obeyed twice.
    """

    def __init__(self, control: Stream, writer: Writer, *, taken: Collection[str] = ()) -> None:
        self._control = control
        self._writer = writer
        self._position = 0
        self._taken = set(taken)

    def take(self, *ops: ControlOp) -> Iterator[ControlMessage]:
        """Yield each new message once, after the log says that it was requested and accepted.

        Args:
            ops: Take these only and leave the others to whoever comes next; none: take all.
        """
        for wish in self._wishes():
            if not ops or wish.get("op") in ops:
                message = self._admit(wish)
                if message is not None:
                    yield message

    def refuse(self, reason: str) -> None:
        """Answer every new message with no."""
        for wish in self._wishes():
            self._request(wish)
            self._reject(wish, reason)

    def _wishes(self) -> Iterator[dict[str, Any]]:
        for behind, body in self._control.read_bodies(self._position):
            self._position = behind
            wish = _wish(body)
            if wish["id"] and wish["id"] not in self._taken:
                yield wish

    def _admit(self, data: dict[str, Any]) -> ControlMessage | None:
        name, op = data["id"], data.get("op")
        self._request(data)
        if not isinstance(op, str) or op not in set(ControlOp):
            self._reject(data, f"unknown op {op!r:.80}")
            return None
        self._write("control.accepted", {"id": name, "op": op})
        return ControlMessage(
            id=name,
            op=ControlOp(op),
            by=str(data.get("by") or "unknown"),
            text=str(data.get("text") or ""),
            reason=str(data.get("reason") or ""),
            request=str(data.get("request") or ""),
        )

    def _request(self, wish: dict[str, Any]) -> None:
        self._taken.add(wish["id"])
        self._write("control.requested", wish)

    def _reject(self, wish: dict[str, Any], reason: str) -> None:
        data = {"id": wish["id"], "op": wish.get("op"), "reason": reason}
        self._write("control.rejected", data)

    def _write(self, type_: str, data: dict[str, Any]) -> None:
        self._writer.write(type_, data, durable=True)


def _wish(body: Any) -> dict[str, Any]:
    """Return the wish in one line of a control stream: a bare message or one in an envelope."""
    if not isinstance(body, dict):
        return {"id": ""}
    inner = body["data"] if isinstance(body.get("data"), dict) else body
    found = {key: inner[key] for key in _KEYS if inner.get(key) is not None}
    return {**found, "id": str(found.get("id") or "")}
