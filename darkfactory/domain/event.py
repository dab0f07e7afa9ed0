"""Events: the one envelope that every log line has (docs/protocol.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Producer:
    """Who wrote an event: a stable id, an epoch that rises at each restart, a gapless number."""

    id: str
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of a stream. *agent* is who acted, *parent* who started that agent.

    *posted*: it came into a session that a host of ours runs from whoever has a token for it. Such
    words are kept and shown, and prove nothing: no state, usage, score or claim rests on them.
    """

    type: str
    data: Data = field(default_factory=dict)
    id: str = ""
    ts: str | float | None = None
    session: str | None = None
    turn: int | None = None
    agent: str | None = None
    parent: str | None = None
    producer: Producer | None = None
    posted: bool = False

    def body(self) -> dict[str, Any]:
        """Return the event as the JSON object of one log line."""
        made: dict[str, Any] = {
            "v": 1,
            "id": self.id,
            "ts": self.ts,
            "session": self.session,
            "turn": self.turn,
            "agent": self.agent,
            "parent": self.parent,
            "type": self.type,
            "data": self.data,
        }
        if self.producer is not None:
            made["producer"] = {
                "id": self.producer.id,
                "epoch": self.producer.epoch,
                "seq": self.producer.seq,
            }
        if self.posted:
            made["posted"] = True
        return made


def event_of(body: Any) -> Event | None:
    """Return the event of one decoded log line, or None if it is not one.

    Logs may come from elsewhere: keys of a wrong type count as absent.
    """
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        return None
    data = body.get("data")
    stamp = body.get("ts")
    turn = body.get("turn")
    return Event(
        type=body["type"],
        data=data if isinstance(data, dict) else {},
        id=_text(body.get("id")) or "",
        ts=stamp if isinstance(stamp, str | int | float) else None,
        session=_text(body.get("session")),
        turn=turn if isinstance(turn, int) else None,
        agent=_text(body.get("agent")),
        parent=_text(body.get("parent")),
        producer=_producer(body.get("producer")),
        posted=body.get("posted") is True,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _producer(value: Any) -> Producer | None:
    if not isinstance(value, dict):
        return None
    name, epoch, seq = value.get("id"), value.get("epoch"), value.get("seq")
    if isinstance(name, str) and isinstance(epoch, int) and isinstance(seq, int):
        return Producer(name, epoch, seq)
    return None
