"""Signals: what makes a session look like waffling, with the events that show it."""

from dataclasses import dataclass

MOST_EVENTS = 12

# How much one signal at full strength doubts a session. No family alone reaches the default limit
# for a nuke, and the weak ones not even the one for a steer.
_KNOWN = {
    "exact_loop": ("loop", 0.80),
    "cycle": ("loop", 0.80),
    "near_loop": ("loop", 0.75),
    "stale": ("loop", 0.80),
    "err_repeat": ("error", 0.60),
    "err_streak": ("error", 0.72),
    "err_unmoved": ("error", 0.72),
    "edit_reject": ("edit", 0.72),
    "edit_osc": ("edit", 0.75),
    "churn": ("edit", 0.72),
    "no_diff": ("burn", 0.40),
    "lasting": ("burn", 0.72),
    "monologue": ("talk", 0.72),
    "talk": ("talk", 0.25),
    "give_up": ("talk", 0.20),
    "bluff": ("truth", 0.75),
    "tamper": ("truth", 0.75),
    "drift": ("scope", 0.50),
    "regress": ("harness", 0.72),
}
FAMILIES = {name: family for name, (family, _) in _KNOWN.items()}
WEIGHTS = {name: weight for name, (_, weight) in _KNOWN.items()}
# Families whose signals are facts of what was done, not of how it was said or how long it took.
STRONG = frozenset({"loop", "error", "edit", "truth", "harness"})
# A fact that refutes the agent, not a pattern: needs no second look.
HARD = frozenset({"bluff"})
# What an agent did, not how it goes: done once more after it was told, it needs no pattern.
FACTS = frozenset({"bluff", "tamper"})


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
