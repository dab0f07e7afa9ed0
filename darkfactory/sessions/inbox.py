"""Control messages as a session host sees them: read from the control stream, answered in the log.

A message counts from the moment it is in ``s/<id>/control``, also when no host runs: the next host
reads the stream from its start and acts on what the session's own log has not answered yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.session import ControlOp
from darkfactory.events.stream import Stream, Writer

_ANSWERS = frozenset({"control.applied", "control.rejected", "control.expired"})
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
    data: dict[str, Any]


class Inbox:
    """The control stream of one session."""

    def __init__(self, control: Stream, log: Stream, writer: Writer) -> None:
        self._control = control
        self._writer = writer
        self._position = 0
        self._seen = {
            str(event.data.get("id")) for _, event in log.read() if event.type in _ANSWERS
        }

    def take(self) -> Iterator[ControlMessage]:
        """Yield each new message once, after the log says that it was requested and accepted."""
        for behind, body in self._control.read_bodies(self._position):
            self._position = behind
            message = self._admit(body)
            if message is not None:
                yield message

    def _admit(self, body: Any) -> ControlMessage | None:
        data = _wish(body)
        name = str(data.get("id") or "")
        if not name or name in self._seen:
            return None
        self._seen.add(name)
        self._write("control.requested", data)
        op = data.get("op")
        if op not in set(ControlOp):
            self._write("control.rejected", {"id": name, "op": op, "reason": f"unknown op {op!r}"})
            return None
        self._write("control.accepted", {"id": name, "op": op})
        return ControlMessage(
            id=name,
            op=ControlOp(op),
            by=str(data.get("by") or "unknown"),
            text=str(data.get("text") or ""),
            reason=str(data.get("reason") or ""),
            request=str(data.get("request") or ""),
            data=data,
        )

    def _write(self, type_: str, data: dict[str, Any]) -> None:
        self._writer.write(type_, data, durable=True)


def _wish(body: Any) -> dict[str, Any]:
    """Return the wish in one line of a control stream: a bare message or one in an envelope."""
    if not isinstance(body, dict):
        return {}
    inner = body.get("data") if isinstance(body.get("data"), dict) else body
    return {
        key: inner[key] for key in _KEYS if isinstance(inner, dict) and inner.get(key) is not None
    }
