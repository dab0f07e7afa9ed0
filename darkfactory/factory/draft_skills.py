"""Have an agent word what no rule can: one small edit for each finding, kept in the record."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.domain.digest import short_hash
from darkfactory.domain.settings import AgentKind, AgentSettings
from darkfactory.errors import UnknownAgent
from darkfactory.evals.held_out import held_out
from darkfactory.evals.suite import NoSuite, load_suite, suite_folders
from darkfactory.events.stream import Stream
from darkfactory.factory.ask_agent import Answer, Asker, Question
from darkfactory.factory.eval_lab import Lab, held
from darkfactory.factory.learn import Learned
from darkfactory.factory.line import Line
from darkfactory.retro.delta import Dropped
from darkfactory.retro.draft_prompt import (
    LONGEST_SKILL,
    Shown,
    draft_id,
    draft_prompt,
    draft_title,
)
from darkfactory.retro.draft_wire import parse_delta
from darkfactory.retro.drafts import DRAFTED, Draft, draft_data, judged
from darkfactory.retro.excerpts import Excerpt, excerpt_of
from darkfactory.retro.finding import Finding
from darkfactory.retro.proposal import MOST_A_SKILL, MOST_IN_ALL
from darkfactory.retro.shelf import Shelved
from darkfactory.sessions.start import DIRECT, host_starter

AT_ONCE = 4
_ROOM = "retro"
_MOST_EXCERPTS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking about *finding*: a proposal's id, or why there is none.

    *trouble*: nobody answered, so that the next call asks again.
    """

    finding: str
    session: str
    proposal: str = ""
    why: str = ""
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Which findings *agent* is to be asked about; *known* are those that it was asked before."""

    agent: AgentSettings
    wanted: tuple[tuple[Finding, Shelved], ...]
    known: int

    @property
    def priced(self) -> int:
        """How many sessions cost something."""
        return 0 if self.agent.kind is AgentKind.MOCK else len(self.wanted)


def plan_drafts(line: Line, learned: Learned, agent: str, *, again: bool) -> Plan:
    """Return which of what was *learned* the agent called *agent* is to word.

    A finding is asked about once as long as the skill's texts are the same, unless *again*; and
    only as long as a person could be shown what comes of it.

    Raises:
        UnknownAgent: If lanes.yaml has no such agent.
    """
    known = line.settings.agents
    if agent not in known:
        raise UnknownAgent(agent, list(known))
    shown = Counter(one.skill for one in learned.proposals)
    room, wanted, before = MOST_IN_ALL - sum(shown.values()), [], 0
    for finding, skill in learned.unworded:
        last = learned.drafts.last(finding.id, skill.digest)
        if last is not None and not again:
            before += 1
        elif last is not None and last.delta is not None:
            wanted.append((finding, skill))
        elif shown[skill.name] < MOST_A_SKILL and room > 0:
            shown[skill.name] += 1
            room -= 1
            wanted.append((finding, skill))
    return Plan(known[agent], tuple(wanted), before)


def draft(
    line: Line, learned: Learned, plan: Plan, *, tell: Callable[[Asked], None]
) -> list[Asked]:
    """Ask about each finding of *plan*, judge the answers and record them (``retro.drafted``).

    Args:
        line: The factory.
        learned: What the plan was made of.
        plan: Which findings, and who words them.
        tell: Called with each answer once it is on record.

    Raises:
        EvalsRunning: If another command drafts.
        NotReady: If the surroundings are not ready.
        SuiteInvalid: If the scenarios of a skill are wrong.
    """
    lab = Lab(line.state, line.settings, _ROOM)
    shown = [(one, _shown(line, *one)) for one in plan.wanted]
    with held(line.state, _ROOM), host_starter(direct=os.environ.get(DIRECT) == "1") as start:
        asker = Asker(lab, lab.own.agents[plan.agent.name], start, _ROOM)
        work = _Work(line, learned, asker, tell)
        return asyncio.run(work.do([each for _, each in shown]))


class _Work:
    """One call of :func:`draft`."""

    def __init__(
        self, line: Line, learned: Learned, asker: Asker, tell: Callable[[Asked], None]
    ) -> None:
        self._line = line
        self._learned = learned
        self._asker = asker
        self._tell = tell
        self._room = asyncio.Semaphore(AT_ONCE)

    async def do(self, shown: Sequence[Shown]) -> list[Asked]:
        return list(await asyncio.gather(*(self._one(each) for each in shown)))

    async def _one(self, shown: Shown) -> Asked:
        finding, skill = shown.finding, shown.skill
        if len(skill.text) > LONGEST_SKILL:
            return self._told(Asked(finding.id, "", why="SKILL.md is too long to be shown"))
        question = Question(draft_id(finding), draft_title(finding), draft_prompt(shown))
        before = sum(
            (one.finding.id, one.tree) == (finding.id, skill.digest)
            for one in self._learned.drafts.every
        )
        async with self._room:
            answer = await self._asker.ask(question, before)
        if answer.trouble:
            return self._told(Asked(finding.id, answer.session, why=answer.trouble, trouble=True))
        return self._told(self._record(shown, answer))

    def _told(self, asked: Asked) -> Asked:
        self._tell(asked)
        return asked

    def _record(self, shown: Shown, answer: Answer) -> Asked:
        made = _draft(shown, answer, self._asker.agent.name)
        self._line.record.writer("retro").write(DRAFTED, draft_data(made), durable=True)
        return Asked(made.finding.id, made.session, made.proposal, made.why)


def _draft(shown: Shown, answer: Answer, agent: str) -> Draft:
    """Return what *answer* comes to."""
    delta = parse_delta(answer.text)
    made = delta if isinstance(delta, Dropped) else judged(shown, delta)
    finding, skill = shown.finding, shown.skill
    seen = tuple(name for name, _ in shown.tasks)
    told = (finding, skill.digest, agent, answer.session)
    if isinstance(made, Dropped) or isinstance(delta, Dropped):
        why = made.why if isinstance(made, Dropped) else ""
        return Draft(*told, why=why, seen=seen)
    return Draft(
        *told,
        delta=delta,
        proposal=made.id,
        patch=short_hash(made.patch),
        evidence=made.evidence,
        seen=seen,
    )


def _shown(line: Line, finding: Finding, skill: Shelved) -> Shown:
    return Shown(finding, skill, tuple(_excerpts(line, finding)), tuple(_tasks(line, skill.name)))


def _excerpts(line: Line, finding: Finding) -> Iterator[Excerpt]:
    for number, place in enumerate(finding.evidence[:_MOST_EXCERPTS], 1):
        log = Stream(line.state.streams, f"s/{place.session}")
        found = next((event for _, event in log.read(place.offset)), None)
        if found is not None and not found.posted:
            yield Excerpt(f"e{number}", place, excerpt_of(found))


def _tasks(line: Line, skill: str) -> Iterator[tuple[str, str]]:
    """Yield the scenarios of *skill* that are not held out, with what they ask for."""
    try:
        (folder,) = suite_folders(line.state.repository, skill)
    except NoSuite:
        return
    tasks = {one.id: one.prompt for one in load_suite(folder).scenarios}
    kept_back = held_out(skill, tasks)
    yield from ((name, text) for name, text in tasks.items() if name not in kept_back)
