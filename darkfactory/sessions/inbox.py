"""Control messages as a session host sees them: read from the control stream, answered in the log.

A message counts from the moment it is in ``s/<id>/control``, also when no host runs: the next host
reads the stream from its start and takes what no host before it has.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.session import ControlOp, ControlScope
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.story import Story

WISH_KEYS = ("id", "op", "scope", "agent", "by", "reason", "text", "request")
"""What a control message may say; *agent* is whom the scope ``agent`` means."""


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """One wish of a person or of the factory.

    *request* names an approval, *agent* whom the scope ``agent`` means (empty: the session's own).
    """

    id: str
    op: ControlOp
    by: str
    text: str = ""
    reason: str = ""
    request: str = ""
    scope: ControlScope = ControlScope.OWN
    agent: str = ""

    @property
    def ends_turn_only(self) -> bool:
        """Whether the session stays open after it."""
        ends = self.op is ControlOp.CANCEL and self.scope is ControlScope.TURN
        return ends or self.op is ControlOp.INTERRUPT

    def missed(self, agent: str) -> str | None:
        """Return why it means nobody in a session of *agent*, None where it means that agent.

        Sub-agents live inside of the agent's program: no host can reach one of them alone.
        """
        if self.scope is not ControlScope.AGENT or self.agent in ("", agent):
            return None
        return f"no agent {self.agent!r:.80} can be reached alone here: the session runs {agent!r}"


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
        for offset, wish in self._wishes():
            if not ops or wish.get("op") in ops:
                message = self._admit(wish, offset)
                if message is not None:
                    yield message

    def expire(self, reason: str) -> None:
        """Say of every message that nobody has taken why nobody will."""
        for _, wish in self._wishes():
            self._request(wish)
            self._answer("control.expired", wish, reason)

    def _wishes(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each new wish with the position behind it in the control stream."""
        for behind, body in self._control.read_bodies(self._position):
            self._position = behind
            wish = _wish(body)
            if wish["id"] and wish["id"] not in self._taken:
                yield behind, wish

    def _admit(self, wish: dict[str, Any], behind: int) -> ControlMessage | None:
        name, op, scope = wish["id"], wish.get("op"), wish.get("scope") or ControlScope.OWN
        self._request(wish)
        for value, words, what in ((op, ControlOp, "op"), (scope, ControlScope, "scope")):
            if not isinstance(value, str) or value not in set(words):
                self._answer("control.rejected", wish, f"unknown {what} {value!r:.80}")
                return None
        accepted = {"id": name, "op": op, "offset": format_offset(behind)}
        self._write("control.accepted", accepted)
        texts = {key: str(wish.get(key) or "") for key in ("text", "reason", "request", "agent")}
        return ControlMessage(
            id=name,
            op=ControlOp(str(op)),
            by=str(wish.get("by") or "unknown"),
            scope=ControlScope(str(scope)),
            **texts,
        )

    def _request(self, wish: dict[str, Any]) -> None:
        self._taken.add(wish["id"])
        self._write("control.requested", wish)

    def _answer(self, type_: str, wish: dict[str, Any], reason: str) -> None:
        self._write(type_, {"id": wish["id"], "op": wish.get("op"), "reason": reason})

    def _write(self, type_: str, data: dict[str, Any]) -> None:
        self._writer.write(type_, data, durable=True)


def asked_by_host(
    streams: str | os.PathLike[str], session: str, story: Story
) -> dict[str, ControlMessage]:
    """Return what the host of *session* asked of it by itself and did not live to do.

    Such wishes stand in the log alone, so no later host finds them in the control stream.

    Args:
        story: What the log tells so far.
    """
    control = Stream(streams, f"s/{session}/control")
    asked = {_wish(body)["id"] for _, body in control.read_bodies()}
    return {
        name: ControlMessage(
            id=name,
            op=ControlOp(str(wish["op"])),
            by=str(wish.get("by")),
            reason=str(wish.get("reason") or ""),
        )
        for name, wish in story.wishes.items()
        if name not in asked and wish.get("op") in set(ControlOp)
    }


def waiting_answers(
    streams: str | os.PathLike[str], session: str, story: Story
) -> Iterator[tuple[str, str]]:
    """Yield the approvals that were answered while nobody ran *session*, each with what was said.

    Args:
        story: What the log tells so far.
    """
    asked = story.approvals.keys() | story.unanswered.keys()
    taken = story.answered | story.controls.keys()
    for _, body in Stream(streams, f"s/{session}/control").read_bodies():
        wish = _wish(body)
        answers = wish.get("op") in (ControlOp.APPROVE, ControlOp.DENY)
        if answers and wish["id"] not in taken and wish.get("request") in asked:
            yield str(wish["request"]), str(wish["op"])


def _wish(body: Any) -> dict[str, Any]:
    """Return the wish in one line of a control stream: a bare message or one in an envelope."""
    if not isinstance(body, dict):
        return {"id": ""}
    inner = body["data"] if isinstance(body.get("data"), dict) else body
    found = {key: inner[key] for key in WISH_KEYS if inner.get(key) is not None}
    return {**found, "id": str(found.get("id") or "")}
