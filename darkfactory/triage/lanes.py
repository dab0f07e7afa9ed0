"""Decide which lane takes an item, and say why in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from darkfactory.domain.globs import matching
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Lane
from darkfactory.domain.patterns import BadPattern, TitlePattern, title_pattern
from darkfactory.errors import UsageError


class BadTitlePattern(UsageError):
    """A lane's title pattern that is no regular expression, or that a title could make slow."""

    code = "lane.title"

    def __init__(self, lane: str, pattern: str, error: BadPattern) -> None:
        super().__init__(
            f"lanes.yaml: lanes.{lane}.match.title: {pattern!r} {error.problem}", fix=error.fix
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    lane: Lane
    labels: frozenset[str]
    title: TitlePattern | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The lane for one item, None where there is none, and the reasons."""

    lane: str | None
    reasons: tuple[str, ...]


class Chooser:
    """The lanes in file order, ready to choose among."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        """Prepare the choice.

        Raises:
            BadTitlePattern: If a title pattern cannot be used.
        """
        self._rules = [_rule(lane) for lane in lanes]
        self._default = next((lane.name for lane in lanes if lane.default), None)

    def choose(self, item: Item) -> Choice:
        """Return the first lane that matches *item*, else the default one, else none."""
        fitting = ((rule.lane.name, tuple(_matches(rule, item))) for rule in self._rules)
        found = [(name, reasons) for name, reasons in fitting if reasons]
        if found:
            name, reasons = found[0]
            later = [other for other, _ in found[1:]]
            also = (f"{', '.join(later)} would take it too, further down",) if later else ()
            return Choice(name, reasons + also)
        if self._default is not None:
            return Choice(self._default, (f"no lane matches it; {self._default} is the default",))
        return Choice(None, tuple(_why_none(item)))


def _rule(lane: Lane) -> _Rule:
    try:
        title = title_pattern(lane.match.title) if lane.match.title else None
    except BadPattern as error:
        raise BadTitlePattern(lane.name, lane.match.title or "", error) from error
    return _Rule(lane, frozenset(label.casefold() for label in lane.match.labels), title)


def _matches(rule: _Rule, item: Item) -> Iterator[str]:
    """Yield a reason for each key of the lane's match that takes *item*."""
    lane = rule.lane
    for label in item.labels:
        if label.casefold() in rule.labels:
            yield f"label {label} is in lane {lane.name}"
    if rule.title is not None and rule.title.is_in(item.title):
        yield f"title matches {lane.match.title!r} of lane {lane.name}"
    for path in item.paths:
        pattern = matching(path, lane.match.paths)
        if pattern is not None:
            yield f"path {path} matches {pattern} of lane {lane.name}"
            break
    if item.priority in lane.match.priority:
        yield f"priority {item.priority} is in lane {lane.name}"


def _why_none(item: Item) -> Iterator[str]:
    yield f"no lane takes labels {', '.join(item.labels)}" if item.labels else "it has no labels"
    yield f"no lane takes its title, its paths or priority {item.priority}"
    yield "no lane is the default"
