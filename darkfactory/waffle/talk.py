"""Doubt by words: talking without doing, the same again, apologies, giving up."""

import re
from collections import deque
from collections.abc import Iterator
from itertools import pairwise

from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal

_READ = 1_000
_MANY = 3
_SAME_SHARE = 0.8
_FEWEST_WORDS = 4

_WORD = re.compile(r"[\w']+")
_SORRY = ("sorry", "apolog", "my mistake", "my bad", "oversight", "you're right", "you are right")
_AGAIN = (
    *("try again", "try another", "try a different", "another approach", "different approach"),
    *("start over", "starting over", "from scratch", "start again", "fresh look", "step back"),
    *("reconsider", "rethink", "re-examine", "reexamine", "once more"),
)
_HEDGES = ("might ", "maybe", "perhaps", "probably", "possibly", "seems", "not sure", "unclear")
_GIVE_UP = (
    *("unable to", "not able to", "cannot proceed", "can't proceed", "cannot continue", "give up"),
    *("cannot complete", "cannot fix", "cannot resolve", "given the constraints", "giving up"),
    *("given the limitations", "beyond my", "beyond the scope", "out of ideas", "impossible to"),
)
_TONES = ((_SORRY, 1.0), (_AGAIN, 0.7), (_HEDGES, 0.5))
_TONE = 0.15
_CALM = 0.35
_GIVE_UP_KEPT = 0.9


class Talk:
    """The family ``talk``: messages in a row without a call, or saying the same again."""

    def __init__(self) -> None:
        self._row: list[int] = []
        self._row_length = 0
        self._chain: list[int] = []
        self._chain_length = 0
        self._pairs: frozenset[int] = frozenset()
        self._tone = self._resigned = 0.0
        self._tones: deque[int] = deque(maxlen=MOST_EVENTS)
        self._resignations: deque[int] = deque(maxlen=MOST_EVENTS)

    def take_message(self, index: int, said: str) -> None:
        """Take what the agent said at event *index*."""
        self._row = [*self._row, index][-MOST_EVENTS:]
        self._row_length += 1
        pairs = _word_pairs(said)
        if not pairs or not _alike(pairs, self._pairs):
            self._chain, self._chain_length = [], 0
        self._chain = [*self._chain, index][-MOST_EVENTS:]
        self._chain_length += 1
        self._pairs = pairs
        self._take_tone(index, said[:_READ].lower())

    def take_call(self) -> None:
        """Take a call that begins: the agent does something."""
        self._row, self._row_length = [], 0

    def take_news(self) -> None:
        """Take a result that was never seen before: the next words are new, too."""
        self._chain, self._chain_length, self._pairs = [], 0, frozenset()

    def reset(self) -> None:
        """Start again: a person spoke."""
        self.take_call()
        self.take_news()

    @property
    def in_a_row(self) -> int:
        """How many messages came since the last call."""
        return self._row_length

    @property
    def tone(self) -> tuple[float, float]:
        """How much the words apologise or hedge lately, and how much they give up."""
        return self._tone, self._resigned

    def signals(self) -> Iterator[Signal]:
        """Yield the signals as they are now."""
        yield from self._monologue()
        if self._tone > _CALM:
            yield signal(
                "talk",
                (self._tone - _CALM) / 0.4,
                tuple(self._tones),
                "message after message apologises, hedges or begins anew",
            )
        if self._resigned > 1:
            because = "says again that it cannot be done"
            yield signal("give_up", self._resigned / 3, tuple(self._resignations), because)

    def _take_tone(self, index: int, low: str) -> None:
        tone = next((weight for words, weight in _TONES if _has(low, words)), 0.0)
        self._tone += _TONE * (tone - self._tone)
        if tone:
            self._tones.append(index)
        self._resigned *= _GIVE_UP_KEPT
        if _has(low, _GIVE_UP):
            self._resigned += 1
            self._resignations.append(index)

    def _monologue(self) -> Iterator[Signal]:
        row = (self._row_length - _MANY) / 3
        chain = (self._chain_length - 2) / 2
        if max(row, chain) <= 0:
            return
        if row >= chain:
            because = f"{self._row_length} messages in a row without a call"
            yield signal("monologue", row, self._row, because)
        else:
            because = f"{self._chain_length} messages say the same, with nothing new in between"
            yield signal("monologue", chain, self._chain, because)


def _has(low: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 - any() of a generator takes twice as long, for every message
        if word in low:
            return True
    return False


def _word_pairs(said: str) -> frozenset[int]:
    words = _WORD.findall(said[:_READ].lower())
    return frozenset(map(hash, pairwise(words))) if len(words) >= _FEWEST_WORDS else frozenset()


def _alike(one: frozenset[int], other: frozenset[int]) -> bool:
    return len(one & other) > _SAME_SHARE * max(len(one), len(other))
