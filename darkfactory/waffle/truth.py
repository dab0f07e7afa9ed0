"""Doubt by facts: success claimed for files on which the harness fails."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.waffle.signal import Signal, signal
from darkfactory.waffle.step import shown

_READ = 1_000
_SHOWN_CLAIM = 60
_UNREAD = 8

_SENTENCE = re.compile(r"[^.!?\n]+")
_CLAIM = re.compile(
    r"\btests? (?:now |all )*(?:pass|passed|passes|succeed|are passing|are green)\b"
    r"|\b(?:all|every) (?:\w+ ){0,4}(?:pass|passed|passes|green)\b"
    r"|\b(?:is|are|has been|have been|now|successfully|i've|i have) (?:now |successfully |fully )*"
    r"(?:fixed|resolved|implemented|completed|complete|solved|done|finished|working)\b"
    r"|\b(?:works|working|work) (?:correctly|as expected|now|fine|properly)\b"
    r"|^\W*(?:done|fixed|finished|completed|all done)\b"
    r"|\bsuccessfully (?:fixed|resolved|implemented|completed|applied)\b"
    r"|\bfixed successfully\b",
    re.IGNORECASE,
)
_OF_ALL = re.compile(
    r"\b(?:all|every)(?: of)?(?: the)?(?: unit| existing)? (?:tests?|checks?|specs?)"
    r" (?:now |all |still |are |do )*(?:pass|passed|passes|passing|succeed|green)\b"
    r"|\b(?:whole|full|entire|complete|test) suite (?:now |is )*(?:pass|passes|passed|green)\b"
    r"|\beverything (?:now |is )*(?:pass|passes|passed|green)\b",
    re.IGNORECASE,
)
_CLAIM_SIGNS = (
    *("pass", "fix", "resolv", "implement", "complet", "solv"),
    *("done", "finish", "work", "green", "succe"),
)
_NO_CLAIM = re.compile(
    r"\b(?:not|never|no|if|once|when|until|unless|should|would|will|could|may|might|must|can|cannot"
    r"|to|whether|ensure|verify|check|confirm|expect|hope|hopefully|probably|likely|almost"
    r"|partially|partly|except|but|however|fail|fails|failed|failing|still|let|let's|todo|need"
    r"|needs|make sure|please|seems?|appears?|why|how|before|after|than)\b|n't\b|\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failing harness refutes.

    Attributes:
        own: Something fails that the base passes: any claim of success is refuted. Else only a
            claim that everything passes is.
        count: How many checks fail; None: not told.
    """

    own: bool
    count: int | None


class Truth:
    """The family ``truth``: success claimed for files on which the harness fails.

    Only the harness refutes a claim. The agent's own last command does not: a missing compiler
    fails it although the work is right.
    """

    def __init__(self) -> None:
        self._said: deque[tuple[int, str]] = deque(maxlen=_UNREAD)
        self._state = 0
        self._claim: tuple[int, str] | None = None
        self._failed: tuple[int, Failure] | None = None

    def take_message(self, index: int, said: str, state: int) -> None:
        """Take what the agent said at event *index* of files in *state*."""
        self._turn_to(state)
        self._said.append((index, said[-_READ:]))
        self._read()

    def take_harness(self, index: int, state: int, failure: Failure | None) -> None:
        """Take a verdict of the harness on files in *state*; the first to fail them is quoted."""
        self._turn_to(state)
        if failure is None:
            self._failed = None
        elif self._failed is None:
            self._failed = (index, failure)
        self._read()

    def signals(self, state: int) -> Iterator[Signal]:
        """Yield the signal when claim and failure are both of the files as they are."""
        if self._claim is None or self._failed is None or state != self._state:
            return
        (claimed, claim), (failed, failure) = self._claim, self._failed
        because = f"says {claim!r}, but the harness fails on these files"
        if not failure.own:
            because += f", if not by this work: {failure.count} checks, as before it"
        yield signal("bluff", 1.0, (claimed, failed), because)

    def _turn_to(self, state: int) -> None:
        """Forget what was of other files."""
        if state != self._state:
            self._state, self._claim, self._failed = state, None, None
            self._said.clear()

    def _read(self) -> None:
        """Look for claims, once there is something that could refute them."""
        if self._failed is None:
            return
        failure = self._failed[1]
        for index, said in self._said:
            claim = claim_of(said, of_all=not failure.own)
            if claim:
                self._claim = (index, claim)
        self._said.clear()


def failure_of(data: Mapping[str, Any]) -> Failure | None:
    """Return what a verdict of the harness refutes: nothing where it passed or could not run."""
    if data.get("result") != "fail":
        return None
    failed = data.get("failed")
    count = failed if isinstance(failed, int) else None
    if data.get("base") != "fail" or data.get("new_failing"):
        return Failure(own=True, count=count)
    return Failure(own=False, count=count) if count else None


def claim_of(said: str, *, of_all: bool = False) -> str:
    """Return the sentence of *said* that claims success, or nothing.

    Wishes, conditions and negations are no claims.

    Args:
        said: What the agent said.
        of_all: Only a claim that everything passes counts, not that this work is done.
    """
    said = said[-_READ:]
    low = said.lower()
    if not any(sign in low for sign in _CLAIM_SIGNS):
        return ""
    for sentence in _SENTENCE.findall(said):
        low = sentence.lower()
        if not any(sign in low for sign in _CLAIM_SIGNS):
            continue
        wanted = _OF_ALL if of_all else _CLAIM
        if wanted.search(sentence) and not _NO_CLAIM.search(sentence):
            return shown(sentence, _SHOWN_CLAIM)
    return ""
