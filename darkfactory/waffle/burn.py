"""Doubt by spending: calls that neither change a file nor tell anything new."""

from collections import deque
from collections.abc import Iterator

from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.usual import Usual

_PATIENCE = 14
_LEAST_PATIENCE = 6
_LEAST_TOKENS = 1_000
_WAITED = 2 / 3
_WINDOW = 12
_FEWEST = 5
_DOUBTED = 0.5
_BRIEF = 2
_LONG = 3


class Burn:
    """The family ``burn``: calls and tokens without any new content in the files.

    How many are too many is the lane's own, where that is known; of tokens nothing is said before.
    """

    def __init__(self) -> None:
        self.expected = True
        self.longest: tuple[float, float] | None = None
        """The most calls and tokens from one progress to the next so far."""
        self._calls = self._spent = 0.0
        self._total = 0.0
        self._since = 0
        self._latest = 0
        self._patience: float = _PATIENCE
        self._tokens: float | None = None

    def expect(self, usual: Usual | None) -> None:
        """Hold it against what is *usual* from here on; None: the defaults."""
        calls, tokens = (usual.calls, usual.tokens) if usual else (None, None)
        self._patience = max(_LEAST_PATIENCE, calls.p95) if calls else _PATIENCE
        self._tokens = max(_LEAST_TOKENS, tokens.p95) if tokens else None

    def spend(self, total: float) -> None:
        """Take how many tokens the session has used so far in *total*."""
        if total > self._total:
            self._spent += total - self._total
            self._total = total

    def reset(self) -> None:
        """Start counting again: there is new content, or other progress."""
        calls, tokens = self.longest or (0.0, 0.0)
        self.longest = (max(calls, self._calls), max(tokens, self._spent))
        self._calls = self._spent = 0.0

    def halve(self) -> None:
        """Count half: the agent read something for the first time."""
        self._calls /= 2
        self._spent /= 2

    def wait(self) -> None:
        """Count the last call less: it waited."""
        self._calls = max(0.0, self._calls - _WAITED)

    def take(self, index: int) -> None:
        """Take a call that began at event *index*."""
        if self._calls < 1:
            self._since = index
        self._calls += 1
        self._latest = index

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now; none where no new content is expected."""
        if not self.expected:
            return
        calls = (self._calls - self._patience) / (self._patience + 2)
        tokens = self._spent / self._tokens - 1 if self._tokens and self._calls >= 1 else 0.0
        if max(calls, tokens) > 0:
            much = f"{int(self._calls)} calls" if calls >= tokens else f"{int(self._spent)} tokens"
            yield signal(
                "no_diff",
                max(calls, tokens),
                (self._since, self._latest),
                f"about {much} since the log last told of new content in a file",
            )


class Stale:
    """The signal ``stale`` of the family ``loop``: most of the last calls told nothing new."""

    def __init__(self) -> None:
        self._last: deque[tuple[bool, int]] = deque(maxlen=_WINDOW)

    def reset(self) -> None:
        """Forget everything: there was progress."""
        self._last.clear()

    def take(self, index: int, *, news: bool | None) -> None:
        """Take a call that ended at event *index* and whether it brought *news*."""
        if news is not None:
            self._last.append((news, index))

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        stale = [index for news, index in self._last if not news]
        if len(stale) > _FEWEST:
            yield signal(
                "stale",
                (len(stale) - _FEWEST) / 5,
                stale[-MOST_EVENTS:],
                f"{len(stale)} of the last {len(self._last)} calls told nothing new",
            )


class Lasting:
    """The signal ``lasting`` of the family ``burn``: doubt that has lasted, call after call."""

    def __init__(self) -> None:
        self._since = 0
        self._latest = 0
        self._calls = 0.0

    def reset(self) -> None:
        """Forget everything: there was progress."""
        self._calls = 0.0

    def take(self, index: int, doubt: float) -> None:
        """Take a call that ended at event *index*, and how much the other signals doubt."""
        if doubt >= _DOUBTED:
            if not self._calls:
                self._since = index
            self._calls += 1
            self._latest = index
        else:
            self._calls = max(0.0, self._calls - 1)

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        if self._calls > _BRIEF:
            yield signal(
                "lasting",
                (self._calls - _BRIEF) / _LONG,
                (self._since, self._latest),
                f"it has looked so for {int(self._calls)} calls, without progress",
            )
