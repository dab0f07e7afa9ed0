"""Look back: the metrics of a window of time beside those of the one before it."""

import re
from dataclasses import dataclass
from typing import Any

from darkfactory.errors import UsageError
from darkfactory.factory.learn import Learned, learn, learned_json
from darkfactory.factory.line import Line
from darkfactory.factory.read_history import read_history
from darkfactory.retro.history import Window
from darkfactory.retro.metrics import METRICS, Metric, completion_by_lane

_SINCE = re.compile(r"(\d{1,4})([mhdw])")
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class BadSince(UsageError):
    """A span of time to look back on that is none."""

    code = "retro.bad_since"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no span of time", fix="give a number with m, h, d or w, such as 7d"
        )


@dataclass(frozen=True, slots=True)
class Retro:
    """Metrics of *window* by name, each beside that of the window before; lanes; what it taught."""

    window: Window
    metrics: dict[str, tuple[Metric, Metric]]
    lanes: dict[str, Metric]
    learned: Learned


def hold_retro(line: Line, since: str) -> Retro:
    """Return what the time since *since* (``7d``) came to.

    Raises:
        BadSince: If it is no span of time.
        GitFailed: If the hub cannot be read.
    """
    now = line.clock.now()
    window = Window(now - _seconds(since), now)
    history = read_history(line, window.before.start)
    metrics = {
        name: (reckon(history, window), reckon(history, window.before))
        for name, reckon in METRICS.items()
    }
    lanes = completion_by_lane(history, window)
    return Retro(window, metrics, lanes, learn(line, history, window))


def retro_json(retro: Retro) -> dict[str, Any]:
    """Return *retro* in the shape of the contract."""
    return {
        "from": retro.window.start,
        "to": retro.window.end,
        "metrics": {name: _metric(*both) for name, both in retro.metrics.items()},
        "lanes": [
            {"name": name, "done": one.numerator, "items": one.denominator}
            for name, one in retro.lanes.items()
        ],
        **learned_json(retro.learned),
    }


def _metric(now: Metric, before: Metric) -> dict[str, Any]:
    change = None
    if now.value is not None and before.value is not None:
        change = round(now.value - before.value, 4)
    return {
        "value": now.value,
        "numerator": now.numerator,
        "denominator": now.denominator,
        "unknown": now.unknown,
        "before": before.value,
        "change": change,
    }


def _seconds(since: str) -> float:
    found = _SINCE.fullmatch(since.strip())
    if found is None or not int(found[1]):
        raise BadSince(since)
    return float(int(found[1]) * _UNIT_SECONDS[found[2]])
