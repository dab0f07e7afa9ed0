"""Start sessions: fresh ones, and conversations that are taken up again."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from darkfactory.agents.registry import adapter
from darkfactory.clock import Clock
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.lane import Budget, Lane
from darkfactory.domain.session import Outcome
from darkfactory.domain.settings import AgentSettings
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from darkfactory.factory.calibrate_waffle import lane_calibrations
from darkfactory.factory.host_room import check_disk
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.factory.skills import kept_skills, new_skills
from darkfactory.factory.words import lessons_of, rework_message
from darkfactory.gate.judging import commit_to_rework
from darkfactory.gate.names import name_of
from darkfactory.gate.record import ASKED_ANEW, MACHINES
from darkfactory.processes.identity import ProcessId
from darkfactory.processes.probe import probe
from darkfactory.sessions.ending import REWORKED
from darkfactory.sessions.hosts import Found, HostState, find_host
from darkfactory.sessions.inbox import waiting_answers
from darkfactory.sessions.prepare import SessionRequest, prepare_session
from darkfactory.sessions.prompt import first_prompt, resume_prompt, rework_prompt
from darkfactory.sessions.spec import SessionEnd, load_end, load_spec
from darkfactory.sessions.start import HostProcess, StartHost, start_host
from darkfactory.sessions.story import Story, read_story
from darkfactory.waffle.calibration_file import calibration_json

_MOMENT_SECONDS = 0.05
_CUT_OFF = "the agent or its host was killed"
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True)
class Running:
    """A session whose host runs. *child* is its handle when this process started it."""

    session: str
    process: ProcessId | None
    child: HostProcess | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """How this run works: options of the command line."""

    agent: str | None = None
    unconfined: bool = False
    asked_for: str | None = None


@dataclass(slots=True)
class _Again:
    """A conversation to go on with: *at* tells the commit to lay out where its workspace is gone.

    *asked*: a person wants it, whatever it has used up.
    """

    row: SessionRow
    agent: AgentSettings
    native: str
    story: Story
    at: Callable[[], str]
    asked: bool = False
    trigger: str = "resume"


class Launcher:
    """Starts sessions for one run. Safe to use from threads, for one item at a time."""

    def __init__(self, line: Line, choice: Choice, start: StartHost = start_host) -> None:
        self._line = line
        self._choice = choice
        self._start_host = start

    def resume(self, planned: PlannedItem, lane: Lane, rows: Sequence[SessionRow]) -> Running:
        """Go on with the last conversation, which was cut off, if the agent had begun and can."""
        row = rows[-1]
        end, agent, story = self._end(row), self._agent(lane, row), self._story(row)
        if end is None or not story.spoke or not _resumes(agent, end):
            return self.start(planned, lane, rows)
        again = _Again(row, agent, str(end.native), story, self._base)
        return self._again(
            planned,
            lane,
            again,
            lambda mention: resume_prompt(
                planned.item, _CUT_OFF, mention=mention, answers=self._answers(row, story)
            ),
        )

    def rework(self, planned: PlannedItem, lane: Lane, rows: Sequence[SessionRow]) -> Running:
        """Send a change back to the conversation that made it, or to a fresh one about it."""
        with self._line.lock:
            room = self._line.gate("run")
        change = room.find(planned.item.id)
        row = next((row for row in reversed(rows) if row.id == change.session), None)
        end, agent = self._end(row), self._agent(lane, row, rows)
        message = rework_message(change)
        if row is None or end is None or not _resumes(agent, end):
            if rows[-1].outcome is Outcome.NUKED:
                message = f"{message}\n\n{lessons_of(self._line, rows, change)}"
            at = commit_to_rework(room, change)
            return self.start(planned, lane, rows, lessons=message, at=at)
        story = self._story(row)
        again = _Again(row, agent, str(end.native), story, lambda: commit_to_rework(room, change))
        again.asked = change.by not in MACHINES or change.reason in ASKED_ANEW
        again.trigger = REWORKED
        return self._again(
            planned,
            lane,
            again,
            lambda mention: rework_prompt(planned.item, message, mention=mention),
        )

    def _again(
        self, planned: PlannedItem, lane: Lane, again: _Again, prompt: Callable[[str], str]
    ) -> Running:
        """Open a session once more: the same id, stream, home and conversation, one epoch later.

        Args:
            prompt: Makes the prompt of the words that mention the session's skills.
        """
        check_disk(self._line.state.root)
        row, story, pool = again.row, again.story, self._line.agents_pool
        spec = load_spec(os.fspath(self._line.state.session(row.id)))
        skills = kept_skills(self._line, lane, row.id, planned.item.id, again.agent.kind)
        own = lane_of(self._line, planned).budget
        request = SessionRequest(
            session=row.id,
            item=planned.item,
            lane=lane,
            agent=again.agent,
            attempt=row.attempt,
            epoch=(spec.epoch if spec else 0) + 1,
            prompt=readable(prompt(skills.again)),
            workspace=pool.reopen(row.id) or pool.lease(row.id, again.at(), exclude=skills.paths),
            budget=further(own, lane.budget, story, asked=again.asked),
            trigger=again.trigger,
            resume=again.native,
            branch=self._line.hub.base,
            skills=skills,
            total_before=story.tokens,
            cost_before=story.cost,
            requests_before=story.requests,
            unconfined=self._choice.unconfined,
        )
        return self._launch(request)

    def start(
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
            return adopted(self._line.state, session, found, clock=self._line.clock)
        check_disk(self._line.state.root)
        pool = self._line.agents_pool
        for row in rows:
            pool.release(row.id)
        change = self._line.record.changes.of_item(planned.item.id)
        agent = self._agent(lane, None, rows)
        skills = new_skills(self._line, lane, session, planned.item.id, agent.kind)
        prompt = first_prompt(
            planned.item,
            lane,
            harness=lane.harness or self._line.settings.harness.command,
            skills=skills.first,
            lessons=lessons or lessons_of(self._line, rows, change),
        )
        request = SessionRequest(
            session=session,
            item=planned.item,
            lane=lane,
            agent=agent,
            attempt=number,
            epoch=1,
            prompt=readable(prompt),
            workspace=pool.reopen(session)
            or pool.lease(session, at or self._base(), exclude=skills.paths),
            budget=lane.budget,
            branch=self._line.hub.base,
            skills=skills,
            unconfined=self._choice.unconfined,
        )
        return self._launch(request)

    def _launch(self, request: SessionRequest) -> Running:
        known = lane_calibrations(self._line.state.repository).get(request.lane.name)
        prepared = prepare_session(
            replace(request, calibration=calibration_json(known) if known else None),
            state=self._line.state,
            settings=self._line.settings,
            host=probe(),
            caller=self._line.caller,
        )
        return Running(request.session, None, self._start_host(prepared))

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

    def _answers(self, row: SessionRow, story: Story) -> list[tuple[str, str]]:
        """Return what was answered while nobody ran the session: commands, and what was said."""
        commands = {**story.unanswered, **story.approvals}
        found = waiting_answers(self._line.state.streams, row.id, story)
        return [(commands[request], op) for request, op in found]

    def _base(self) -> str:
        return self._line.hub.sync_base().commit

    def _story(self, row: SessionRow) -> Story:
        return read_story(Stream(self._line.state.streams, f"s/{row.id}").read())

    def _end(self, row: SessionRow | None) -> SessionEnd | None:
        return load_end(os.fspath(self._line.state.session(row.id))) if row else None


def lane_of(line: Line, planned: PlannedItem) -> Lane:
    """Return the lane of *planned* as lanes.yaml has it."""
    return line.settings.lane(planned.lane) or line.settings.lanes[0]


def adopted(state: StateFolder, session: str, found: Found, *, clock: Clock) -> Running:
    """Return a running session, once its host has said who it is."""
    while found.state is HostState.ALIVE and found.process is None:
        clock.sleep(_MOMENT_SECONDS)
        found = find_host(os.fspath(state.session(session)))
    return Running(session, found.process)


def further(own: Budget, granted: Budget, story: Story, *, asked: bool) -> Budget:
    """Return the limits of a session that goes on: they count from its first start.

    Args:
        own: What its lane gives a session in all.
        granted: What the run has left for it now.
        asked: A person sent it back: then it gets what a new session gets, on top.
    """
    return Budget(
        tokens=_further(own.tokens, granted.tokens, story.tokens, asked=asked),
        usd=_further(own.usd, granted.usd, story.cost, asked=asked),
        minutes=granted.minutes,
        turns=_further(own.turns, granted.turns, story.requests, asked=asked),
    )


def _further(own: _N | None, granted: _N | None, used: _N, *, asked: bool) -> _N | None:
    if granted is None:
        return None
    return used + granted if asked or own is None else min(max(own, used), used + granted)


def _resumes(agent: AgentSettings, end: SessionEnd) -> bool:
    """Tell whether *agent* can take up the conversation that *end* left, and is to."""
    if end.outcome is Outcome.NUKED:
        return False
    return end.native is not None and adapter(agent.kind).capabilities.resume


def readable(text: str) -> str:
    """Return *text* fit to be written down: what is no character is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def session_id(item: str, number: int) -> str:
    """Return the id of the *number*-th session of *item*: the same facts give the same id."""
    return f"s-{name_of(item)}-{number}"
