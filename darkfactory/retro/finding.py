"""What a miner found: the same thing in several sessions, with the places that show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from darkfactory.domain.digest import short_hash
from darkfactory.retro.case import Case, Evidence
from darkfactory.skills.remedy import Remedy

FEWEST_SESSIONS = 3
FEWEST_ITEMS = 2
MOST_SHOWN = 20
IDLE = "D1"
"""The miner that finds skills on probation (:mod:`darkfactory.retro.idle_skills`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that *miner* saw; *anchor* is what it is about, the same at every retro.

    *supported*: it was seen often enough to propose something. *skill* is empty where no skill
    that the sessions had could hold what is to be learned. *remedy* is what helps against a rule
    that was broken.
    """

    miner: str
    anchor: str
    skill: str
    said: str
    evidence: tuple[Evidence, ...]
    sessions: int
    items: int
    supported: bool
    remedy: Remedy | None = None

    @property
    def id(self) -> str:
        """Name the finding: the same miner, skill and anchor have the same name for ever."""
        return f"f-{short_hash(f'{self.miner} {self.skill} {self.anchor}')}"


Seen = tuple[Case, Evidence]


def find(
    miner: str, skill: str, anchor: str, said: str, seen: Sequence[Seen], *, alone: bool = False
) -> Finding:
    """Return the finding that *seen* shows.

    Args:
        alone: Whether one session is enough: a rule that a machine enforces was broken.
    """
    sessions = {case.sitting.session for case, _ in seen}
    items = {case.sitting.item for case, _ in seen}
    enough = len(sessions) >= FEWEST_SESSIONS and len(items) >= FEWEST_ITEMS
    places = tuple(dict.fromkeys(place for _, place in seen))
    return Finding(
        miner, anchor, skill, said, places[:MOST_SHOWN], len(sessions), len(items), enough or alone
    )


def commonest(values: Iterable[str]) -> str:
    """Return the text that is there most often, the first by name of several; empty if none is."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return min(counts, key=lambda value: (-counts[value], value), default="")
