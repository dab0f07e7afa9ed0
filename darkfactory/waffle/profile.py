"""What a session is like as a whole, in a few numbers: what an estimate of its outcome rests on."""

from math import log1p

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.step import Call, Started

FEATURES = (
    *("calls", "looks", "runs", "edits", "failed_runs", "refused_edits", "stale", "first_edit"),
    *("checked_last", "failed_last", "contents", "messages", "words", "tone", "resigned"),
    *("score", "peak", "mean"),
)


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
        self.tone = self.resigned = 0.0

    def take_start(self, started: Started) -> None:
        """Take a call that begins."""
        if started.purpose is Purpose.EDIT and self._before_edit is None:
            self._before_edit = self._calls
        self._by_purpose[started.purpose] += 1
        self._calls += 1

    def take_call(self, call: Call, *, news: bool | None) -> None:
        """Take a finished call and whether it brought *news*."""
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
        )
