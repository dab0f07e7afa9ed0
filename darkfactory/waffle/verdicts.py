"""What the harness says while an agent works: progress, or the signal ``regress``."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.waffle.recent import Seen
from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.step import text

_TREES = 128
_PATIENCE = 8


class Verdicts:
    """The results of the harness on the agent's own workspace."""

    def __init__(self) -> None:
        self._trees = Seen(_TREES)
        self._tree = ""
        self._fewest: int | None = None
        self._before: int | None = None
        self._worse: deque[int] = deque(maxlen=MOST_EVENTS)
        self._worse_count = 0
        self._vain: deque[int] = deque(maxlen=MOST_EVENTS)
        self._vain_count = 0
        self.passed = False

    def take(self, index: int, data: Mapping[str, Any]) -> bool:
        """Take a verdict at event *index*; return whether it is progress.

        One that was told of this tree before, and is told again since files may have changed, is
        no further result.
        """
        if data.get("again") is True:
            return False
        self.passed, was_passed = data.get("result") == "pass", self.passed
        failed = data.get("failed")
        count = 0 if self.passed else failed if isinstance(failed, int) else None
        better = self._is_better(count, was_passed=was_passed)
        self._count(index, count, better=better)
        return better

    def tree_came_back(self, data: Mapping[str, Any]) -> bool:
        """Tell whether the files are as they were some states ago."""
        tree = text(data.get("tree"))
        if not tree or tree == self._tree:
            return False
        self._tree = tree
        return not self._trees.is_new(hash(tree))

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        worse, vain = (self._worse_count - 1) / 3, (self._vain_count - _PATIENCE) / 6
        if max(worse, vain) <= 0:
            return
        if worse >= vain:
            because = f"more checks fail than at best, {self._worse_count} results in a row"
            yield signal("regress", worse, tuple(self._worse), because)
        else:
            because = (
                f"{self._vain_count} results of the harness without one check more that passes"
            )
            yield signal("regress", vain, tuple(self._vain), because)

    def _is_better(self, count: int | None, *, was_passed: bool) -> bool:
        if self.passed:
            return not was_passed
        return count is not None and self._fewest is not None and count < self._fewest

    def _count(self, index: int, count: int | None, *, better: bool) -> None:
        if better or self.passed:
            self._vain_count = self._worse_count = 0
            self._vain.clear()
            self._worse.clear()
        else:
            self._vain_count += 1
            self._vain.append(index)
        if count is None:
            return
        falls = self._before is not None and count < self._before
        if falls and self._worse_count:
            self._worse_count -= 1
        elif self._fewest is not None and count > self._fewest and count != self._before:
            self._worse_count += 1
            self._worse.append(index)
        self._fewest = min(count, self._fewest) if self._fewest is not None else count
        self._before = count
