"""Find items that ask for the same work as an earlier one.

A false match keeps work from starting, a missed one costs a session: so titles have to say the
same, not to look alike. Words that both have are weighed by how rarely the backlog uses them; a
word that each has alone (``parser`` here, ``lexer`` there) makes two pieces of work, however much
of a template they share. Each item is compared with the few that share two of its rarest words.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from darkfactory.domain.item import Item
from darkfactory.triage.words import COMMON, ROLES, words

THRESHOLD = 0.85

_COMMON_WEIGHT = 0.4
_RAREST = 4
_MOST_COMPARED = 12
_PRIOR_ITEMS = 50
_SAID_BELOW = 0.25
_BODY_WORDS = 5
_DEFECTS = frozenset(words("fail crash hang slow wrong miss"))
_ADD, _FIX = words("add fix")

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TEMPLATE_LINE = re.compile(
    r"^[ \t]*(?:#{1,6} .*|[-*+] \[[ xX]\].*|_?no response_?|n/?a|none|\*\*[^*\n]+\*\*:?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FAULT = re.compile(
    r"^[ \t]*(?:[\w.:]*(?:Error|Exception|Panic|Fault)\b|panic:|fatal:).{0,200}", re.MULTILINE
)
_FAULT_SIGNS = ("Error", "Exception", "Panic", "Fault", "panic:", "fatal:")
_FRAME = re.compile(
    r"^[ \t]*(?:at \S.{0,200}|File \"[^\"\n]{1,200}\", line \d+.{0,100})", re.MULTILINE
)
_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+")
_TRACE_LINES = 12
_SAME_TRACE = 0.6
# What stands around one of these changes its meaning when turned around.
_TURNING = frozenset(
    {"to", "into", "from", "before", "after", "over", "than", "with", "by", "in", "on", "of", "for"}
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """An earlier item that says the same, and how alike the two are, 0 to 1."""

    earlier: str
    similarity: float


class _Said:
    """What one item says, by telling words. Bodies are read only when a title is alike."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.title = frozenset(words(item.title))
        self.trace = frozenset(_trace(item.body))

    @cached_property
    def plain(self) -> tuple[list[str], list[str]]:
        return self.item.title.casefold().split(), self.item.body.casefold().split()

    @cached_property
    def body(self) -> frozenset[str]:
        body = _TEMPLATE_LINE.sub("", _COMMENT.sub("", self.item.body))
        return frozenset(words(body))

    @cached_property
    def turns(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(_turns(self.item.title))

    @cached_property
    def checked(self) -> frozenset[str]:
        """What the item's check names exactly: files, tests, addresses."""
        parts = (self.item.done_when or "").split()
        return frozenset(part for part in parts if _exact(part) and not part.startswith("-"))


def find_duplicates(items: Sequence[Item]) -> dict[str, Likeness]:
    """Return for each item that repeats an earlier one of *items* the one that it is most like.

    What is repeated is never a duplicate itself, so nobody is sent along a chain.
    """
    said = [_Said(item) for item in items]
    weights = _weights(said)
    index: dict[tuple[str, ...], list[_Said]] = defaultdict(list)
    found: dict[str, Likeness] = {}
    for one in said:
        keys = list(_keys(one, weights))
        best = _best(one, _candidates(keys, index), weights)
        if best is not None:
            found[one.item.id] = best
            continue
        for key in keys:
            if len(index[key]) < _MOST_COMPARED:
                index[key].append(one)
    return found


def _trace(body: str) -> Iterator[str]:
    """Yield the lines of a stack trace, without numbers; nothing when there is no whole one."""
    if not any(sign in body for sign in _FAULT_SIGNS):
        return
    faults = _FAULT.findall(body)[:_TRACE_LINES]
    frames = _FRAME.findall(body)[:_TRACE_LINES]
    if faults and frames:
        for line in (*faults, *frames):
            yield _VARYING.sub("#", line.strip())


def _turns(title: str) -> Iterator[tuple[str, str, str]]:
    """Yield (before, connective, behind) for each connective of *title*."""
    parts = title.casefold().split()
    for before, connective, behind in zip(parts, parts[1:], parts[2:], strict=False):
        if connective in _TURNING:
            left, right = words(before), words(behind)
            if left and right:
                yield left[-1], connective, right[0]


def _weights(said: Sequence[_Said]) -> dict[str, float]:
    """Return how much each word of a title tells: little if many titles have it."""
    uses = Counter(word for one in said for word in one.title)
    return {
        word: math.log((len(said) + _PRIOR_ITEMS) / (used + 1)) * _plain_weight(word)
        for word, used in uses.items()
    }


def _plain_weight(word: str) -> float:
    return _COMMON_WEIGHT if word in COMMON else 1.0


def _keys(one: _Said, weights: dict[str, float]) -> Iterator[tuple[str, ...]]:
    """Yield what *one* is found by: its title, pairs of its rarest words, lines of its trace."""
    title = sorted(one.title)
    yield ("title", *(title or one.plain[0]))
    rarest = sorted(title, key=lambda word: -weights[word])[:_RAREST]
    yield from (("pair", *pair) for pair in combinations(sorted(rarest), 2))
    yield from (("trace", line) for line in sorted(one.trace)[:_RAREST])


def _candidates(
    keys: Iterable[tuple[str, ...]], index: dict[tuple[str, ...], list[_Said]]
) -> Iterator[_Said]:
    """Yield what to compare with, each once; a pair that many have tells nothing."""
    seen: set[str] = set()
    for key in keys:
        others = index.get(key, ())
        if key[0] == "pair" and len(others) >= _MOST_COMPARED:
            continue
        for other in others:
            if other.item.id not in seen:
                seen.add(other.item.id)
                yield other


def _best(one: _Said, candidates: Iterable[_Said], weights: dict[str, float]) -> Likeness | None:
    best: Likeness | None = None
    for other in candidates:
        similarity = _similarity(one, other, weights)
        if similarity >= THRESHOLD and (best is None or similarity > best.similarity):
            best = Likeness(other.item.id, similarity)
    return best


def _similarity(one: _Said, other: _Said, weights: dict[str, float]) -> float:
    """Return how much *one* and *other* say the same, 0 where they are known to differ."""
    if _declared_apart(one, other):
        return 0.0
    if one.plain == other.plain:
        return 1.0
    if _other_kind_of_work(one.title, other.title):
        return 0.0
    traces = _same_trace(one, other)
    if traces:
        return traces
    if _said_apart(one, other):
        return 0.0
    title = _alike(one, other, weights)
    telling = sum(_plain_weight(word) for word in one.title & other.title)
    if min(len(one.body), len(other.body)) < _BODY_WORDS:
        alone = not one.body and not other.body and one.title == other.title
        return title if telling >= 1 + _COMMON_WEIGHT or alone else 0.0
    body = 2 * len(one.body & other.body) / (len(one.body) + len(other.body))
    share = 0.1 if telling >= 2 + _COMMON_WEIGHT else 0.4 if telling >= 1 + _COMMON_WEIGHT else 0.6
    return (1 - share) * title + share * body


def _alike(one: _Said, other: _Said, weights: dict[str, float]) -> float:
    """Return the share of weight that both titles have; what a body says is missing less."""
    both = sum(weights[word] for word in one.title & other.title)
    missing = sum(
        weights[word] * (_SAID_BELOW if word in one.body or word in other.body else 1.0)
        for word in (one.title ^ other.title) - {_FIX}
    )
    return 2 * both / (2 * both + missing) if both else 0.0


def _declared_apart(one: _Said, other: _Said) -> bool:
    """Tell whether their authors said that they are two: by blockers, checks or paths."""
    first, second = one.item, other.item
    if first.id in second.blocked_by or second.id in first.blocked_by:
        return True
    if one.checked and other.checked and not one.checked & other.checked:
        return True
    return bool(first.paths and second.paths and not set(first.paths) & set(second.paths))


def _other_kind_of_work(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether one tests, documents or removes what the other adds or mends."""
    return bool((one ^ other) & ROLES - {_ADD, _FIX})


def _built_or_mended(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether one is to be built (sort by price) and one mended (sort by price fails)."""
    faulty, mended = bool(one & _DEFECTS), bool(other & _DEFECTS)
    if faulty and mended:
        return False
    if _ADD in one ^ other:
        return faulty or mended or _FIX in one | other
    return faulty != mended and _FIX not in one | other


def _said_apart(one: _Said, other: _Said) -> bool:
    """Tell whether each names something that the other does not."""
    first = one.title - other.title - ROLES
    second = other.title - one.title - ROLES
    if (first and second) or _built_or_mended(one.title, other.title):
        return True
    if any(_exact(word) for word in (first - other.body) | (second - one.body)):
        return True
    return any((behind, by, before) in other.turns for before, by, behind in one.turns)


def _exact(word: str) -> bool:
    """Tell whether *word* is a number, a version or a name of code."""
    return not word.isalpha()


def _same_trace(one: _Said, other: _Said) -> float:
    """Return how alike two stack traces are where they are the same fault, else 0."""
    both, either = one.trace & other.trace, one.trace | other.trace
    if len(both) < 2 or len(both) < _SAME_TRACE * len(either):  # noqa: PLR2004 - fault and frame
        return 0.0
    return max(THRESHOLD, len(both) / len(either))
