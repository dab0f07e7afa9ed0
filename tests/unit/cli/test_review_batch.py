"""One yes to several changes on the review screen, and taking a yes back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.cli.review_ask import Pick, Taste
from darkfactory.cli.review_view import ReviewView
from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.lane import BatchCap, Lane
from tests.fakes.gates import SETTINGS, offer
from tests.fakes.screens import Screen
from tests.unit.cli.review_stage import Stage, play


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def allowing_batches(folder: Path) -> Stage:
    """Return a gate whose lane allows one yes to several changes, with three that wait."""
    lane = Lane("bugs", agents=("mock",), batch=BatchCap())
    stage = Stage(folder, replace(SETTINGS, lanes=(lane,)))
    for name in ("a", "b", "c"):
        offer(stage.room, name, {f"{name}.md": f"{name}\n"})
    return stage


def is_read(stage: Stage, name: str) -> Callable[[], bool]:
    return lambda: any(one["change"] == name for one in stage.told("change.read"))


def test_one_yes_covers_several_once_what_was_drawn_is_on_the_screen(tmp_path: Path) -> None:
    stage = allowing_batches(tmp_path)

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("1 of 3", "shape")
        await screen.pilot.press("b")
        await screen.asked(Pick)
        drawn = stage.told("change.drawn")[0]["change"]
        if drawn != "c-a":  # which was on the screen already
            await screen.sees("once those marked FIRST are opened", f"open {drawn}")
            await screen.pilot.press("o")
            await screen.until(is_read(stage, drawn))
            await screen.pilot.press("b")
        await screen.sees("approve 3 changes at once")
        await screen.pilot.press("y")
        await screen.sees("3 changes approved at once", "nothing waits for your verdict")

    play(stage, act)

    told = stage.told("change.approved")
    assert len({one["batch"] for one in told}) == 1
    assert [one["change"] for one in told] == ["c-a", "c-b", "c-c"]
    assert stage.landings == 1


def test_u_takes_one_yes_to_several_back(tmp_path: Path) -> None:
    stage = allowing_batches(tmp_path)

    async def act(screen: Screen[ReviewView]) -> None:
        for name in ("c-a", "c-b", "c-c"):
            await screen.sees(f"{name}  ", "shape")
            await screen.until(is_read(stage, name))
            await screen.pilot.press("n")
        await screen.pilot.press("b")
        await screen.sees("approve 3 changes at once")
        await screen.pilot.press("y")
        await screen.sees("nothing waits for your verdict")
        await screen.pilot.press("u")
        await screen.sees("taken back: c-a, c-b, c-c", "of 3")

    play(stage, act)

    assert {one.state for one in stage.room.refresh()} == {State.WAITING_TASTE}


def test_u_takes_a_single_yes_back_and_says_where_there_is_none(stage: Stage) -> None:
    offer(stage.room, "a", {"a.md": "a\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("u")
        await screen.sees("you have said no yes here")
        await screen.pilot.press("a")
        await screen.asked(Taste)
        await screen.pilot.press("enter")
        await screen.sees("nothing waits for your verdict")
        await screen.pilot.press("u")
        await screen.sees("taken back: c-a", "1 of 1")

    play(stage, act)

    assert stage.room.find("a").state is State.WAITING_TASTE


def test_b_in_a_lane_that_does_not_allow_it_says_so(stage: Stage) -> None:
    offer(stage.room, "a", {"a.md": "a\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("b")
        await screen.sees("lane bugs does not allow one yes to several changes")

    play(stage, act)
