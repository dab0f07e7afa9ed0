"""What may enter the factory's own streams from outside: whole events, honest about who wrote them.

Whatever is posted to ``s/<session>`` becomes an event of that session; what is posted to its
``control`` is a wish of whoever asks. Credentials of known forms are taken out before anything is
stored: what is only ever appended cannot be cleaned.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from darkfactory.changes.secret_forms import has_mark
from darkfactory.clock import Clock, timestamp
from darkfactory.domain.session import ControlOp, ControlScope
from darkfactory.events.lines import encode_line
from darkfactory.server.paths import attended, controlled, logged
from darkfactory.server.pieces import json_values
from darkfactory.server.presence import checked
from darkfactory.server.producers import Mark
from darkfactory.server.refused import BadRequest
from darkfactory.sessions.inbox import WISH_KEYS
from darkfactory.sessions.redact import Redactor

_LONGEST_ID = 200
_OF_THE_HOST = (
    "approval.",
    "change.",
    "control.",
    "loop.",
    "nn.",
    "session.",
    "skill.",
    "turn.",
    "waffle.",
)
_CLEAN = Redactor({})


@dataclass(frozen=True, slots=True)
class Posted:
    """Messages that are to become events; *is_clean*: surely without any credential."""

    bodies: list[Any]
    is_clean: bool = False

    @classmethod
    def of(cls, body: bytes) -> "Posted":
        """Return the messages in *body*.

        Raises:
            BadRequest: If it is not JSON, or an empty array.
        """
        text = body.decode("utf-8", "replace")
        return cls(json_values(body), is_clean="\\" not in text and not has_mark(text))


def holds_events(path: str) -> bool:
    """Tell whether stream *path* holds events, control messages or presence of a session."""
    return bool(logged(path) or controlled(path) or attended(path))


def taken_in(
    path: str,
    posted: Posted,
    *,
    by: str,
    mark: Mark | None,
    clock: Clock,
    is_hosted: Callable[[str], bool],
) -> bytes:
    """Return what was *posted* to stream *path*, which holds events, as it is stored there.

    Args:
        by: Who posts, where the message does not say.
        mark: The producer's mark on the append, for events that bear none.
        is_hosted: Whether a host of ours runs a session: its life is told by that host alone, or an
            agent could say that it was approved, or has ended.

    Raises:
        BadRequest: If a message is not what that stream holds.
    """
    session, line = logged(path), encode_line if posted.is_clean else _clean_line
    if attended(path) is not None:
        return b"".join([line(checked(body)) for body in posted.bodies])
    if session is None:
        return b"".join([line(_wish(body, by)) for body in posted.bodies])
    hosted = is_hosted(session)
    events = [_event(body, session, mark, clock, hosted=hosted) for body in posted.bodies]
    told = [event["type"] for event in events if event["type"].startswith(_OF_THE_HOST)]
    if told and hosted:
        raise BadRequest(f"only the session's own host tells of {told[0]:.80}")
    return b"".join(map(line, events))


def _clean_line(body: dict[str, Any]) -> bytes:
    """Return *body* as a line without credentials; most lines hold none."""
    line = encode_line(body)
    return encode_line(_CLEAN.value(body)) if has_mark(line.decode()) else line


def _wish(body: Any, by: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest("a control message is an object")
    wish = {key: body[key] for key in WISH_KEYS if body.get(key) is not None}
    if not all(isinstance(value, str) for value in wish.values()):
        raise BadRequest("the parts of a control message are texts")
    name, op = wish.get("id"), wish.get("op")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        raise BadRequest(f"a control message has an id of 1 to {_LONGEST_ID} characters")
    if op not in set(ControlOp):
        raise BadRequest(f"op is one of {', '.join(ControlOp)}, not {op!r:.80}")
    if wish.get("scope", "own") not in set(ControlScope):
        raise BadRequest(f"scope is one of {', '.join(ControlScope)}")
    return {**wish, "by": wish.get("by") or by}


def _event(
    body: Any, session: str, mark: Mark | None, clock: Clock, *, hosted: bool
) -> dict[str, Any]:
    """Return the event that *body* becomes; in a *hosted* session it bears who let it in."""
    if not isinstance(body, dict) or not isinstance(body.get("type"), str) or not body["type"]:
        raise BadRequest("an event is an object with a type")
    if body.get("session") not in (None, session):
        raise BadRequest(f"the event is of session {body['session']!r:.80}")
    if not isinstance(body.get("data", {}), dict):
        raise BadRequest("the data of an event is an object")
    now = clock.now()
    event = {
        "v": 1,
        "id": f"{int(now * 1000):012x}{os.urandom(5).hex()}",
        "ts": timestamp(now),
        "session": session,
        "turn": None,
        "agent": None,
        "parent": None,
    }
    event |= {key: value for key, value in body.items() if value is not None or key == "ts"}
    event.pop("posted", None)
    if hosted:
        event.pop("producer", None)
        event["posted"] = True
    event.setdefault("data", {})
    if mark is not None and "producer" not in event:
        event["producer"] = {"id": mark.producer, "epoch": mark.epoch, "seq": mark.seq}
    return event
