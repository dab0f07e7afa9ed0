"""What a session is like as a whole, in a few numbers: what an estimate of its outcome rests on."""

from array import array
from collections.abc import Sequence
from math import log1p
from zlib import crc32

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.recent import Seen
from darkfactory.waffle.step import Call, Started

FEATURES = (
    *("calls", "looks", "runs", "edits", "failed_runs", "refused_edits", "stale", "first_edit"),
    *("checked_last", "failed_last", "contents", "messages", "words", "tone", "resigned"),
    *("score", "peak", "mean"),
    *("errors_told", "new_words", "output", "after_edit", "different"),
)
"""In the order of their making: a file that lacks the last ones is still read."""

_CALLS = 256
_WORDS = 2048
_READ = 500
_MOST_WORDS = 60
_LATEST = 0.3
_ERRORS = ("error", "exception", "traceback", "failed", "not found")


class Profile:
    """Counts over one session; it takes the same time and room however long that is."""

    def __init__(self) -> None:
        self._by_purpose = dict.fromkeys(Purpose, 0)
        self._failed_runs = self._refused = self._stale = self._judged = 0
        self._calls = 0
        self._before_edit: int | None = None
        self._checked = self._failed = False
        self._messages = self._words = 0
        self._steps = 0
        self._sum = self._peak = 0.0
        self._finished = self._errors_told = self._output = 0
        self._edited_at: int | None = None
        self._different = 0
        self._seen = Seen(_CALLS)
        self._vocabulary = array("I", bytes(4 * _WORDS))
        self._new_words = 1.0
        self.tone = self.resigned = 0.0

    def take_start(self, started: Started) -> None:
        """Take a call that begins."""
        if started.purpose is Purpose.EDIT and self._before_edit is None:
            self._before_edit = self._calls
        self._by_purpose[started.purpose] += 1
        self._different += self._seen.is_new(started.key)
        self._calls += 1
        if started.purpose is Purpose.EDIT:
            self._edited_at = self._calls

    def take_call(self, call: Call, output: str, *, news: bool | None) -> None:
        """Take a finished call with *output* and whether it brought *news*."""
        self._finished += 1
        self._output += len(output)
        end = output[-_READ:].lower()
        self._errors_told += any(sign in end for sign in _ERRORS)
        if call.purpose is Purpose.EDIT:
            self._checked = False
            self._refused += call.failed
        elif call.purpose is Purpose.RUN:
            self._checked, self._failed = True, call.failed
            self._failed_runs += call.failed
        if news is not None:
            self._judged += 1
            self._stale += not news

    def take_message(self, said: str) -> None:
        """Take what the agent said."""
        self._messages += 1
        self._words += len(said) // 6
        words = said[:_READ].lower().encode("utf-8", "replace").split()[:_MOST_WORDS]
        if words:
            self._new_words += _LATEST * (self._new(words) / len(words) - self._new_words)

    def _new(self, words: Sequence[bytes]) -> int:
        """Return how many of *words* were not said lately, and remember them."""
        known, new = self._vocabulary, 0
        for word in words:
            mark = crc32(word)
            if known[mark % _WORDS] != mark:
                known[mark % _WORDS] = mark
                new += 1
        return new

    def take_score(self, score: float) -> None:
        """Take the score after a step."""
        self._steps += 1
        self._sum += score
        self._peak = max(self._peak, score)

    def features(self, *, score: float, contents: int) -> tuple[float, ...]:
        """Return the numbers that :data:`FEATURES` names.

        Args:
            score: The score as it is now.
            contents: How many new contents files have got.
        """
        calls = self._calls
        ended = max(1, calls)
        runs, edits = self._by_purpose[Purpose.RUN], self._by_purpose[Purpose.EDIT]
        return (
            log1p(calls),
            self._by_purpose[Purpose.LOOK] / ended,
            runs / ended,
            edits / ended,
            self._failed_runs / max(1, runs),
            self._refused / max(1, edits),
            self._stale / max(1, self._judged),
            (calls if self._before_edit is None else self._before_edit) / ended,
            float(self._checked),
            float(self._failed),
            contents / ended,
            self._messages / ended,
            log1p(self._words / max(1, self._messages)),
            self.tone,
            min(3.0, self.resigned),
            score,
            self._peak,
            self._sum / max(1, self._steps),
            self._errors_told / max(1, self._finished),
            self._new_words,
            log1p(self._output / max(1, self._finished)),
            (calls if self._edited_at is None else calls - self._edited_at) / ended,
            self._different / ended,
        )
