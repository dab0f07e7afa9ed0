"""Idempotent producers: which append is new, which a retry, which a zombie's (protocol 5.2.1)."""

from dataclasses import dataclass
from enum import Enum

MOST = 2**53 - 1
"""The largest epoch and number: what JavaScript counts to."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a producer names one append: who, in which life, the how manieth."""

    producer: str
    epoch: int
    seq: int


class Answer(Enum):
    """What an append is."""

    NEW = "new"
    DUPLICATE = "duplicate"
    ZOMBIE = "zombie"
    GAP = "gap"
    BAD_START = "bad start"


@dataclass(frozen=True, slots=True)
class Life:
    """The epoch a producer lives in and the last number taken from it."""

    epoch: int
    seq: int


def judge(known: Life | None, mark: Mark) -> Answer:
    """Tell what the append named *mark* is, from what is *known* of its producer."""
    if known is None or mark.epoch > known.epoch:
        if known is None:
            return Answer.NEW if mark.seq == 0 else Answer.GAP
        return Answer.NEW if mark.seq == 0 else Answer.BAD_START
    if mark.epoch < known.epoch:
        return Answer.ZOMBIE
    if mark.seq <= known.seq:
        return Answer.DUPLICATE
    return Answer.NEW if mark.seq == known.seq + 1 else Answer.GAP
