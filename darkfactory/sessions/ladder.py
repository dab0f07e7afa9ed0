"""The kill ladder: ask by protocol, close input, SIGTERM, SIGKILL; each rung has its grace."""

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """One way to make an agent stop, gentlest first."""

    INTERRUPT = "interrupt"
    FINISH = "finish"
    TERMINATE = "terminate"
    KILL = "kill"


_ORDER = tuple(Rung)
_GRACE_SECONDS = {
    Rung.INTERRUPT: 3.0,
    Rung.FINISH: 5.0,
    Rung.TERMINATE: 3.0,
    Rung.KILL: float("inf"),
}


@dataclass(slots=True)
class Ladder:
    """Where the descent stands. *next_at* is when the next rung is due (monotonic seconds)."""

    next_rung: Rung | None
    next_at: float

    @classmethod
    def start(cls, rung: Rung, now: float) -> "Ladder":
        """Begin at *rung*, due at once."""
        return cls(rung, now)

    def due(self, now: float) -> Rung | None:
        """Return the rung to take now, once, or None while a grace runs."""
        rung = self.next_rung
        if rung is None or now < self.next_at:
            return None
        self.next_at = now + _GRACE_SECONDS[rung]
        at = _ORDER.index(rung) + 1
        self.next_rung = _ORDER[at] if at < len(_ORDER) else None
        return rung

    def skip_to(self, rung: Rung, now: float) -> None:
        """Take *rung* at once if it is still ahead."""
        if self.next_rung is not None and _ORDER.index(rung) >= _ORDER.index(self.next_rung):
            self.next_rung, self.next_at = rung, now
