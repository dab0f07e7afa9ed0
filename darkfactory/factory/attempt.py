"""One attempt at one item: find out what the facts say, start or adopt a session, settle its end.

Every step can be taken again after a crash: session ids follow from the item and the number of its
sessions, and the session's own lock keeps a second host away.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from darkfactory.agents.registry import adapter
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.domain.session import Outcome
from darkfactory.domain.settings import AgentSettings
from darkfactory.events.stream import Stream
from darkfactory.factory.disposition import Step, next_step
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow, offers_work
from darkfactory.factory.skills import lane_skills
from darkfactory.factory.words import lessons_of, rework_message
from darkfactory.gate.propose import Offer, abandon, propose, send_back
from darkfactory.processes.identity import ProcessId
from darkfactory.processes.probe import probe
from darkfactory.sessions.ending import ended_data
from darkfactory.sessions.hosts import Found, HostState, find_host
from darkfactory.sessions.prepare import SessionRequest, prepare_session
from darkfactory.sessions.prompt import first_prompt, resume_prompt, rework_prompt
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import LOG_FILE, SessionEnd, load_end, load_spec
from darkfactory.sessions.start import HostNotStarted, start_host
from darkfactory.sessions.story import read_story


@dataclass(frozen=True, slots=True)
class Running:
    """A session whose host runs. *child* is its handle when this process started it."""

    session: str
    process: ProcessId | None
    child: "subprocess.Popen[bytes] | None" = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """How this run works: options of the command line."""

    agent: str | None = None
    unconfined: bool = False
    asked_for: str | None = None


class Attempts:
    """Starts, adopts and settles sessions for the jobs of one run. Safe to use from threads."""

    def __init__(self, line: Line, choice: Choice) -> None:
        self._line = line
        self._choice = choice

    def step(self, planned: PlannedItem) -> Step:
        """Return what the facts say is next for an item."""
        with self._line.lock:
            self._line.record.refresh()
            lane = self._lane(planned)
            return next_step(
                self._line.record.attempted(planned.item.id),
                self._line.record.changes.of_item(planned.item.id),
                attempts=lane.attempts,
                asked_for=self._choice.asked_for == planned.item.id,
            )

    def ensure(self, planned: PlannedItem, budget_lane: Lane) -> Running | None:
        """Make sure that a session of the item runs, if the facts want one; None if they do not.

        Args:
            budget_lane: The item's lane with the budget that this session is granted.
        """
        step = self.step(planned)
        rows = self._line.record.sessions_of(planned.item.id)
        match step:
            case Step.NOTHING:
                return None
            case Step.SETTLE:
                self.settle(planned, rows[-1].id)
                return self.ensure(planned, budget_lane)
            case Step.RESUME:
                return self._take_up(planned, budget_lane, rows[-1])
            case Step.REWORK:
                return self._rework(planned, budget_lane, rows)
            case Step.START:
                return self._start(planned, budget_lane, rows)

    def settle(self, planned: PlannedItem, session: str) -> Outcome | None:
        """Take in how *session* ended: what it left becomes a change, its workspace is freed."""
        folder = os.fspath(self._line.state.session(session))
        end = load_end(folder) or bury(folder)
        with self._line.lock:
            self._line.record.refresh()
            unheard = session not in self._line.record.sessions
        if unheard:
            raise HostNotStarted(session, _last_words(folder))
        if end is None:
            return None
        if offers_work(ended_data(end)):
            self._propose(planned, session, end)
        if end.outcome is not Outcome.CRASHED:
            self._line.agents_pool.release(session)
        return end.outcome

    def _propose(self, planned: PlannedItem, session: str, end: SessionEnd) -> None:
        with self._line.lock:
            room = self._line.gate("run")
        offer = Offer(planned, session, end.head or "", end.summary, end.notes)
        change, green = propose(room, offer)
        if green:
            return
        with self._line.lock:
            self._line.record.refresh()
            used = sum(one.ends_in_run for one in self._line.record.attempted(planned.item.id))
        if used < self._lane(planned).attempts:
            send_back(room, change)
        else:
            abandon(room, change, "red, and no attempt is left")

    def _take_up(self, planned: PlannedItem, lane: Lane, row: SessionRow) -> Running | None:
        """Adopt a running session; bury a killed one and go on with its conversation."""
        folder = os.fspath(self._line.state.session(row.id))
        found = find_host(folder)
        if found.state is HostState.ALIVE:
            return Running(row.id, found.process)
        if found.state is HostState.GONE:
            bury(folder)
            with self._line.lock:
                self._line.record.refresh()
            return self.ensure(planned, lane)
        if found.state is HostState.ENDED and row.outcome is None:
            bury(folder)  # it ended, but was killed before the factory stream heard of it
            with self._line.lock:
                self._line.record.refresh()
            return self.ensure(planned, lane)
        return self._resume(planned, lane, row, "its host was killed", found)

    def _resume(
        self, planned: PlannedItem, lane: Lane, row: SessionRow, reason: str, found: Found
    ) -> Running:
        end = found.end
        native = end.native if end else None
        agent = self._agent(lane, row)
        story = read_story(Stream(self._line.state.streams, f"s/{row.id}").read())
        if native is None or not story.spoke or not adapter(agent.kind).capabilities.resume:
            return self._start(planned, lane, self._line.record.sessions_of(planned.item.id))
        skills = lane_skills(self._line, lane, row.id)
        prompt = resume_prompt(planned.item, reason, mention=skills.mention)
        return self._again(planned, lane, row, agent, prompt, native)

    def _rework(self, planned: PlannedItem, lane: Lane, rows: Sequence[SessionRow]) -> Running:
        """Send a change back to the conversation that made it, or to a fresh one about it."""
        change = self._line.record.changes.of_item(planned.item.id)
        row = next((row for row in reversed(rows) if change and row.id == change.session), None)
        message, head = (rework_message(change), change.head) if change else ("", None)
        end = load_end(os.fspath(self._line.state.session(row.id))) if row else None
        agent = self._agent(lane, row)
        if (
            row is None
            or end is None
            or end.native is None
            or not adapter(agent.kind).capabilities.resume
        ):
            return self._start(planned, lane, rows, lessons=message, at=head)
        skills = lane_skills(self._line, lane, row.id)
        prompt = rework_prompt(planned.item, message, mention=skills.mention)
        return self._again(planned, lane, row, agent, prompt, end.native, at=head)

    def _again(
        self,
        planned: PlannedItem,
        lane: Lane,
        row: SessionRow,
        agent: AgentSettings,
        prompt: str,
        native: str,
        *,
        at: str | None = None,
    ) -> Running:
        """Open a session once more: the same id, stream, home and conversation, one epoch later."""
        spec = load_spec(os.fspath(self._line.state.session(row.id)))
        story = read_story(Stream(self._line.state.streams, f"s/{row.id}").read())
        workspace = self._line.agents_pool.reopen(row.id) or self._line.agents_pool.lease(
            row.id, at or self._base()
        )
        skills = lane_skills(self._line, lane, row.id)
        request = SessionRequest(
            session=row.id,
            item=planned.item,
            lane=lane,
            agent=agent,
            attempt=row.attempt,
            epoch=(spec.epoch if spec else 0) + 1,
            prompt=prompt,
            workspace=workspace,
            budget=lane.budget,
            trigger="resume",
            resume=native,
            skills=skills.pairs,
            branch=self._line.hub.base,
            total_before=story.tokens,
            cost_before=story.cost,
            requests_before=story.requests,
            unconfined=self._choice.unconfined,
        )
        return self._launch(request)

    def _start(
        self,
        planned: PlannedItem,
        lane: Lane,
        rows: Sequence[SessionRow],
        *,
        lessons: str = "",
        at: str | None = None,
    ) -> Running:
        """Start a fresh attempt, which knows what earlier ones learned."""
        number = len(rows) + 1
        session = session_id(planned.item.id, number)
        found = find_host(os.fspath(self._line.state.session(session)))
        if found.state is HostState.ALIVE:  # started by a run that was killed before it said so
            return Running(session, found.process)
        skills = lane_skills(self._line, lane, session)
        workspace = self._line.agents_pool.lease(session, at or self._base())
        prompt = first_prompt(
            planned.item,
            lane,
            harness=lane.harness or self._line.settings.harness.command,
            non_negotiables=skills.block,
            lessons=lessons or lessons_of(self._line, rows),
        )
        request = SessionRequest(
            session=session,
            item=planned.item,
            lane=lane,
            agent=self._agent(lane, None, rows),
            attempt=number,
            epoch=1,
            prompt=prompt,
            workspace=workspace,
            budget=lane.budget,
            skills=skills.pairs,
            branch=self._line.hub.base,
            unconfined=self._choice.unconfined,
        )
        return self._launch(request)

    def _launch(self, request: SessionRequest) -> Running:
        prepared = prepare_session(
            request,
            state=self._line.state,
            settings=self._line.settings,
            host=probe(),
            caller=self._line.caller,
        )
        child = start_host(prepared)
        return Running(request.session, None, child)

    def _agent(
        self, lane: Lane, row: SessionRow | None, rows: Sequence[SessionRow] = ()
    ) -> AgentSettings:
        """Return who works: the one of a conversation; else the lane's next after each nuke."""
        agents = self._line.settings.agents
        if row is not None and row.agent in agents:
            return agents[row.agent]
        if self._choice.agent is not None:
            return agents[self._choice.agent]
        nuked = sum(row.outcome is Outcome.NUKED for row in rows)
        return agents[lane.agents[min(nuked, len(lane.agents) - 1)]]

    def _lane(self, planned: PlannedItem) -> Lane:
        lane = self._line.settings.lane(planned.lane)
        return lane if lane is not None else replace(self._line.settings.lanes[0])

    def _base(self) -> str:
        return self._line.hub.sync_base().commit


def session_id(item: str, number: int) -> str:
    """Return the id of the *number*-th session of *item*: the same facts give the same id."""
    return f"s-{re.sub(r'[^A-Za-z0-9._-]', '-', item)[:60]}-{number}"


def _last_words(folder: str) -> str:
    """Return the end of what a session host complained of before it could write its log."""
    try:
        with open(os.path.join(folder, LOG_FILE), encoding="utf-8", errors="replace") as file:
            said = file.read().strip()
    except OSError:
        said = ""
    return said.splitlines()[-1][:500] if said else "it said nothing"
