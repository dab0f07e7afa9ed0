"""The session of a cell: started once, adopted when it runs, never thrown away when it is done."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from textwrap import shorten

import darkfactory
from darkfactory.agents.registry import adapter
from darkfactory.clock import SystemClock
from darkfactory.domain.event import Event
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Autonomy, Lane, WaffleLimits
from darkfactory.domain.session import Outcome, TurnEnd
from darkfactory.domain.settings import AgentKind, AgentSettings
from darkfactory.errors import NotReady
from darkfactory.evals.scenario import Scenario
from darkfactory.factory.eval_arms import Arm
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.launching import Running, adopted, readable
from darkfactory.gate.names import name_of
from darkfactory.processes.probe import probe
from darkfactory.sessions.confine import program_folders
from darkfactory.sessions.hosts import Found, HostState, find_host
from darkfactory.sessions.prepare import SessionRequest, prepare_session
from darkfactory.sessions.prompt import first_prompt
from darkfactory.sessions.recover import bury
from darkfactory.sessions.skill_copies import SessionSkills
from darkfactory.sessions.spec import SessionEnd, load_end
from darkfactory.sessions.start import StartHost
from darkfactory.sessions.story import read_story

_LANE = "evals"
_NEVER = WaffleLimits(warn=2.0, steer=2.0, nuke=2.0)
_LONGEST_TITLE = 80
_LONGEST_TROUBLE = 300
Trouble = Callable[[SessionEnd | None, Sequence[Event]], str]
_NO_PROOF = frozenset({Outcome.CRASHED, Outcome.NUKED, Outcome.CANCELLED})


class AgentWithoutServers(NotReady):
    """An agent that cannot be given the servers that a condition has."""

    code = "evals.mcp"

    def __init__(self, agent: str) -> None:
        super().__init__(
            f"agent {agent!r} cannot be given MCP servers",
            fix="leave the mcp conditions out for it: --condition, or --agent with another one",
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A cell to be done: *key* is the hash of all that decides what its session does."""

    scenario: Scenario
    arm: Arm
    agent: AgentSettings
    begin: str
    key: str


def trouble_of(end: SessionEnd | None, events: Sequence[Event]) -> str:
    """Return why what a session left says nothing of its agent, empty where it does say something.

    A crash, a cancel and a failure of the model's service do not; a limit that was reached does,
    unless it was the model that let the time pass.
    """
    if end is None:
        return "its host ended without a word"
    if end.outcome is Outcome.TIMED_OUT and not end.polite and _is_unanswered(events):
        return f"{end.outcome}: {end.reason}, and its model did not answer"
    limited = end.outcome in (Outcome.BUDGET, Outcome.TIMED_OUT)
    if end.outcome not in _NO_PROOF and (end.polite or limited):
        return ""
    return shorten(f"{end.outcome}: {end.reason}", _LONGEST_TROUBLE, placeholder=" …")


def _is_unanswered(events: Sequence[Event]) -> bool:
    """Tell whether nothing but the model was waited for when the session's time was over."""
    until = takewhile(lambda one: one.type != "session.ending", events)
    story = read_story(enumerate(one for one in until if not one.type.startswith("control.")))
    stalled = read_story(enumerate(events)).turn_end == TurnEnd.STALLED and not story.open_calls
    return stalled or story.retrying or not story.spoke


def next_session(lab: Lab, stem: str, trouble: Trouble = trouble_of) -> tuple[str, Found]:
    """Return the first session called *stem* and a number that is done, runs, or may be started.

    What was killed is brought to its orderly end. One with *trouble* is not done.
    """
    number = 1
    while True:
        session = f"{stem}-{number}"
        folder = os.fspath(lab.state.session(session))
        found = find_host(folder)
        if found.state is HostState.GONE:
            bury(folder)
            found = find_host(folder)
        if found.state is not HostState.ENDED:
            return session, found
        if not trouble(found.end, [event for _, event in lab.stream(session).read()]):
            return session, found
        lab.agents.release(session)
        number += 1


def was_done(lab: Lab, task: Task) -> bool:
    """Tell whether a session of *task* is there to be graded; nothing is touched."""
    for number in count(1):
        session = f"{_stem(task)}-{number}"
        folder = lab.state.session(session)
        if not folder.is_dir():
            return False
        end = load_end(os.fspath(folder))
        if end and not trouble_of(end, [event for _, event in lab.stream(session).read()]):
            return True
    return False


def _stem(task: Task) -> str:
    return f"s-{name_of(task.scenario.id)}-{task.key[:10]}"


@dataclass(frozen=True)
class Sessions:
    """Runs the sessions of a laboratory."""

    lab: Lab
    start: StartHost
    shown: Sequence[str]
    unconfined: bool = False

    def find(self, task: Task) -> tuple[str, Found]:
        """Return the session of *task* that is done or runs, else the next one to start."""
        return next_session(self.lab, _stem(task))

    def run(self, task: Task) -> tuple[str, Running | None]:
        """Make sure that the session of *task* runs; None: it is done.

        Raises:
            NotReady: If it cannot be started here.
        """
        session, found = self.find(task)
        if found.state is HostState.ENDED:
            return session, None
        if found.state is HostState.ALIVE:
            return session, adopted(self.lab.state, session, found, clock=SystemClock())
        return session, self._begin(task, session)

    def _begin(self, task: Task, session: str) -> Running:
        scenario, arm = task.scenario, task.arm
        if arm.servers and not adapter(task.agent.kind).capabilities.mcp:
            raise AgentWithoutServers(task.agent.name)
        lane = Lane(
            name=_LANE,
            agents=(task.agent.name,),
            autonomy=Autonomy.PROPOSE,
            budget=scenario.limits,
            waffle=_NEVER,
        )
        item = item_of(scenario)
        pool, skills = self.lab.agents, _skills(arm, task.agent.kind)
        request = SessionRequest(
            session=session,
            item=item,
            lane=lane,
            agent=task.agent,
            attempt=1,
            epoch=1,
            prompt=readable(first_prompt(item, lane, harness=None, skills=arm.text)),
            workspace=pool.reopen(session) or pool.lease(session, task.begin, exclude=skills.paths),
            budget=scenario.limits,
            skills=skills,
            mcp=arm.servers,
            hide=self.lab.secret,
            show=self._shown(arm),
            branch=self.lab.hub.base,
            unconfined=self.unconfined,
            until_loaded=scenario.skill if scenario.loads is not None else "",
        )
        prepared = prepare_session(
            request,
            state=self.lab.state,
            settings=self.lab.own,
            host=probe(),
            caller=os.environ,
        )
        return Running(session, None, self.start(prepared))

    def _shown(self, arm: Arm) -> tuple[str, ...]:
        """Return what the servers of *arm* must be able to read, wherever it lies."""
        programs = [folder for one in arm.servers for folder in program_folders(one.command)]
        ours = [os.path.dirname(darkfactory.__file__)] if arm.servers else []
        return (*self.shown, *programs, *ours)


def _skills(arm: Arm, kind: AgentKind) -> SessionSkills:
    """Return what *arm* installs for an agent of *kind*: copies where it looks."""
    shelves = adapter(kind).capabilities.skills.workspace
    paths = (f"{shelf}/{skill.name}" for shelf in shelves for skill, _ in arm.pairs)
    return SessionSkills(arm.pairs, again=arm.again, rules=arm.rules, paths=tuple(paths))


def item_of(scenario: Scenario) -> Item:
    """Return *scenario* as the item of its session.

    Its title would tell what is graded, so the item's is the first line of the prompt.
    """
    first = scenario.prompt.splitlines()[0].lstrip("# ").strip()
    title = first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1] + "…"
    return Item(scenario.id, title or scenario.id, scenario.prompt)
