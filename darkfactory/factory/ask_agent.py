"""Ask an agent one question: it may only read, in an empty workspace, far from every lane.

It is a session like any other, with a host, a fence, limits and a log, in a laboratory.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.clock import SystemClock
from darkfactory.domain.event import Event
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Autonomy, Budget, Lane, WaffleLimits
from darkfactory.domain.session import Outcome
from darkfactory.domain.settings import AgentSettings
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_plan import identity
from darkfactory.factory.eval_session import next_session
from darkfactory.factory.launching import Running, adopted, readable
from darkfactory.factory.waiting import gone
from darkfactory.processes.probe import probe
from darkfactory.sessions.hosts import HostState
from darkfactory.sessions.prepare import SessionRequest, prepare_session
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import SessionEnd, load_end
from darkfactory.sessions.start import StartHost
from darkfactory.sessions.story import read_story

BUDGET = Budget(tokens=200_000, minutes=10, turns=20)
_NEVER = WaffleLimits(warn=2.0, steer=2.0, nuke=2.0)
_SILENCE_SECONDS = 300.0
_KEY = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is asked: *prompt* holds all of it, *name* and *title* are its item's.

    *about* tells apart what is asked in the same words about two things.
    """

    name: str
    title: str
    prompt: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The last words of *session*; *trouble* tells why it has none that count.

    *tokens* is what it has used; *cost_usd* is None where nobody told.
    """

    session: str
    text: str = ""
    trouble: str = ""
    tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True)
class Asker:
    """Asks *agent*, in the laboratory *lab*: the same question is asked once, whatever was killed.

    *lane* is what its sessions call their lane.
    """

    lab: Lab
    agent: AgentSettings
    start: StartHost
    lane: str

    async def ask(self, question: Question, asked_before: int) -> Answer:
        """Return what the agent answers; a session that runs or has answered is taken as it is.

        Args:
            question: What it is asked.
            asked_before: How often it was asked already by who wants another answer.

        Raises:
            NotReady: If it cannot be started here.
        """
        loop = asyncio.get_running_loop()
        stem = f"s-{question.name}-{self._key(question, asked_before)}"
        session, running = await loop.run_in_executor(None, self._begun, question, stem)
        if running is not None:
            await gone(running, stopped_seconds=_SILENCE_SECONDS)
        return await loop.run_in_executor(None, self._answer, session)

    def _key(self, question: Question, asked_before: int) -> str:
        decides = [question.prompt, identity(self.lab, self.agent), self.agent.name, asked_before]
        decides += [question.about] if question.about else []
        told = json.dumps(decides, sort_keys=True, default=str)
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:_KEY]

    def _begun(self, question: Question, stem: str) -> tuple[str, Running | None]:
        session, found = next_session(self.lab, stem, _trouble)
        if found.state is HostState.ENDED:
            return session, None
        if found.state is HostState.ALIVE:
            return session, adopted(self.lab.state, session, found, clock=SystemClock())
        pool = self.lab.agents
        request = SessionRequest(
            session=session,
            item=Item(question.name, question.title, question.prompt),
            lane=Lane(
                name=self.lane,
                agents=(self.agent.name,),
                autonomy=Autonomy.OBSERVE,
                budget=BUDGET,
                waffle=_NEVER,
            ),
            agent=self.agent,
            attempt=1,
            epoch=1,
            prompt=readable(question.prompt),
            workspace=pool.reopen(session) or pool.lease(session, self.lab.begin_empty()),
            budget=BUDGET,
            hide=self.lab.secret,
            branch=self.lab.hub.base,
        )
        prepared = prepare_session(
            request,
            state=self.lab.state,
            settings=self.lab.own,
            host=probe(),
            caller=os.environ,
        )
        return session, Running(session, None, self.start(prepared))

    def _answer(self, session: str) -> Answer:
        folder = os.fspath(self.lab.state.session(session))
        end = load_end(folder) or bury(folder)
        self.lab.put_away(session)
        events = [event for _, event in self.lab.stream(session).read()]
        trouble = _trouble(end, events)
        if end is None or trouble:
            return Answer(session, trouble=trouble)
        words = read_story(enumerate(events)).last_words
        return Answer(session, words, tokens=end.tokens, cost_usd=end.cost_usd or None)


def _trouble(end: SessionEnd | None, _events: Sequence[Event]) -> str:
    """Return why what a session left is no answer, empty where it is one: half of one is none."""
    if end is None:
        return "its host ended without a word"
    return "" if end.outcome is Outcome.REPORTED else f"{end.outcome}: {end.reason}"
