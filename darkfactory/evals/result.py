"""What one cell came to: one scenario under one condition, done by one agent once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FILE = "results.jsonl"
"""What the results of one run are written to."""
GRADED = "graded"
"""The outcome of a cell whose session ended by itself."""
UNGRADED = frozenset({"error", "leaked"})
"""Outcomes of cells that prove nothing: ours failed, or the hidden part was seen."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether one check of a scenario held. *rule* is the non-negotiable that it proves.

    Where nobody could tell (*decided* is false) it has not passed, and says nothing of its rule.
    """

    id: str
    passed: bool
    weight: float = 1.0
    rule: str | None = None
    why: str = ""
    decided: bool = True

    @property
    def word(self) -> str:
        """How it stands."""
        if not self.decided:
            return "unknown"
        return "passed" if self.passed else "failed"


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """How the own check of a non-negotiable stood in one cell.

    *place* is where the rule stood in the skill that the session had: ``top``, ``late``, the path
    of a reference, empty for nowhere; None: it had no such skill. *kept* is None where the check
    judged nothing. *offset* is where in the session's log it shows, None if at no one place.
    """

    place: str | None = None
    kept: bool | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class SkillTrace:
    """What the log of a session tells of the skill that is tried.

    *opened* are the files of the skill that it read, each with the offset in the log; None where
    the log names no tool call at all, so that nobody can know. *query* is the task of a session
    that was given the skill and did not load it.
    """

    opened: Mapping[str, int] | None = None
    rules: Mapping[str, RuleSeen] = field(default_factory=dict)
    query: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """What judges were asked of one cell: *checks* are those that *agent* judged.

    *votes* are its answers and *tokens* what they took; *cost_usd* is None where a cost is unknown.
    """

    agent: str
    checks: tuple[str, ...]
    votes: int = 0
    tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell. Where nothing could be graded, *completeness* and *strict* are None.

    *outcome* is ``graded``, or what else happened: ``timed_out``, ``budget``, ``crashed``, … for
    sessions that were graded as they were left, ``error`` and ``leaked`` for cells that prove
    nothing. *key* is the hash of all that the result depends on, *tree* that of the skill that was
    tried, *version* that of the agent's program, *model_asked* the one of
    lanes.yaml. *expect_fail*: a session that is given nothing is
    meant to fail the scenario. *trace* is None where no log of ours was read. *judging* is what it
    took to have a model judge it, which is no cost of the cell.
    """

    scenario: str
    condition: str
    agent: str
    repeat: int = 1
    completeness: float | None = None
    strict: bool | None = None
    session: str | None = None
    checks: tuple[CheckResult, ...] = ()
    outcome: str = GRADED
    problem: str = ""
    skill: str | None = None
    key: str | None = None
    tree: str | None = None
    model: str | None = None
    model_asked: str | None = None
    version: str | None = None
    kind: str = "task"
    expect_fail: bool = False
    block: int | None = None
    isolation_passed: bool | None = None
    skills_loaded: tuple[str, ...] | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    seconds: float | None = None
    turns: int | None = None
    trace: SkillTrace | None = None
    judging: Judging | None = None

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Which cell of the matrix it is."""
        return self.scenario, self.condition, self.agent, self.repeat

    @property
    def proves(self) -> bool:
        """Whether it counts in a comparison."""
        return self.outcome not in UNGRADED and self.completeness is not None

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass; one without weight that nobody could tell is none."""
        open_ = (check for check in self.checks if not check.passed)
        return tuple(check for check in open_ if check.decided or check.weight > 0)

    @property
    def rules(self) -> dict[str, bool]:
        """Whether each non-negotiable that was judged was kept.

        Checks of the scenario and the rule's own judge it, and it must hold for all of them.
        """
        judged = {} if self.trace is None else self.trace.rules
        kept = {rule: seen.kept for rule, seen in judged.items() if seen.kept is not None}
        for check in self.checks:
            if check.rule is not None and check.decided:
                kept[check.rule] = check.passed and kept.get(check.rule, True)
        open_ = {check.rule for check in self.checks if not check.decided}
        return {rule: held for rule, held in kept.items() if not held or rule not in open_}

    @property
    def rules_kept(self) -> bool | None:
        """Whether every non-negotiable was kept; None where none was judged."""
        held = self.rules
        return all(held.values()) if held else None


def grade(checks: Iterable[CheckResult]) -> tuple[float, bool]:
    """Return completeness (the share of the weight that passed) and strict (all with weight did).

    A check without weight is reported and counts for nothing.
    """
    counting = [check for check in checks if check.weight > 0]
    total = sum(check.weight for check in counting)
    passed = sum(check.weight for check in counting if check.passed)
    return (passed / total if total else 1.0), all(check.passed for check in counting)
