"""Signals: what makes a session look like waffling, with the events that show it."""

from dataclasses import dataclass

MOST_EVENTS = 12

# How much one signal at full strength doubts a session. No family alone reaches the default limit
# for a nuke, and the weak ones not even the one for a steer.
WEIGHTS = {
    "exact_loop": 0.80,
    "cycle": 0.75,
    "near_loop": 0.65,
    "err_repeat": 0.60,
    "edit_reject": 0.60,
    "no_diff": 0.40,
    "monologue": 0.55,
    "bluff": 0.75,
}
FAMILIES = {
    "exact_loop": "loop",
    "cycle": "loop",
    "near_loop": "loop",
    "err_repeat": "error",
    "edit_reject": "edit",
    "no_diff": "burn",
    "monologue": "talk",
    "bluff": "truth",
}
# A fact that refutes the agent, not a pattern: needs no second look.
HARD = frozenset({"bluff"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One named doubt: *strength* 0 to 1, *events* that show it, *because* in one sentence."""

    name: str
    strength: float
    events: tuple[int, ...]
    because: str

    @property
    def family(self) -> str:
        """Signals of one family see the same behaviour; only the strongest counts."""
        return FAMILIES[self.name]

    @property
    def doubt(self) -> float:
        """How much this signal alone would raise the score."""
        return WEIGHTS[self.name] * self.strength


def signal(name: str, strength: float, events: list[int] | tuple[int, ...], because: str) -> Signal:
    """Return a signal with *strength* kept in 0 to 1 and the latest of *events*."""
    kept = sorted(dict.fromkeys(events))[-MOST_EVENTS:]
    return Signal(name, min(1.0, max(0.0, strength)), tuple(kept), because)
