"""One attempt at one item: find out what the facts say, start or adopt a session, settle its end.

Every step can be taken again after a crash: session ids follow from the item and the number of its
sessions, and the session's own lock keeps a second host away.
"""

import os
from collections.abc import Callable

from darkfactory.domain.item import PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import Step, attempts_used, next_step
from darkfactory.factory.land_alone import approve_alone
from darkfactory.factory.launching import Choice, Launcher, Running, adopted, lane_of
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow, offered_head
from darkfactory.gate.proof import prove
from darkfactory.gate.propose import Offer, abandon, propose, remind, send_back
from darkfactory.sessions.ending import ended_data
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import LOG_FILE, SessionEnd, load_end
from darkfactory.sessions.start import HostNotStarted, StartHost, start_host

Permit = Callable[[PlannedItem, Step], Lane | None]
"""Asked before an agent is started: the item's lane with the budget granted, or None: not now."""


class Attempts:
    """Starts, adopts and settles sessions for the jobs of one run. Safe to use from threads."""

    def __init__(
        self, line: Line, choice: Choice, permit: Permit, start: StartHost = start_host
    ) -> None:
        self._line = line
        self._asked_for = choice.asked_for
        self._permit = permit
        self._since = line.record.position
        self._launcher = Launcher(line, choice, start)

    def step(self, planned: PlannedItem) -> Step:
        """Return what the facts of this moment say is next for an item."""
        with self._line.lock:
            self._line.record.refresh()
            return self.judge(planned)

    def judge(self, planned: PlannedItem) -> Step:
        """Return what the record, as it was read last, says is next for an item."""
        with self._line.lock:
            return next_step(
                self._line.record.attempted(planned.item.id, since=self._since),
                self._line.record.changes.of_item(planned.item.id),
                attempts=lane_of(self._line, planned).attempts,
                asked_for=self._asked_for == planned.item.id,
            )

    def ensure(self, planned: PlannedItem) -> Running | None:
        """Make sure that a session of the item runs, if the facts want one and it is permitted.

        A running one is adopted and what an earlier one left is taken in without asking.
        """
        step = self.step(planned)
        rows = self._rows(planned)
        match step:
            case Step.NOTHING:
                return None
            case Step.SETTLE:
                self.settle(planned, rows[-1].id)
                return self.ensure(planned)
            case Step.ADOPT:
                return self._take_up(planned, rows[-1])
        lane = self._permit(planned, step)
        if lane is None:
            return None
        match step:
            case Step.RESUME:
                return self._launcher.resume(planned, lane, rows)
            case Step.REWORK:
                return self._launcher.rework(planned, lane, rows)
            case _:
                return self._launcher.start(planned, lane, rows)

    def settle(self, planned: PlannedItem, session: str) -> Outcome | None:
        """Take in how *session* ended: what it left becomes a change, its workspace is freed."""
        folder = os.fspath(self._line.state.session(session))
        end = load_end(folder) or bury(folder)
        with self._line.lock:
            self._line.record.refresh()
            unheard = session not in self._line.record.sessions
            change = self._line.record.changes.of_item(planned.item.id)
        if unheard:
            raise HostNotStarted(session, _last_words(folder))
        if end is None:
            return None
        if end.outcome is not Outcome.CRASHED:  # all that is offered lies in the hub
            self._line.agents_pool.release(session)
        head = offered_head(ended_data(end), session, change)
        if head is not None:
            self._propose(planned, session, end, head)
        return end.outcome

    def _propose(self, planned: PlannedItem, session: str, end: SessionEnd, head: str) -> None:
        with self._line.lock:
            room = self._line.gate("run")
            told = self._line.record.sessions[session].started.data
        enforced = tuple(map(str, told.get("enforced") or ()))
        offer = Offer(planned, session, head, end.summary, end.notes, end.epoch, enforced)
        change, stands = propose(room, offer)
        if stands:
            approve_alone(self._line, lane_of(self._line, planned), change)
            prove(room, room.find(change.id))
            return
        if change.wants_answers or change.wants_mending:
            remind(room, change)
            return
        with self._line.lock:
            self._line.record.refresh()
            used = attempts_used(self._line.record.attempted(planned.item.id))
        if used < lane_of(self._line, planned).attempts:
            send_back(room, change)
        else:
            abandon(room, change, "red, and no attempt is left")

    def _take_up(self, planned: PlannedItem, row: SessionRow) -> Running | None:
        """Adopt a running session; bury a killed one and see what the facts want then."""
        folder = os.fspath(self._line.state.session(row.id))
        found = find_host(folder)
        if found.state is HostState.ALIVE:
            return adopted(self._line.state, row.id, found, clock=self._line.clock)
        if found.state is HostState.UNSTARTED:  # its folder is lost: nobody can go on there
            lane = self._permit(planned, Step.START)
            rows = self._rows(planned)
            return None if lane is None else self._launcher.start(planned, lane, rows)
        bury(folder)
        with self._line.lock:
            self._line.record.refresh()
        return self.ensure(planned)

    def _rows(self, planned: PlannedItem) -> list[SessionRow]:
        with self._line.lock:
            return self._line.record.sessions_of(planned.item.id)


def _last_words(folder: str) -> str:
    """Return the end of what a session host complained of before it could write its log."""
    try:
        with open(os.path.join(folder, LOG_FILE), encoding="utf-8", errors="replace") as file:
            said = file.read().strip()
    except OSError:
        said = ""
    return said.splitlines()[-1][:500] if said else "it said nothing"
