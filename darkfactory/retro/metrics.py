"""The metrics of a window of time: each a numerator over a denominator (docs/retro.md).

What cannot be known is None, never 0, and what had to be left out of a metric is counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from darkfactory.domain.session import Outcome
from darkfactory.retro.history import Fate, History, Landing, Sitting, Window

FEWEST_PEERS = 5
"""How many sessions an estimate of what another one would have used needs at least."""

_NO_PEERS = frozenset({Outcome.NUKED, Outcome.CANCELLED, Outcome.CRASHED})
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: *unknown* counts what belongs to it and could not be reckoned in."""

    value: float | None
    numerator: float | None
    denominator: int
    unknown: int = 0


def abandoned_rate(history: History, window: Window) -> Metric:
    """Return the share of the settled sessions whose work came to nothing."""
    ended = _ended(history, window)
    settled = [one for one in ended if one.fate is not Fate.OPEN]
    lost = sum(one.fate is Fate.LOST for one in settled)
    return _ratio(lost, len(settled), unknown=len(ended) - len(settled))


def tokens_saved(history: History, window: Window) -> Metric:
    """Return an estimate of what the nuked sessions would have used had nobody ended them.

    Each is held against the sessions of its lane that ended by themselves and used at least as
    much: the median of what those used beyond that. Too few of them, and it is left out.
    """
    ended = _ended(history, window)
    nuked = [one for one in ended if one.outcome == Outcome.NUKED]
    rests = [_rest(one, history.sittings) for one in nuked]
    known = [rest for rest in rests if rest is not None]
    nobody_knows = not ended or (nuked and not known)
    saved = None if nobody_knows else round(sum(known), _DIGITS)
    return Metric(saved, saved, len(known), len(nuked) - len(known))


def tokens_per_landed(history: History, window: Window) -> Metric:
    """Return the tokens of all sessions for each change that landed and has not regressed."""
    ended = _ended(history, window)
    told = [one.tokens for one in ended if one.tokens is not None]
    green = sum(not one.regressed for one in _landed(history, window))
    if ended and not told:
        return Metric(None, None, green, len(ended))
    return _ratio(sum(told), green, unknown=len(ended) - len(told))


def false_alarms(history: History, window: Window) -> Metric:
    """Return the share of the steered or nuked sessions whose work landed all the same."""
    alarmed = [one for one in _ended(history, window) if one.steers or one.outcome == Outcome.NUKED]
    settled = [one for one in alarmed if one.fate is not Fate.OPEN]
    landed = sum(one.fate is Fate.LANDED for one in settled)
    return _ratio(landed, len(settled), unknown=len(alarmed) - len(settled))


def steers_rescued(history: History, window: Window) -> Metric:
    """Return the share of the score's steers after which the session got on."""
    steers = [steer for one in _ended(history, window) for steer in one.steers]
    told = [steer for steer in steers if steer is not None]
    return _ratio(sum(told), len(told), unknown=len(steers) - len(told))


def lane_completion(history: History, window: Window) -> Metric:
    """Return the share of the items that were worked on that are done: landed or reported."""
    return _completion(_ended(history, window), history)


def regressions(history: History, window: Window) -> Metric:
    """Return the share of the landed changes that were reverted, or left the base red."""
    landed = _landed(history, window)
    return _ratio(sum(one.regressed for one in landed), len(landed))


def review_minutes(history: History, window: Window) -> Metric:
    """Return the minutes that people took for verdicts, for each change that landed by its own."""
    looks = [one for one in history.looks if window.holds(one.at) and not one.batch]
    told = [one.seconds for one in looks if one.seconds is not None]
    landed = sum(not one.batch for one in _landed(history, window))
    if looks and not told:
        return Metric(None, None, landed, len(looks))
    return _ratio(sum(told) / 60, landed, unknown=len(looks) - len(told))


def landed_in_batches(history: History, window: Window) -> Metric:
    """Return the share of the landed changes that were one of several that got one yes."""
    landed = _landed(history, window)
    return _ratio(sum(one.batch for one in landed), len(landed))


def drills_caught(history: History, window: Window) -> Metric:
    """Return the share of the judged drills that their reviewers caught."""
    told = [look.caught for look in history.looks if window.holds(look.at)]
    judged = [caught for caught in told if caught is not None]
    return _ratio(sum(judged), len(judged), unknown=0)


METRICS: Mapping[str, Callable[[History, Window], Metric]] = {
    "abandoned_rate": abandoned_rate,
    "tokens_saved": tokens_saved,
    "tokens_per_landed": tokens_per_landed,
    "false_alarms": false_alarms,
    "steers_rescued": steers_rescued,
    "lane_completion": lane_completion,
    "regressions": regressions,
    "review_minutes": review_minutes,
    "landed_in_batches": landed_in_batches,
    "drills_caught": drills_caught,
}


def completion_by_lane(history: History, window: Window) -> dict[str, Metric]:
    """Return :func:`lane_completion` of each lane that had a session, by its name."""
    ended = _ended(history, window)
    lanes = sorted({one.lane for one in ended})
    return {lane: _completion([s for s in ended if s.lane == lane], history) for lane in lanes}


def _completion(ended: Iterable[Sitting], history: History) -> Metric:
    items = {one.item for one in ended}
    fates: dict[str, set[Fate]] = {item: set() for item in items}
    for one in history.sittings:
        if one.item in fates:
            fates[one.item].add(one.fate)
    done = sum(bool(found & {Fate.LANDED, Fate.REPORTED}) for found in fates.values())
    return _ratio(done, len(items))


def _rest(nuked: Sitting, sittings: Iterable[Sitting]) -> float | None:
    """Return what *nuked* had before it, None where too few sessions of its lane tell."""
    if nuked.tokens is None:
        return None
    rests = [
        one.tokens - nuked.tokens
        for one in sittings
        if one.lane == nuked.lane
        and one.outcome not in _NO_PEERS
        and one.tokens is not None
        and one.tokens >= nuked.tokens
    ]
    return median(rests) if len(rests) >= FEWEST_PEERS else None


def _ended(history: History, window: Window) -> Sequence[Sitting]:
    return [one for one in history.sittings if window.holds(one.at)]


def _landed(history: History, window: Window) -> Sequence[Landing]:
    return [one for one in history.landings if window.holds(one.at)]


def _ratio(numerator: float, denominator: int, *, unknown: int = 0) -> Metric:
    value = round(numerator / denominator, _DIGITS) if denominator else None
    return Metric(value, round(numerator, _DIGITS), denominator, unknown)
