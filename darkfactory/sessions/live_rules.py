"""The non-negotiables of a session, judged while it works and when it ends.

What a call breaks for good is told at once. All else depends on what the session leaves, so it is
judged on its tree and its whole log when the session ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.skills.checks import Check, CheckInvalid, Tree, judge, parse_check, trace_of
from darkfactory.skills.checks.patterns import Patience, TooSlow, patient
from darkfactory.skills.checks.trace import Call, TraceReader, broken_for_good, concerns, reason_of

VIOLATED = "nn.violated"
KEPT = "nn.kept"


@dataclass(slots=True)
class _Rule:
    """One rule with a check. *calls* are those that concern it; *over*: nothing is left to tell.

    It was told as broken for good, or its patterns have used up their *patience*.
    """

    id: str
    skill: str
    check: Check
    calls: list[Call] = field(default_factory=list)
    over: bool = False
    patience: Patience = field(default_factory=Patience)

    @property
    def name(self) -> tuple[str, str]:
        """What no other rule has: two skills may have one id."""
        return self.skill, self.id


class LiveRules:
    """Judges rules by the calls of a session, as they end.

    Args:
        rules: Each with skill, id and check; see :class:`SessionSpec`.
    """

    def __init__(self, rules: Iterable[Mapping[str, Any]]) -> None:
        self._rules = [rule for rule in _rules(rules) if rule.check.kind == "trace"]
        self._reader = TraceReader()
        self._at = 0
        self._names: dict[int, str] = {}

    def take(self, event: Event) -> Iterator[dict[str, Any]]:
        """Take one event; yield the data of ``nn.violated`` for each rule that it breaks."""
        if not self._rules:
            return
        at, self._at = self._at, self._at + 1
        if event.type == VIOLATED:  # told by an earlier run of the session
            self._told_before(_name_of(event))
        if event.type == "tool.started":
            self._names[at] = str(event.data.get("call"))
        ended = self._reader.take(at, event)
        for rule in self._rules if ended is not None else ():
            if ended is not None and not rule.over:
                yield from self._judged(rule, ended)

    def _judged(self, rule: _Rule, ended: Call) -> Iterator[dict[str, Any]]:
        broken = None
        try:
            with patient(rule.patience):
                if concerns(rule.check.body, ended):
                    rule.calls.append(ended)
                    broken = broken_for_good(rule.check.body, rule.calls)
        except TooSlow:  # judged once more when the session ends
            rule.over = True
        if broken is not None:
            rule.over = True
            calls = [self._names[at] for at in broken.events if at in self._names]
            yield {**_told(rule), "because": reason_of(broken, rule.calls), "calls": calls}

    def _told_before(self, name: tuple[str, str]) -> None:
        for rule in self._rules:
            rule.over = rule.over or rule.name == name


def judge_rules(
    rules: Iterable[Mapping[str, Any]], events: Iterable[Event], tree: Tree
) -> list[tuple[str, dict[str, Any]]]:
    """Return how *rules* stand after a session with *events* that left *tree*, as events.

    A rule whose case never came is neither kept nor violated; one that was told as broken for good
    is not told again.
    """
    known = list(_rules(rules))
    if not known:
        return []
    log = list(events)
    before = {_name_of(event) for event in log if event.type == VIOLATED}
    trace, made = trace_of(log), []
    for rule in known:
        judged = judge(rule.check, trace, tree)
        because = reason_of(judged, trace.calls)
        data = {**_told(rule), "because": because, "exercised": judged.exercised}
        if judged.kept:
            made.append((KEPT, data))
        elif judged.kept is False and not (rule.check.kind == "trace" and rule.name in before):
            made.append((VIOLATED, data))
    return made


def read_rules(rules: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Check]]:
    """Yield id and check of each of *rules* that a log and a tree can judge."""
    for rule in _rules(rules):
        yield rule.id, rule.check


def _rules(given: Iterable[Mapping[str, Any]]) -> Iterator[_Rule]:
    """Yield the rules that events and tree can judge; a pin that was tampered with holds none."""
    for rule in given:
        try:
            check = parse_check(rule.get("check"))
        except CheckInvalid:
            continue
        if check.is_pure:
            yield _Rule(str(rule.get("id")), str(rule.get("skill")), check)


def _name_of(event: Event) -> tuple[str, str]:
    return str(event.data.get("skill")), str(event.data.get("id"))


def _told(rule: _Rule) -> dict[str, Any]:
    return {"id": rule.id, "skill": rule.skill, "check": rule.check.kind}
