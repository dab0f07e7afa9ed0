"""A factory that exists only as its record: events written by hand, read by the real code."""

from pathlib import Path
from typing import Any

from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.line import Line
from darkfactory.factory.plans import plan_events
from darkfactory.factory.record import Record
from tests.fakes.gates import SETTINGS, ManualClock


class ToldFactory:
    """Writes the events that a test tells, and gives a line that reads them."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        self.state = StateFolder(folder / ".darkfactory")
        self.state.root.mkdir()
        self.clock = ManualClock()
        self.line = Line(self.state, settings, Record(self.state), clock=self.clock)

    def tell(
        self,
        type_: str,
        session: str | None = None,
        *,
        stream: str = "factory",
        in_epoch: int = 1,
        agent: str | None = None,
        **data: Any,
    ) -> None:
        """Append one event to a stream."""
        target = Stream(self.state.streams, stream)
        writer = Writer(target, producer="test", epoch=in_epoch, session=session, clock=self.clock)
        writer.write(type_, data, agent=agent)
        target.close()
        self.line.record.refresh()

    def plan(self, *items: str, lane: str = "bugs") -> None:
        """Store a plan of these items."""
        rows = tuple(
            PlannedItem(Item(item, f"Do {item}"), lane, rank, ())
            for rank, item in enumerate(items, 1)
        )
        plan = Plan(" ".join(items), rows)
        backlog = Backlog(tuple(row.item for row in rows))
        Writer(self.line.record.stream, producer="triage", clock=self.clock).write_all(
            plan_events(plan, backlog, ())
        )
        self.line.record.refresh()

    def start(self, item: str, number: int = 1, **data: Any) -> str:
        """Tell that a session of *item* started; return its id."""
        session = f"s-{item}-{number}"
        more = {"item": item, "title": f"Do {item}", "lane": "bugs", "attempt": number}
        self.tell("session.started", session, agent="mock", **{**more, **data})
        return session

    def end(self, session: str, outcome: str, *, epoch: int = 1, **data: Any) -> None:
        """Tell that *session* ended."""
        item = session.removeprefix("s-").rpartition("-")[0]
        told = {"item": item, "outcome": outcome, "reason": "it did", "polite": True, **data}
        self.tell("session.ended", session, in_epoch=epoch, agent="mock", **told)

    def propose(self, item: str, session: str, head: str = "h", **data: Any) -> str:
        """Tell that *session* proposed *head*; return the change's id."""
        told = {"item": item, "lane": "bugs", "title": f"Do {item}", "revision": 1, "base": "b"}
        facts = {"change": f"c-{item}", "head": head, "patch_id": head, "epoch": 1, "files": 1}
        self.tell("change.proposed", session, **{**told, **facts, **data})
        return f"c-{item}"

    def wait(self, item: str, session: str, head: str = "h") -> str:
        """Tell all that brings a change of *item* to the gate; return its id."""
        change = self.propose(item, session, head)
        self.tell("change.checked", session, change=change, item=item, result="pass", green=True)
        self.tell("change.waiting", session, change=change, item=item)
        return change
