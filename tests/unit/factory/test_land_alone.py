"""What lands without a person, and what keeps everything else waiting."""

from dataclasses import replace
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.factory.land_alone import hindrance, is_for_audit
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
    assert hindrance(LANE, change()) is None


def test_only_a_landing_lane_lands_alone() -> None:
    lane = replace(LANE, autonomy=Autonomy.PROPOSE)

    assert hindrance(lane, change()) == "lane chores proposes"


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        ({}, {"result": "fail"}),
        ({}, {"result": "fail", "green": True, "unproved": True}),
        ({}, {"claims": [{"text": "all pass", "holds": False}]}),
        ({}, {"done_when": False, "unproved": True}),
        ({"protected": ["check.sh"]}, {}),
        ({"secrets": [{"path": "a"}]}, {}),
        ({"out_of_lane": ["docs/a"]}, {}),
        ({"authors": ["Linus"]}, {}),
        ({"notes": ["big.bin is too large"]}, {}),
        ({"risk": {"score": 0.2}}, {}),
        ({"waffle": {"score": 0.5}}, {}),
    ],
)
def test_everything_else_waits_for_a_person(facts: dict[str, Any], check: dict[str, Any]) -> None:
    assert hindrance(LANE, change(check=check, **facts)) is not None


def test_about_one_in_five_is_sampled_for_audit_whoever_asks() -> None:
    sampled = [is_for_audit(change(patch_id=str(number))) for number in range(1000)]

    assert 150 <= sum(sampled) <= 260
    assert sampled == [is_for_audit(change(patch_id=str(number))) for number in range(1000)]
