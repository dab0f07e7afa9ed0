"""``waffle.json``: what is kept of each lane, as a person reviews and commits it.

One lane of it also stands in ``session.started``, so that a log tells what it was scored by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.foreign import number_of
from darkfactory.waffle.calibration import Verdict
from darkfactory.waffle.profile import FEATURES
from darkfactory.waffle.ridge import Estimate
from darkfactory.waffle.usual import Usual, usual_from, usual_json

FILE = "waffle.json"
VERSION = 2
"""Version 1 had the estimates alone."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is known of one lane; None: not calibrated."""

    estimate: Estimate | None = None
    usual: Usual | None = None


Calibrations = Mapping[str, Calibration]


def as_file(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what is kept of *verdicts* as the JSON object of ``waffle.json``."""
    lanes = {}
    for one in verdicts:
        if one.estimate is None and one.usual is None:
            continue
        told = calibration_json(Calibration(one.estimate, one.usual))
        if told["estimate"] is not None:
            told["estimate"] = {
                "sessions": one.sessions,
                "failed": one.failed,
                "auroc": _rounded(one.auroc),
                "auroc_length": _rounded(one.auroc_length),
                **told["estimate"],
            }
        lanes[one.lane] = {"finished": one.finished, **told}
    return {"version": VERSION, "lanes": lanes}


def from_file(body: Any) -> dict[str, Calibration] | None:
    """Return the calibrations of a decoded ``waffle.json`` by lane, None if it is not one."""
    version = body.get("version") if isinstance(body, dict) else None
    lanes = body.get("lanes") if isinstance(body, dict) else None
    if version not in (1, VERSION) or isinstance(version, bool) or not isinstance(lanes, dict):
        return None
    found: dict[str, Calibration] = {}
    for name, told in lanes.items():
        one = calibration_from({"estimate": told} if version == 1 else told)
        if one is None or (version == 1 and one.estimate is None):
            return None
        found[name] = one
    return found


def calibration_json(one: Calibration) -> dict[str, Any]:
    """Return *one* as plain values; :func:`calibration_from` gives back the same."""
    estimate = one.estimate and {
        "bias": one.estimate.bias,
        "weights": dict(zip(FEATURES, one.estimate.weights, strict=True)),
    }
    return {"estimate": estimate, "usual": usual_json(one.usual)}


def calibration_from(told: Any) -> Calibration | None:
    """Return the calibration that *told* describes, None where it describes none."""
    if not isinstance(told, Mapping):
        return None
    try:
        return Calibration(_estimate(told.get("estimate")), usual_from(told.get("usual")))
    except ValueError:
        return None


def _estimate(told: Any) -> Estimate | None:
    """Return the estimate *told*; numbers that an earlier release did not have weigh 0.

    Raises:
        ValueError: If it is none.
    """
    if told is None:
        return None
    weights = told.get("weights") if isinstance(told, Mapping) else None
    if not isinstance(weights, Mapping) or not weights or not set(weights) <= set(FEATURES):
        raise ValueError(told)
    told_numbers = [told.get("bias"), *(weights.get(name, 0.0) for name in FEATURES)]
    numbers = [one for one in map(number_of, told_numbers) if one is not None]
    if len(numbers) < len(told_numbers):
        raise ValueError(told)
    return Estimate(numbers[0], tuple(numbers[1:]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
