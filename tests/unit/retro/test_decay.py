"""How a skill stands follows from what is known of it and the time, and from nothing else."""

from dataclasses import replace

import pytest

from darkfactory.retro.decay import Known, Program, Standing, Trial, judge_decay
from darkfactory.retro.holdouts import Arm, Holdout

DAY = 86_400.0
NOW = 1000 * DAY
TRIED = {"codex": (Program("gpt-5", "0.40"),)}
TRIAL = Trial(NOW - 10 * DAY, 20, 0.2, (0.1, 0.3), "better", 1.5, TRIED)
KNOWN = Known("commit", TRIAL, scenarios=True, agents={"codex": Program("gpt-5", "0.40")})
NOTHING = Holdout("commit", "1", Arm(9000), Arm(9000), 0.0, (-0.02, 0.01), 0.9, "no difference")


def standing(known: Known) -> tuple[Standing, str]:
    judged = judge_decay(known, NOW)
    return judged.standing, judged.next


def test_a_skill_that_was_tried_of_late_is_active_and_needs_nothing() -> None:
    judged = judge_decay(KNOWN, NOW)

    assert (judged.standing, judged.next) == (Standing.ACTIVE, "")
    assert judged.reason == "evals 10 days ago: better, +10 to +30 points over 20 scenarios"


def test_of_what_nobody_tried_nothing_is_assumed() -> None:
    untried = replace(KNOWN, trial=None)

    assert standing(untried) == (Standing.UNKNOWN, "df evals run --skill commit")
    assert standing(replace(untried, scenarios=False))[1] == "write skills/commit/evals/"
    assert "another content" in judge_decay(replace(untried, elsewhere=True), NOW).reason


@pytest.mark.parametrize(("days", "expected"), [(89, Standing.ACTIVE), (90, Standing.STALE)])
def test_evals_are_good_for_ninety_days(days: int, expected: Standing) -> None:
    known = replace(KNOWN, trial=replace(TRIAL, at=NOW - days * DAY))

    assert judge_decay(known, NOW).standing is expected


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ({"codex": Program("gpt-6", "0.40")}, "codex is gpt-6 0.40 by now; tried was gpt-5 0.40"),
        ({"codex": Program("gpt-5", "0.41")}, "codex is gpt-5 0.41 by now"),
        ({"codex": Program("", "0.40")}, "codex is 0.40 by now"),
        ({"claude": Program("sonnet")}, "agent claude was not tried with it"),
    ],
)
def test_another_model_version_or_agent_makes_it_stale(
    agents: dict[str, Program], said: str
) -> None:
    judged = judge_decay(replace(KNOWN, agents=agents), NOW)

    assert judged.standing is Standing.STALE
    assert said in judged.reason
    assert judged.next == "df evals run --skill commit --fresh"


def test_a_version_that_nobody_has_told_is_no_change() -> None:
    assert standing(replace(KNOWN, agents={"codex": Program("gpt-5")}))[0] is Standing.ACTIVE


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (replace(TRIAL, interval=(-0.02, 0.02), verdict="no difference"), "does nothing"),
        (replace(TRIAL, interval=(-0.3, -0.1), verdict="worse"), "does harm"),
        (replace(TRIAL, interval=(-0.04, 0.04), verdict="no difference"), "1.5 times the tokens"),
    ],
)
def test_what_brings_nothing_or_costs_without_a_lift_is_on_probation(
    trial: Trial, said: str
) -> None:
    judged = judge_decay(replace(KNOWN, trial=trial), NOW)

    assert (judged.standing, judged.next) == (Standing.PROBATION, "df retro")
    assert said in judged.reason
    assert judge_decay(replace(KNOWN, trial=trial, kept=True), NOW).standing is Standing.ACTIVE


def test_too_little_data_is_no_reason_for_probation() -> None:
    unsure = replace(TRIAL, interval=(-0.1, 0.1), verdict="not enough data", dearer=3.0)
    one = replace(TRIAL, scenarios=1, interval=None, verdict="not enough data")

    assert standing(replace(KNOWN, trial=unsure))[0] is Standing.ACTIVE
    assert standing(replace(KNOWN, trial=one))[0] is Standing.ACTIVE


def test_a_holdout_speaks_of_now_and_old_evals_do_not() -> None:
    old = replace(TRIAL, at=0.0, interval=(0.0, 0.0), verdict="no difference")

    assert standing(replace(KNOWN, trial=old))[0] is Standing.STALE
    assert standing(replace(KNOWN, trial=old, holdout=NOTHING))[0] is Standing.PROBATION
    assert "-2 to +1 points" in judge_decay(replace(KNOWN, holdout=NOTHING), NOW).reason


def test_a_retired_skill_can_be_brought_back() -> None:
    judged = judge_decay(replace(KNOWN, retired="by ada"), NOW)

    assert (judged.standing, judged.reason) == (Standing.RETIRED, "by ada")
    assert judged.next == "df skills restore commit"
