"""What may enter the factory's own streams from outside: whole events, honest about who wrote them.

Whatever is posted to ``s/<session>`` becomes an event of that session; what is posted to its
``control`` is a wish of whoever asks. Credentials of known forms are taken out before anything is
stored: what is only ever appended cannot be cleaned.
"""

import json
import os
from typing import Any

from darkfactory.clock import Clock, timestamp
from darkfactory.domain.session import ControlOp, ControlScope
from darkfactory.events.lines import encode_line
from darkfactory.server.paths import attended, controlled, logged
from darkfactory.server.presence import checked
from darkfactory.server.producers import Mark
from darkfactory.server.refused import BadRequest
from darkfactory.sessions.inbox import WISH_KEYS
from darkfactory.sessions.redact import Redactor

_LONGEST_ID = 200
_OF_THE_HOST = ("approval.", "change.", "control.", "nn.", "session.", "skill.", "turn.", "waffle.")
_CLEAN = Redactor({})


def taken_in(
    path: str, lines: bytes, *, by: str, mark: Mark | None, clock: Clock, hosted: bool
) -> bytes:
    """Return *lines*, posted to stream *path*, as they are stored there.

    Args:
        by: Who posts, where the message does not say.
        mark: The producer's mark on the append, for events that bear none.
        hosted: Whether a host of ours runs the session: its life is told by that host alone, or an
            agent could say that it was approved, or has ended.

    Raises:
        BadRequest: If a message is not what that stream holds.
    """
    session, wishes = logged(path), controlled(path) is not None
    if session is None and not wishes and attended(path) is None:
        return lines
    bodies = [json.loads(line) for line in lines.splitlines()]
    if attended(path) is not None:
        return b"".join(encode_line(_CLEAN.value(checked(body))) for body in bodies)
    if session is None:
        return b"".join(encode_line(_wish(body, by)) for body in bodies)
    events = [_event(body, session, mark, clock) for body in bodies]
    told = [event["type"] for event in events if event["type"].startswith(_OF_THE_HOST)]
    if hosted and told:
        raise BadRequest(f"only the session's own host tells of {told[0]:.80}")
    return b"".join(map(encode_line, events))


def _wish(body: Any, by: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest("a control message is an object")
    wish = {key: body[key] for key in WISH_KEYS if body.get(key) is not None}
    name, op = wish.get("id"), wish.get("op")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        raise BadRequest(f"a control message has an id of 1 to {_LONGEST_ID} characters")
    if op not in set(ControlOp):
        raise BadRequest(f"op is one of {', '.join(ControlOp)}, not {op!r:.80}")
    if wish.get("scope", "own") not in set(ControlScope):
        raise BadRequest(f"scope is one of {', '.join(ControlScope)}")
    if not all(isinstance(value, str) for value in wish.values()):
        raise BadRequest("the parts of a control message are texts")
    cleaned: dict[str, Any] = _CLEAN.value({**wish, "by": wish.get("by") or by})
    return cleaned


def _event(body: Any, session: str, mark: Mark | None, clock: Clock) -> dict[str, Any]:
    if not isinstance(body, dict) or not isinstance(body.get("type"), str) or not body["type"]:
        raise BadRequest("an event is an object with a type")
    if body.get("session") not in (None, session):
        raise BadRequest(f"the event is of session {body['session']!r:.80}")
    if not isinstance(body.get("data", {}), dict):
        raise BadRequest("the data of an event is an object")
    now = clock.now()
    known = {
        "v": 1,
        "id": f"{int(now * 1000):012x}{os.urandom(5).hex()}",
        "ts": timestamp(now),
        "session": session,
        "turn": None,
        "agent": None,
        "parent": None,
    }
    given = {key: value for key, value in body.items() if value is not None or key == "ts"}
    event = {**known, **given, "data": _CLEAN.value(body.get("data") or {})}
    if mark is not None and "producer" not in given:
        event["producer"] = {"id": mark.producer, "epoch": mark.epoch, "seq": mark.seq}
    return event
