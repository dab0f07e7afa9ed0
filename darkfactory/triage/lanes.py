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
class KeyLook:
    """One key of a lane's ``match`` held against an item: what it wants, what of the item fits.

    *reasons* say each of *found* in a sentence.
    """

    key: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaneLook:
    """A lane held against an item, by every key that it wants something of."""

    lane: Lane
    keys: tuple[KeyLook, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the lane takes the item; empty: it does not."""
        return tuple(reason for key in self.keys for reason in key.reasons)


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

    def looks(self, item: Item) -> tuple[LaneLook, ...]:
        """Return every lane held against *item*, in file order."""
        return tuple(LaneLook(rule.lane, tuple(_keys(rule, item))) for rule in self._rules)

    def choose(self, item: Item) -> Choice:
        """Return the first lane that matches *item*, else the default one, else none."""
        found = [(look.lane.name, look.reasons) for look in self.looks(item) if look.reasons]
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


def _keys(rule: _Rule, item: Item) -> Iterator[KeyLook]:
    """Yield each key that the lane's match gives, held against *item*."""
    match, name = rule.lane.match, rule.lane.name
    if match.labels:
        labels = tuple(label for label in item.labels if label.casefold() in rule.labels)
        why = tuple(f"label {label} is in lane {name}" for label in labels)
        yield KeyLook("labels", match.labels, labels, why)
    if rule.title is not None and match.title is not None:
        part = rule.title.part_of(item.title)
        found = () if part is None else (part,)
        why = tuple(f"title matches {match.title!r} of lane {name}" for _ in found)
        yield KeyLook("title", (match.title,), found, why)
    if match.paths:
        yield _path_look(rule.lane, item)
    if match.priority:
        found = (item.priority,) if item.priority in match.priority else ()
        why = tuple(f"priority {priority} is in lane {name}" for priority in found)
        yield KeyLook("priority", match.priority, found, why)


def _path_look(lane: Lane, item: Item) -> KeyLook:
    """Return the paths of the lane held against those of *item*, up to the first that fits."""
    wanted = lane.match.paths
    for path in item.paths:
        pattern = matching(path, wanted)
        if pattern is not None:
            why = f"path {path} matches {pattern} of lane {lane.name}"
            return KeyLook("paths", wanted, (path,), (why,))
    return KeyLook("paths", wanted, (), ())


def _why_none(item: Item) -> Iterator[str]:
    yield f"no lane takes labels {', '.join(item.labels)}" if item.labels else "it has no labels"
    yield f"no lane takes its title, its paths or priority {item.priority}"
    yield "no lane is the default"
