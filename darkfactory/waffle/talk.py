"""Doubt by words: talking without doing, and claims that the harness refutes."""

import re
from collections.abc import Iterator
from itertools import pairwise

from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.step import shown

_READ = 1_000
_MANY = 3
_SAME_SHARE = 0.8
_FEWEST_WORDS = 4
_SHOWN_CLAIM = 60

_SENTENCE = re.compile(r"[^.!?\n]+")
_WORD = re.compile(r"[\w']+")
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


class Talk:
    """The family ``talk``: messages in a row without a call, or saying the same again."""

    def __init__(self) -> None:
        self._row: list[int] = []
        self._row_length = 0
        self._chain: list[int] = []
        self._chain_length = 0
        self._pairs: frozenset[int] = frozenset()

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

    def signals(self) -> Iterator[Signal]:
        """Yield the stronger of the two forms of the signal."""
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


class Truth:
    """The family ``truth``: success claimed for files on which the harness fails.

    Only the harness refutes a claim. The agent's own last command does not: a missing compiler
    fails it although the work is right.
    """

    def __init__(self) -> None:
        self._claim: tuple[int, int, str] | None = None
        self._failure: tuple[int, int] | None = None

    def take_message(self, index: int, said: str, version: int) -> None:
        """Take what the agent said at event *index* of files in *version*."""
        claim = claim_of(said)
        if claim:
            self._claim = (index, version, claim)

    def take_harness(self, index: int, version: int, *, failed: bool) -> None:
        """Take a verdict of the harness on files in *version*."""
        self._failure = (index, version) if failed else None

    def signals(self, version: int) -> Iterator[Signal]:
        """Yield the signal when claim and failure are both of the files as they are."""
        if self._claim is None or self._failure is None:
            return
        claimed, claimed_version, claim = self._claim
        failed, failed_version = self._failure
        if claimed_version == failed_version == version:
            yield signal(
                "bluff",
                1.0,
                (claimed, failed),
                f"says {claim!r}, but the harness fails on these files",
            )


def claim_of(said: str) -> str:
    """Return the sentence of *said* that claims success, or nothing.

    Wishes, conditions and negations are no claims.
    """
    said = said[-_READ:]
    low = said.lower()
    if not any(sign in low for sign in _CLAIM_SIGNS):
        return ""
    for sentence in _SENTENCE.findall(said):
        if _CLAIM.search(sentence) and not _NO_CLAIM.search(sentence):
            return shown(sentence, _SHOWN_CLAIM)
    return ""


def _word_pairs(said: str) -> frozenset[int]:
    words = _WORD.findall(said[:_READ].lower())
    return frozenset(map(hash, pairwise(words))) if len(words) >= _FEWEST_WORDS else frozenset()


def _alike(one: frozenset[int], other: frozenset[int]) -> bool:
    return len(one & other) > _SAME_SHARE * max(len(one), len(other))
