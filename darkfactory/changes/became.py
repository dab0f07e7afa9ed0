"""Find what has come in place of each check that a test does not make any more."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from darkfactory.changes.cases import Check

_MOST_ALIKE = 64


def becomes(
    before: Sequence[Check], after: Sequence[Check]
) -> Iterator[tuple[Check, Check | None]]:
    """Yield each check that is not there any more as it was, and what has taken its place."""
    alive = Counter(check.text for check in after if not check.flaw)
    changed = []
    for check in before:
        if alive[check.text] > 0:
            alive[check.text] -= 1
        else:
            changed.append(check)
    known = Counter(check.text for check in before)
    left = []
    for check in after:
        if known[check.text] > 0 and not check.flaw:
            known[check.text] -= 1
        else:
            left.append(check)
    places = _Places(left)
    for check in changed:
        yield check, places.take(check)


class _Places:
    """The checks that may have come in place of another one, each for one only."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._left = {id(check): check for check in checks}
        self._flawed = [check for check in self._left.values() if check.flaw]
        self._about: dict[str, list[Check]] = {}
        for check in self._left.values():
            self._about.setdefault(check.about or check.text, []).append(check)

    def take(self, lost: Check) -> Check | None:
        """Return what looks most like *lost*, among as many as can be looked at."""
        same = self._about.get(lost.about or lost.text, [])
        near = [one for one in islice(same, _MOST_ALIKE) if id(one) in self._left]
        near += islice(self._left.values(), _MOST_ALIKE)
        now = max(near, key=lambda other: _likeness(lost, other), default=None)
        if now is not None and _likeness(lost, now) <= (False, False, False, 0.0):
            now = next((one for one in self._flawed if id(one) in self._left), None)
        if now is not None:
            del self._left[id(now)]
            if now in same[:_MOST_ALIKE]:
                same.remove(now)
            if now.flaw:
                self._flawed.remove(now)
        return now


def _likeness(check: Check, other: Check) -> tuple[bool, bool, bool, float]:
    """Return how much *other* looks like *check*, best highest."""
    shared = len(check.names & other.names)
    near = shared / max(1, len(check.names | other.names))
    same = check.text == other.text
    about = bool(check.about) and check.about == other.about
    return same, about, near > 0 and other.rank >= check.rank, near
