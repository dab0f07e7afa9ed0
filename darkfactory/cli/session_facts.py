"""All that ``df sessions show`` tells of one session, as plain values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from darkfactory.domain.foreign import list_of, mapping_of, text_of
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream
from darkfactory.factory.facts_gone import facts_gone
from darkfactory.gate.record import Changes
from darkfactory.sessions.loop import checkpoints_of
from darkfactory.sessions.story import read_story
from darkfactory.sessions.view import session_json, show_session
from darkfactory.waffle.course import Course, Moment, course_of
from darkfactory.waffle.steers import steers_of

_TEXTS = ("autonomy", "version", "workspace")


def session_facts(state: StateFolder, session: str, *, now: float) -> dict[str, Any]:
    """Return what the log of *session* and the files beside it tell.

    Raises:
        UnknownSession: If no stream tells of it.
    """
    view = show_session(state, session, now=now)
    events = list(Stream(state.streams, f"s/{session}").read())
    story = read_story(events)
    started = next((event.data for _, event in events if event.type == "session.started"), {})
    ended = story.ended or {}
    confined = started.get("confined")
    gone = _facts_gone(state, session)
    return {
        **session_json(view),
        "events": len(events),
        "usage": {
            "tokens": story.tokens or view.tokens,
            "cost_usd": story.cost or view.cost_usd,
            "requests": story.requests,
        },
        "confined": confined if isinstance(confined, bool) else None,
        "confinement": _texts(started.get("confinement")),
        **{name: text_of(started.get(name)) or None for name in _TEXTS},
        "model": story.model or text_of(started.get("model")) or None,
        "approvals": [
            {"request": request, "command": command} for request, command in story.approvals.items()
        ],
        "steers": [
            {**asdict(steer), "offset": format_offset(steer.offset)}
            for steer in steers_of(events, gone=gone)
        ],
        "course": _course(course_of(events, gone=gone)),
        "checkpoints": list(map(asdict, checkpoints_of(event for _, event in events))),
        "preserved": _texts(ended.get("preserved")),
        "notes": [note for note in list_of(ended.get("notes")) if isinstance(note, str)],
        "summary": story.last_words,
    }


def _facts_gone(state: StateFolder, session: str) -> dict[str, bool]:
    changes = Changes()
    for _, event in Stream(state.streams, "factory").read():
        changes.tell(event)
    return facts_gone(changes, session)


def _course(course: Course) -> dict[str, Any]:
    return {"recomputed": course.recomputed, "moments": [_moment(one) for one in course.moments]}


def _moment(moment: Moment) -> dict[str, Any]:
    signals = [{"name": name, "because": because} for name, because in moment.signals]
    return {**asdict(moment), "offset": format_offset(moment.offset), "signals": signals}


def _texts(told: Any) -> Mapping[str, str | None] | None:
    """Return a mapping of names to texts, where one is told; what is no text in it is None."""
    if not isinstance(told, Mapping):
        return None
    return {name: text_of(value) or None for name, value in mapping_of(told).items()}
