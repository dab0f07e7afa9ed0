"""Whether a skill still earns its place, by what is known of it. Pure: the clock is passed in.

``active`` is what evals tried not long ago, as it is and with the agents that get it; ``stale``
what they tried with other agents or too long ago; on ``probation`` is what they, or a holdout,
found to bring nothing; ``retired`` lies in ``skills/retired/``. What nobody has tried is
``unknown``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from darkfactory.retro.holdouts import Holdout

STALE_DAYS = 90
NOTHING = 0.02
"""A difference that lies within this for certain is none worth having."""
DEARER = 1.25
_DAY = 86_400.0


class Standing(StrEnum):
    """How a skill stands."""

    ACTIVE = "active"
    STALE = "stale"
    PROBATION = "probation"
    RETIRED = "retired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Program:
    """Which model lanes.yaml has an agent use, and its program's version; empty: none is told."""

    model: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The last evals of the very skill: with it less without it, over *scenarios*, *at* a time.

    *verdict* is that of the comparison, *dearer* how many times the tokens its cells used, *tried*
    what ran in them by the agent's name, *cells* how many ran.
    """

    at: float
    scenarios: int
    delta: float
    interval: tuple[float, float] | None
    verdict: str
    dearer: float | None = None
    tried: Mapping[str, tuple[Program, ...]] = field(default_factory=dict)
    cells: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a skill. *agents* are those of the lanes that give it, as they are now.

    *kept*: it is a guard or has an enforced rule, which no average over sessions can speak
    against. *scenarios*: it has some. *elsewhere*: another content of it was tried. *retired* says
    when and why it was, empty if it was not.
    """

    name: str
    trial: Trial | None = None
    holdout: Holdout | None = None
    agents: Mapping[str, Program] = field(default_factory=dict)
    kept: bool = False
    scenarios: bool = False
    elsewhere: bool = False
    retired: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """How a skill stands, why, and the *next* step; empty where nothing is to be done.

    *live*: the sessions of a holdout say so.
    """

    standing: Standing
    reason: str
    next: str = ""
    live: bool = False


def judge_decay(known: Known, now: float) -> Judged:
    """Return how the skill that *known* is about stands at the time *now*."""
    if known.retired:
        return Judged(Standing.RETIRED, known.retired, f"df skills restore {known.name}")
    idle = "" if known.kept else _held_out(known.holdout)
    if idle:
        return Judged(Standing.PROBATION, idle, "df retro", live=True)
    trial = known.trial
    if trial is None:
        return _untried(known)
    old = "; ".join(_changes(trial, known.agents, now))
    if old:
        again = f"df evals run --skill {known.name} --fresh"
        return Judged(Standing.STALE, old, again)
    idle = "" if known.kept else _tried_in_vain(trial)
    if idle:
        return Judged(Standing.PROBATION, idle, "df retro")
    days = int((now - trial.at) / _DAY)
    return Judged(Standing.ACTIVE, f"evals {days} days ago: {_told(trial)}")


def _untried(known: Known) -> Judged:
    what = "evals tried another content of it" if known.elsewhere else "no eval on record tried it"
    run = f"df evals run --skill {known.name}"
    return Judged(
        Standing.UNKNOWN, what, run if known.scenarios else f"write skills/{known.name}/evals/"
    )


def _changes(trial: Trial, agents: Mapping[str, Program], now: float) -> Iterator[str]:
    days = int((now - trial.at) / _DAY)
    if days >= STALE_DAYS:
        yield f"its evals are {days} days old"
    for name, program in sorted(agents.items()):
        tried = trial.tried.get(name)
        if tried is None:
            yield f"agent {name} was not tried with it"
        elif not any(_is_same(program, one) for one in tried):
            yield f"agent {name} is {_shown(program)} by now; tried was {_shown(tried[0])}"


def _is_same(now: Program, tried: Program) -> bool:
    """Tell whether two are the same; a version that nobody has told is no change."""
    return now.model == tried.model and now.version in ("", tried.version or now.version)


def _shown(program: Program) -> str:
    return " ".join(part for part in (program.model, program.version) if part) or "without a model"


def _tried_in_vain(trial: Trial) -> str:
    if trial.verdict == "worse":
        return f"evals say that it does harm: {_told(trial)}"
    if _within(trial.interval):
        return f"evals say that it does nothing: {_told(trial)}"
    if trial.verdict == "no difference" and trial.dearer is not None and trial.dearer >= DEARER:
        return f"it costs {trial.dearer:.1f} times the tokens and lifts nothing: {_told(trial)}"
    return ""


def _held_out(found: Holdout | None) -> str:
    if found is None or found.delta is None or found.interval is None:
        return ""
    if found.verdict != "worse" and not _within(found.interval):
        return ""
    low, high = (f"{100 * limit:+.0f}" for limit in found.interval)
    items = f"{found.given.items} items with it and {found.withheld.items} without"
    what = "does harm" if found.verdict == "worse" else "does nothing"
    return f"its holdout says that it {what}: {low} to {high} points, {items}"


def _within(interval: tuple[float, float] | None) -> bool:
    return interval is not None and interval[0] >= -NOTHING and interval[1] <= NOTHING


def _told(trial: Trial) -> str:
    if trial.interval is None:
        return f"{trial.verdict}, {100 * trial.delta:+.0f} points in one scenario"
    low, high = (f"{100 * limit:+.0f}" for limit in trial.interval)
    return f"{trial.verdict}, {low} to {high} points over {trial.scenarios} scenarios"
