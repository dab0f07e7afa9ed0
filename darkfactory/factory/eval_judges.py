"""Have an agent judge what cells left, each vote a session of its own, and nobody told the arm."""

import asyncio
import os
from dataclasses import dataclass, replace

from darkfactory.domain.settings import AgentSettings
from darkfactory.evals.judges import (
    TITLE,
    Exhibit,
    Vote,
    judge_prompt,
    judged_by,
    judged_checks,
    read_vote,
    settled,
    votes_of,
)
from darkfactory.evals.result import CellResult, CheckResult, Judging
from darkfactory.evals.scenario import Scenario
from darkfactory.factory.ask_agent import Answer, Asker, Question
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_session import Task
from darkfactory.gate.names import name_of
from darkfactory.gitio import reading
from darkfactory.sessions.spec import load_end
from darkfactory.sessions.start import StartHost
from darkfactory.sessions.story import read_story
from darkfactory.skills.checks import Check

_LANE = "judges"
_MOST_BYTES = 1 << 20
_DIFF = ("-p", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
_NO_ATTRIBUTES = ("-c", "attr.tree=.none")  # git 2.43 and newer would read them from HEAD


class _NoAnswer(Exception):
    """A judge has not answered; the text says why."""


@dataclass(frozen=True)
class Judges:
    """Judges cells of the laboratory *lab* by *agent*."""

    lab: Lab
    agent: AgentSettings
    start: StartHost

    async def judge(self, task: Task, result: CellResult) -> CellResult:
        """Return *result*, the one of *task*, with how the judged checks stand.

        One vote is asked for after the other, and none once more than half agree. Where a judge
        did not answer, the cell proves nothing yet: the next run asks again.

        Raises:
            NotReady: If a judge cannot be started here.
        """
        checks = judged_checks(task.scenario)
        if not checks or not result.proves or result.session is None:
            return result
        work = await asyncio.get_running_loop().run_in_executor(None, self._work, task, result)
        answers: list[Answer] = []
        try:
            marks = [await self._mark(check, result, work, answers) for check in checks]
        except _NoAnswer as error:
            return replace(
                result, completeness=None, strict=None, outcome="error", problem=str(error)
            )
        return replace(
            result,
            checks=_in_order(task.scenario, (*result.checks, *marks)),
            judging=self._judging(checks, answers),
        )

    async def _mark(
        self, check: Check, result: CellResult, work: Exhibit, answers: list[Answer]
    ) -> CheckResult:
        asker = Asker(self.lab, self.agent, self.start, _LANE)
        name = f"judge-{name_of(result.scenario)}"
        prompt = judge_prompt(str(check.body["rubric"]), work)
        question = Question(name, TITLE, prompt, about=f"{result.session} {check.id}")
        votes: list[Vote] = []
        while len(votes) < votes_of(check) and not settled(votes, votes_of(check)):
            answer = await asker.ask(question, len(votes))
            if answer.trouble:
                raise _NoAnswer(f"judge {self.agent.name} did not answer: {answer.trouble}")
            answers.append(answer)
            votes.append(read_vote(answer.text, work))
        return judged_by(check, votes)

    def _work(self, task: Task, result: CellResult) -> Exhibit:
        session = result.session or ""
        end = load_end(os.fspath(self.lab.state.session(session)))
        head = (end and end.head) or task.begin
        events = (event for _, event in self.lab.stream(session).read())
        words = read_story(enumerate(events)).last_words
        return Exhibit(task.scenario.prompt, words, self._diff(task.begin, head))

    def _diff(self, begin: str, head: str) -> str:
        place = f"--git-dir={self.lab.hub.path}"
        with reading(place, *_NO_ATTRIBUTES, "diff-tree", *_DIFF, begin, head, "--") as output:
            return output.read(_MOST_BYTES).decode("utf-8", "replace")

    def _judging(self, checks: tuple[Check, ...], answers: list[Answer]) -> Judging:
        costs = [one.cost_usd for one in answers]
        known = [cost for cost in costs if cost is not None]
        return Judging(
            self.agent.name,
            tuple(check.id for check in checks),
            len(answers),
            sum(one.tokens for one in answers),
            round(sum(known), 6) if len(known) == len(costs) else None,
        )


def _in_order(scenario: Scenario, marks: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """Return *marks* as the checks of *scenario* stand in its file."""
    places = {check.id: at for at, check in enumerate(scenario.checks)}
    return tuple(sorted(marks, key=lambda one: places[one.id]))
