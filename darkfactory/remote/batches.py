"""What a server sends of a session's log: events, each with the offset behind it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.event import event_of
from darkfactory.events.offset import NOW, BadOffset, format_offset, parse_offset
from darkfactory.sessions.watch import Told

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events of *session*, and the offset behind them; *up_to_date*: there were no more."""

    session: str
    told: tuple[Told, ...]
    next: str
    up_to_date: bool


def batch_of(session: str, body: str, start: str, behind: str, *, up_to_date: bool) -> Batch:
    """Return the events in *body*, a JSON array that was read from offset *start* to *behind*.

    Raises:
        ValueError: If *body* is no JSON array.
    """
    values = list(_values(body)) if body.strip() else []
    told = []
    for (value, _), offset in zip(values, _offsets(values, start, behind), strict=True):
        event = event_of(value)
        if event is not None:
            told.append(Told(session, offset, event))
    return Batch(session, tuple(told), behind, up_to_date)


def _offsets(values: list[tuple[Any, int]], start: str, behind: str) -> list[str]:
    """Return the offset behind each of *values*, which come with their sizes as they are stored.

    A line of the stored log is a value and its newline (docs/protocol.md). Where that does not add
    up, offsets between the values are unknown: *start* stands there, so that who resumes may read
    something twice but misses nothing.
    """
    found = [start] * len(values)
    try:
        at = -1 if start == NOW else parse_offset(start, end=0)
        end = parse_offset(behind, end=0)
    except BadOffset:  # another server's own
        at, end = -1, 0
    if at >= 0 and at + sum(size for _, size in values) == end:
        for number, (_, size) in enumerate(values):
            at += size
            found[number] = format_offset(at)
    if found:
        found[-1] = behind
    return found


def _values(body: str) -> Iterator[tuple[Any, int]]:
    """Yield each value of the JSON array *body*, and how many bytes it takes in the log."""
    text = body.strip()
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError("it is no JSON array")
    at, end = 1, len(text) - 1
    while at < end:
        begin = at
        value, at = _DECODER.raw_decode(text, _behind_space(text, at))
        at = _behind_space(text, at)
        if text[at] not in ",]" or at > end:
            raise ValueError(f"it is no JSON array: {text[at : at + 20]!r}")
        yield value, len(text[begin:at].encode()) + 1
        at += 1


def _behind_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def server_sent(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield ``(event, data)`` of each server-sent event in *lines*; a broken last one is none."""
    kind, data = "", list[str]()
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif not line and kind:
            yield kind, "\n".join(data)
            kind, data = "", []
