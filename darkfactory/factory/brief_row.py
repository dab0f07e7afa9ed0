"""One line of a brief."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BriefRow:
    """One session, or one item that has none now, in a sentence's worth of facts.

    *offset* is the place in the session's log that *evidence* was read from, *seen_seconds* how
    long ago that was; what has ended has neither. *state* is what a session does or how it ended;
    of a change that came back, the change's; ``stuck`` of an item that could not start. *risk* is
    the estimate that the session fails, None where its lane is not calibrated.
    """

    session: str
    item: str
    mission: str
    state: str
    evidence: str
    blocker: str
    next: str
    offset: str | None = None
    seen_seconds: float | None = None
    waffle: float | None = None
    risk: float | None = None
