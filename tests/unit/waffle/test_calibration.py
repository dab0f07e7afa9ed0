import json
import random

import pytest

from darkfactory.waffle.calibration import Sample, auroc, calibrated
from darkfactory.waffle.calibration_file import (
    Calibration,
    as_file,
    calibration_json,
    from_file,
)
from darkfactory.waffle.profile import FEATURES
from darkfactory.waffle.ridge import fitted
from darkfactory.waffle.score import Scorer
from darkfactory.waffle.usual import Pace, Spread, Usual, usual_of
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

    assert read == {"bugs": Calibration(verdict.estimate)}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"version": 3, "lanes": {}},
        {"version": 2, "lanes": {"a": {"estimate": {"bias": 0}}}},
        {"version": 2, "lanes": {"a": {"usual": {"calls": {"p50": 1, "p95": -1}}}}},
        {"version": 2, "lanes": {"a": {"usual": []}}},
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
        scorer = Scorer(calibrations={lane: Calibration(estimate)})
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


def test_an_estimate_of_the_first_version_is_still_read() -> None:
    weights = {"calls": 0.5, "stale": -1}
    body = {"version": 1, "lanes": {"bugs": {"sessions": 120, "bias": 0.25, "weights": weights}}}

    read = from_file(body)

    assert read is not None
    assert read["bugs"].usual is None
    estimate = read["bugs"].estimate
    assert estimate is not None
    told = dict(zip(FEATURES, estimate.weights, strict=True))
    assert estimate.bias == 0.25
    assert {name: weight for name, weight in told.items() if weight} == weights


def test_what_is_usual_is_kept_without_an_estimate_from_twenty_sessions_on() -> None:
    paces = [Pace(float(number), None, 2) for number in range(1, 21)]

    verdicts = [calibrated("bugs", [], paces[:count]) for count in (19, 20)]

    assert [one.usual for one in verdicts] == [
        None,
        Usual(Spread(10, 19), None, Spread(2, 2)),
    ]
    assert as_file(verdicts[:1])["lanes"] == {}
    assert from_file(json.loads(json.dumps(as_file(verdicts)))) == {
        "bugs": Calibration(None, verdicts[1].usual)
    }


def test_a_session_that_never_got_on_tells_no_pace_but_its_files() -> None:
    log = Log()
    for number in range(5):
        log.call(f"make {number}", "Error: no", exit_code=1)

    assert log.score().pace == Pace(None, None, 0)


def test_the_pace_of_a_session_is_its_longest_way_to_a_progress() -> None:
    log = Log()
    for calls in (2, 7, 3):
        for number in range(calls):
            log.call(f"make {calls} {number}", f"{calls} {number}")
        log.add("usage", {"total_session": 100 * calls})
        log.edit(f"{calls}.py", "content")

    assert log.score().pace == Pace(8, 500, 3)


USUAL = usual_of([Pace(7, 2_000, 2)] * 20)


def warned(calibration: Calibration | None, log: Log) -> list[tuple[str, float]]:
    scorer = Scorer(calibrations={"bugs": calibration} if calibration else {}, lane="bugs")
    for event in log.events:
        scorer.feed(event)
    return [(one.name, round(one.strength, 2)) for one in scorer.signals]


def test_calls_and_tokens_without_progress_are_held_against_what_is_usual() -> None:
    calls, tokens = Log(), Log()
    for number in range(12):
        calls.call(f"make {number}", f"says {number} {'x' * number}")
    tokens.add("usage", {"total_session": 3_000})
    tokens.call("make", "says")

    found = [
        warned(one, log) for log in (calls, tokens) for one in (None, Calibration(None, USUAL))
    ]

    assert found == [[], [("no_diff", 0.56)], [], [("no_diff", 0.5)]]


def test_more_files_than_usual_drift() -> None:
    log = Log()
    for number in range(5):
        log.edit(f"{number}.py", f"content {number}")

    found = [warned(one, log) for one in (None, Calibration(None, USUAL))]

    assert found == [[], [("drift", 0.75)]]


def test_a_log_is_scored_by_what_its_session_ran_by() -> None:
    estimate = fitted(samples(160, telling="stale"))
    own = calibration_json(Calibration(estimate, USUAL))
    log = Log()
    log.add("session.started", {"lane": "bugs", "calibration": own})
    for number in range(5):
        log.edit(f"{number}.py", f"content {number}")
    other = {"bugs": Calibration(None, Usual(files=Spread(1, 100)))}

    def scored(*, again: bool) -> tuple[float | None, float]:
        scorer = Scorer(calibrations=other, again=again)
        for event in log.events:
            scorer.feed(event)
        return scorer.risk, scorer.score

    assert scored(again=False) == (estimate.risk(log.score().features), log.score().score)
    assert scored(again=False)[1] > 0
    assert scored(again=True) == (None, 0)


def test_what_ran_by_nothing_is_not_scored_by_what_became_usual_later() -> None:
    log = Log()
    log.add("session.started", {"lane": "bugs", "calibration": None})
    for number in range(5):
        log.edit(f"{number}.py", f"content {number}")

    assert warned(Calibration(None, USUAL), log) == []


def test_what_is_said_and_told_is_counted_in_shares() -> None:
    log = Log()
    log.edit("a.py", "content")
    log.call("make", "fatal error: no rule", exit_code=2)
    log.call("make", "fatal error: no rule", exit_code=2)
    log.call("ls", "a.py")
    fresh = dict(zip(FEATURES, log.score().features, strict=True))
    for _ in range(9):
        log.say("the very same words")

    told = dict(zip(FEATURES, log.score().features, strict=True))

    assert (fresh["errors_told"], fresh["different"], fresh["after_edit"]) == (0.5, 0.75, 0.75)
    assert fresh["new_words"] == 1
    assert told["new_words"] < 0.2
