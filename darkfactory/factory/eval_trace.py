"""What the log of a cell tells of the skill that is tried: files it opened, rules it kept or broke.

A rule's own check is the one that judges it in lanes. Here it is judged anew, from the log and the
tree and under every condition, so that conditions can be compared and a check that was changed
since counts as it is now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import text_of
from darkfactory.evals.result import RuleSeen, SkillTrace
from darkfactory.sessions.live_rules import VIOLATED, read_rules
from darkfactory.skills.checks import Tree, judge, trace_of
from darkfactory.skills.frontmatter import FILE

_LONGEST_QUERY = 2_000


@dataclass(frozen=True, slots=True)
class Tried:
    """The skill that is tried: its name and its rules with a check.

    *places* are where its rules stand in what the session was given, None if it was not given the
    skill as it is. *exercised* are the rules that the scenario is made for, *prompt* is its task.
    """

    skill: str
    rules: Sequence[Mapping[str, Any]]
    places: Mapping[str, str] | None
    exercised: frozenset[str]
    prompt: str


def skill_trace(tried: Tried, log: Sequence[tuple[int, Event]], tree: Tree) -> SkillTrace:
    """Return what *log* (events, each with the position behind it) and *tree* tell of a skill."""
    events = [event for _, event in log]
    begins = [0, *(behind for behind, _ in log)]
    told = any(event.type == "tool.started" and not event.posted for event in events)
    opened = dict(reversed([*_opened(tried.skill, events, begins)]))  # the first one counts
    rules = dict(_rules_seen(tried, events, begins, tree))
    for name, place in (tried.places or {}).items():
        rules.setdefault(name, RuleSeen(place))
    unread = tried.places is not None and FILE not in opened
    query = tried.prompt[:_LONGEST_QUERY] if unread else ""
    return SkillTrace(opened if told or opened else None, rules, query)


def _opened(
    skill: str, events: Sequence[Event], begins: Sequence[int]
) -> Iterator[tuple[str, int]]:
    for event, begin in zip(events, begins, strict=False):
        if event.posted or event.data.get("name") != skill:
            continue
        if event.type == "skill.loaded":
            yield FILE, begin
        elif event.type == "skill.reference_read":
            yield text_of(event.data.get("path")), begin


def _rules_seen(
    tried: Tried, events: Sequence[Event], begins: Sequence[int], tree: Tree
) -> Iterator[tuple[str, RuleSeen]]:
    """Yield how each rule stands. One that is kept where nothing tempts to break it was not tried.

    The place in the log is that of the call that broke it, else where the session's own judgement
    stands.
    """
    trace = trace_of(events)
    live = {
        text_of(event.data.get("id")): begin
        for event, begin in zip(events, begins, strict=False)
        if event.type == VIOLATED and not event.posted
    }
    for name, check in read_rules(tried.rules):
        judged = judge(check, trace, tree)
        kept = judged.kept if judged.kept is not True or name in tried.exercised else None
        at = None
        if kept is False:
            at = begins[judged.events[0]] if judged.events else live.get(name)
        yield name, RuleSeen((tried.places or {}).get(name), kept, at)
