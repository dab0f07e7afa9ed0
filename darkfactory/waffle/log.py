"""The score of a whole log, as the JSON object of ``df waffle score``."""

import json
from collections.abc import Iterable
from typing import Any

from darkfactory.domain.event import Event, event_of
from darkfactory.domain.lane import WaffleLimits
from darkfactory.waffle.calibration_file import Calibrations
from darkfactory.waffle.ladder import Action
from darkfactory.waffle.score import Scorer
from darkfactory.waffle.signal import Signal

_DIGITS = 4


def score_log(
    lines: Iterable[str | bytes], *, limits: WaffleLimits | None = None, file: str | None = None
) -> dict[str, Any]:
    """Return the score of a log of events; see :func:`score_events`.

    Args:
        lines: The log, one event a line; a line that is no event only counts for the indexes.
        limits: The lane's limits; None: the defaults.
        file: The log's name, for the reader.
    """
    return score_events(map(_read, lines), limits=limits, file=file)


def score_events(
    told: Iterable[tuple[list[Event], str]],
    *,
    limits: WaffleLimits | None = None,
    file: str | None = None,
    calibrations: Calibrations | None = None,
    lane: str | None = None,
    again: bool = False,
) -> dict[str, Any]:
    """Return the score of a whole log as the JSON object of ``df waffle score``.

    *judged* of its *events* are of a kind that is scored. *skipped* lines are no events;
    *first_skipped* names the first one, counted from 1, and says why. Blank lines are neither.

    Args:
        told: The events of each line, or why there are none; no reason where none is due.
        limits: The lane's limits; None: the defaults.
        file: The log's name, for the reader.
        calibrations: The calibrated lanes; without the log's lane its risk is null.
        lane: The log's lane, where it does not say it itself.
        again: *calibrations* go before what the session ran by.
    """
    scorer = Scorer(limits, calibrations=calibrations, lane=lane, again=again)
    peak, last = 0.0, (0.0, Action.NONE.value)
    timeline: list[list[Any]] = []
    counts = {"events": 0, "judged": 0, "skipped": 0}
    first_skipped = None
    for index, (events, why) in enumerate(told):
        if why:
            counts["skipped"] += 1
            first_skipped = first_skipped or {"line": index + 1, "why": why}
        for event in events:
            counts["events"] += 1
            counts["judged"] += scorer.judges(event)
            scorer.feed(event, at=index)
        now = (round(scorer.score, _DIGITS), scorer.action)
        if now != last:
            timeline.append([index, *now])
            peak, last = max(peak, now[0]), now
    return {
        "version": 1,
        "file": file,
        "waffle": last[0],
        "peak": peak,
        "risk": None if scorer.risk is None else round(scorer.risk, _DIGITS),
        "action": last[1],
        "signals": [_shown(one) for one in scorer.signals],
        "timeline": timeline,
        **counts,
        "first_skipped": first_skipped,
    }


def _shown(one: Signal) -> dict[str, Any]:
    return {
        "name": one.name,
        "family": one.family,
        "strength": round(one.strength, _DIGITS),
        "events": list(one.events),
        "because": one.because,
    }


def _read(line: str | bytes) -> tuple[list[Event], str]:
    """Return the event of a line, or why it has none; no reason where none is due."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return [], "it is no JSON" if line.strip() else ""
    event = event_of(body)
    return ([event], "") if event else ([], "it is no object with a type")
