"""What lands without a person, and what keeps everything else waiting."""

from dataclasses import replace
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.factory.alone import hindrances, is_for_audit
from darkfactory.gate.record import Change

LANE = Lane("chores", agents=("mock",), autonomy=Autonomy.LAND)


def change(*, check: dict[str, Any] | None = None, **facts: Any) -> Change:
    return Change(
        id="c-1",
        item="1",
        lane="chores",
        title="t",
        session="s-1-1",
        revision=1,
        head="h",
        base="b",
        patch_id=str(facts.pop("patch_id", "p")),
        state=ChangeState.WAITING_TASTE,
        since=0.0,
        facts={"risk": {"score": 0.05}, "waffle": {"score": 0.1}, **facts},
        check={"result": "pass", "claims": [], **(check or {})},
    )


def test_a_green_quiet_low_risk_change_of_a_landing_lane_lands() -> None:
    assert hindrances(LANE, change()) == ()


def test_only_a_landing_lane_lands_alone() -> None:
    lane = replace(LANE, autonomy=Autonomy.PROPOSE)

    assert hindrances(lane, change()) == ("lane chores proposes",)


@pytest.mark.parametrize(
    ("facts", "check", "told"),
    [
        ({}, {"result": "fail"}, "the harness does not pass"),
        ({}, {"result": "fail", "green": True, "unproved": True, "why": "x"}, "does not pass"),
        ({}, {"claims": [{"text": "all pass", "holds": False}]}, "refuted"),
        ({}, {"done_when": False, "unproved": True, "why": "done_when fails"}, "done_when fails"),
        ({}, {"fewer_tests": "the harness passed 0 tests, 12 on the base"}, "0 tests, 12 on"),
        ({"protected": ["check.sh"]}, {}, "protected or runs the checks"),
        ({"bypasses": [{"path": "a"}]}, {}, "keep the checks from telling"),
        ({"silenced": ["a:1 adds '|| true'"]}, {}, "silences checks"),
        ({"invisible": [{"path": "a"}]}, {}, "hides something"),
        ({"secrets": [{"path": "a"}]}, {}, "credential"),
        ({"out_of_lane": ["docs/a"]}, {}, "leaves its lane"),
        ({"authors": ["Linus"]}, {}, "somebody else"),
        ({"notes": ["big.bin is too large"]}, {}, "a note to read"),
        ({"risk": {"score": 0.2}}, {}, "its risk is 0.20, not below 0.20"),
        ({"waffle": {"score": 0.5}}, {}, "its waffle score is 0.50, not below 0.50"),
    ],
)
def test_everything_else_waits_for_a_person_and_says_why(
    facts: dict[str, Any], check: dict[str, Any], told: str
) -> None:
    assert any(told in why for why in hindrances(LANE, change(check=check, **facts)))


def test_each_hindrance_is_told() -> None:
    found = hindrances(LANE, change(secrets=[{"path": "a"}], risk={"score": 0.7}))

    assert found == (
        "it adds what looks like a credential",
        "its risk is 0.70, not below 0.20",
    )


def test_about_one_in_five_is_sampled_for_audit_whoever_asks() -> None:
    sampled = [is_for_audit(change(patch_id=str(number))) for number in range(1000)]

    assert 150 <= sum(sampled) <= 260
    assert sampled == [is_for_audit(change(patch_id=str(number))) for number in range(1000)]
