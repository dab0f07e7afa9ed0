import json
import random

import pytest

from darkfactory.waffle.calibration import (
    Sample,
    as_file,
    auroc,
    calibrated,
    fitted,
    from_file,
)
from darkfactory.waffle.profile import FEATURES
from darkfactory.waffle.score import Scorer
from tests.unit.waffle.logs import Log


def samples(count: int, *, telling: str, noise: float = 0.3) -> list[Sample]:
    """Return sessions of which half fail and only the feature *telling* tells which."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    made = []
    for number in range(count):
        failed = number % 2 == 0
        row = [chance.random() for _ in FEATURES]
        row[FEATURES.index(telling)] = failed + chance.gauss(0, noise)
        made.append(Sample(f"task {number // 4}", tuple(row), failed))
    return made


def test_what_tells_more_than_length_is_kept() -> None:
    verdict = calibrated("bugs", samples(160, telling="stale"))

    assert verdict.estimate is not None
    assert verdict.auroc is not None
    assert verdict.auroc > 0.9
    assert verdict.why.startswith("better than length")


def test_what_is_only_length_is_not_kept() -> None:
    verdict = calibrated("bugs", samples(160, telling="calls"))

    assert verdict.estimate is None
    assert verdict.why.startswith("no better than length")


@pytest.mark.parametrize("count", [10, 98])
def test_few_sessions_calibrate_nothing(count: int) -> None:
    verdict = calibrated("bugs", samples(count, telling="stale"))

    assert verdict.estimate is None
    assert verdict.why.startswith(f"not enough yet: {count} finished sessions (100 are needed)")


def test_chance_is_no_estimate() -> None:
    verdict = calibrated("bugs", samples(160, telling="stale", noise=30))

    assert verdict.estimate is None


def test_an_estimate_survives_its_file() -> None:
    verdict = calibrated("bugs", samples(160, telling="stale"))

    read = from_file(json.loads(json.dumps(as_file([verdict]))))

    assert read == {"bugs": verdict.estimate}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"version": 2, "lanes": {}},
        {"version": 1, "lanes": {"a": None}},
        {"version": 1, "lanes": {"a": {"bias": 0, "weights": {}}}},
        {"version": 1, "lanes": {"a": {"bias": "x", "weights": dict.fromkeys(FEATURES, 0)}}},
        {"version": 1, "lanes": {"a": {"bias": 0, "weights": dict.fromkeys(FEATURES, 1e999)}}},
    ],
)
def test_what_is_no_calibration_is_none(body: object) -> None:
    assert from_file(body) is None


def test_risk_is_told_for_the_lane_of_the_session_and_no_other() -> None:
    estimate = fitted(samples(160, telling="stale"))
    log = Log()
    log.add("session.started", {"lane": "bugs"})
    log.call("make")

    risks = []
    for lane in ("bugs", "docs"):
        scorer = Scorer(estimates={lane: estimate})
        for event in log.events:
            scorer.feed(event)
        risks.append(scorer.risk)

    assert risks == [estimate.risk(log.score().features), None]


@pytest.mark.parametrize(
    ("scores", "value"), [([1, 2, 3, 4], 1), ([4, 3, 2, 1], 0), ([1, 1, 1, 1], 0.5)]
)
def test_auroc(scores: list[float], value: float) -> None:
    assert auroc([False, False, True, True], scores) == value


def test_features_have_their_names() -> None:
    log = Log()
    log.call("cat a.py", "text")
    log.edit("a.py", "content")
    log.call("pytest", "1 failed", exit_code=1)

    told = dict(zip(FEATURES, log.score().features, strict=True))

    assert (told["looks"], told["edits"], told["runs"]) == (1 / 3, 1 / 3, 1 / 3)
    assert (told["checked_last"], told["failed_last"], told["first_edit"]) == (1, 1, 1 / 3)
