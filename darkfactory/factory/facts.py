"""What people are told who are not there, read from the record (pure)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.session import Outcome
from darkfactory.domain.settings import FactKind
from darkfactory.events.offset import format_offset

FACTORY = "factory"
_BAD_ENDS = frozenset(
    {Outcome.FAILED, Outcome.NUKED, Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.BUDGET}
)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LONGEST = 300
_VARIABLES = ("id", "fact", "text", "session", "item", "change", "next")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to be told. *id* is the same whenever it is told: its stream and offset.

    *title*, *session* and the like are empty where the fact has none; *next* is the command that a
    person goes on with.
    """

    id: str
    fact: FactKind
    text: str
    ts: str | float | None = None
    session: str = ""
    item: str = ""
    lane: str = ""
    change: str = ""
    title: str = ""
    request: str = ""
    next: str = ""

    def body(self) -> dict[str, Any]:
        """Return the fact as the JSON that a hook is given."""
        return {"version": 1, **asdict(self)}

    def variables(self) -> dict[str, str]:
        """Return the fact as variables for a command; none holds what a terminal would obey."""
        body = asdict(self)
        return {f"DF_NOTIFY_{name.upper()}": plain_line(str(body[name])) for name in _VARIABLES}


def plain_line(text: str) -> str:
    """Return *text* as one line of bounded length, without control characters."""
    line = " ".join(_UNFIT.sub(" ", text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


class Reading:
    """Makes facts of events; it knows items by what it has read before.

    Feed it every event of the factory's stream, and those of sessions that may ask.
    """

    def __init__(self) -> None:
        self.open: set[str] = set()
        self._items: dict[str, Mapping[str, Any]] = {}
        self._of_session: dict[str, str] = {}

    def take(self, stream: str, behind: int, event: Event) -> Fact | None:
        """Take the next event of *stream*, which ends at *behind*; return what it is to people."""
        self._learn(event)
        told = self._told(stream, event)
        if told is None:
            return None
        kind, text, more = told
        item = str(event.data.get("item") or self._of_session.get(event.session or "", ""))
        known = self._items.get(item, {})
        return Fact(
            id=f"{stream}@{format_offset(behind)}",
            fact=kind,
            text=plain_line(text),
            ts=event.ts,
            session=event.session or "",
            item=item,
            lane=str(known.get("lane") or ""),
            title=str(known.get("title") or ""),
            **more,
        )

    def _learn(self, event: Event) -> None:
        if event.type == "session.started" and event.session:
            self.open.add(event.session)
            item = str(event.data.get("item") or "")
            self._of_session[event.session] = item
            self._items[item] = event.data
        elif event.type == "session.ended" and event.session:
            self.open.discard(event.session)
        elif event.type == "change.proposed":
            self._items[str(event.data.get("item") or "")] = event.data

    def _told(self, stream: str, event: Event) -> tuple[FactKind, str, dict[str, str]] | None:
        data = event.data
        if stream != FACTORY:
            return _approval(event) if event.type == "approval.requested" else None
        match event.type:
            case "change.waiting":
                change = str(data.get("change"))
                title = self._items.get(str(data.get("item")), {}).get("title") or ""
                text = f"{change} waits for your verdict: {title}"
                return FactKind.WAITING, text, {"change": change, "next": f"df gate show {change}"}
            case "session.ended" if data.get("outcome") in _BAD_ENDS:
                text = f"{event.session} {data.get('outcome')}: {data.get('reason')}"
                return FactKind.FAILED, text, {"next": f"df sessions show {event.session}"}
            case "run.finished":
                return FactKind.FINISHED, _figures(data), {"next": "df brief"}
            case "gate.frozen" if data.get("reason"):
                text = f"the gate is frozen: {data['reason']}"
                return FactKind.FROZEN, text, {"next": "df gate list"}
        return None


def _approval(event: Event) -> tuple[FactKind, str, dict[str, str]]:
    request = str(event.data.get("request"))
    what = event.data.get("command") or event.data.get("kind") or "a step"
    text = f"{event.session} asks for your yes to: {what}"
    more = {"request": request, "next": f"df sessions approve {event.session} {request}"}
    return FactKind.APPROVAL, text, more


def _figures(data: Mapping[str, Any]) -> str:
    named = ("sessions", "proposed", "landed", "failed", "nuked")
    told = ", ".join(f"{data.get(name) or 0} {name}" for name in named)
    return f"the run is finished: {told}"


def moot(news: Iterable[tuple[str, Event, Fact | None]]) -> set[str]:
    """Return the ids of those facts in *news* whose question is answered in them already.

    Args:
        news: Events with their streams, each stream in its order, and the facts that they are.
    """
    asked: dict[str, str] = {}
    answered = set[str]()
    for stream, event, fact in news:
        if fact is not None and (key := _question(stream, fact)):
            answered |= {asked[key]} if key in asked else set()
            asked[key] = fact.id
        else:
            answered |= {asked.pop(key) for key in _answers(stream, event, asked) if key in asked}
    return answered


def _question(stream: str, fact: Fact) -> str:
    """Return what *fact* asks of people, empty where it only tells."""
    match fact.fact:
        case FactKind.APPROVAL:
            return f"{stream} {fact.request}"
        case FactKind.WAITING:
            return f"change {fact.change}"
        case FactKind.FROZEN:
            return "gate"
    return ""


def _answers(stream: str, event: Event, asked: Iterable[str]) -> list[str]:
    """Return the questions that *event* answers."""
    if event.type == "approval.resolved":
        return [f"{stream} {event.data.get('request')}"]
    if event.type == "session.ended":
        return [key for key in asked if key.startswith(f"s/{event.session} ")]
    if event.type == "gate.frozen":
        return ["gate"]
    return [f"change {event.data.get('change')}"] if event.type.startswith("change.") else []
