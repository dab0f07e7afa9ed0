"""What to do about a base that may be red: nobody is blamed without proof on both sides."""

from math import ceil, log2

import pytest

from darkfactory.gate.blame import Course, Do, Step, advise
from tests.fakes.blame_world import LINE, World


@pytest.mark.parametrize("length", [2, 3, 4, 9, 16, 33])
def test_the_first_red_commit_is_found_with_at_most_log2_runs(length: int) -> None:
    for bad in range(1, length):
        world = World(length, bad)

        steps = world.settle()

        assert steps == [Do.FREEZE, Do.BLAME]
        assert world.told == Step(Do.BLAME, LINE[bad])
        confirmed = {world.tip, LINE[bad], LINE[bad - 1]}
        assert len(world.runs) <= ceil(log2(length - 1)) + len(confirmed)


def test_a_green_base_is_left_alone() -> None:
    assert World(5, bad=9).settle() == []


def test_a_red_that_a_second_run_does_not_confirm_freezes_nothing() -> None:
    world = World(5, bad=3, flips={LINE[4]})

    assert world.settle() == []
    assert world.runs == [LINE[4]]


def test_a_base_that_was_never_green_is_left_to_who_lands_on_it() -> None:
    step = advise(Course(LINE[4], (LINE[4],), green={LINE[4]: False}))

    assert step.do is Do.NOTHING


def test_what_was_green_and_is_red_now_unchanged_blames_nobody() -> None:
    world = World(2, bad=1, flips={LINE[0]})

    assert world.settle() == [Do.FREEZE, Do.GIVE_UP]
    assert world.told is not None
    assert world.told.why == "c0 was green and fails now, unchanged"


@pytest.mark.parametrize("bad", range(1, 31))
def test_where_the_last_green_was_luck_an_older_one_is_found_and_searched_from(bad: int) -> None:
    world = World(33, bad, start=30, known=dict.fromkeys(LINE[:31], True))

    steps = world.settle()

    assert steps == [Do.FREEZE, Do.BLAME]
    assert world.told == Step(Do.BLAME, LINE[bad])
    assert len(world.runs) <= 3 * ceil(log2(33))


def test_surroundings_that_broke_are_found_out_with_few_runs() -> None:
    world = World(33, bad=0, start=30, known=dict.fromkeys(LINE[:31], True))

    assert world.settle() == [Do.FREEZE, Do.GIVE_UP]
    assert len(world.runs) <= 2 * ceil(log2(33))


def test_a_culprit_that_passes_when_asked_again_is_none_and_the_search_goes_on() -> None:
    world = World(9, bad=2, known={LINE[4]: False, LINE[2]: False, LINE[1]: True, LINE[3]: False})
    world.flips = {LINE[2]}  # red once, green from now on

    assert world.settle() == [Do.FREEZE, Do.BLAME]
    assert world.told == Step(Do.BLAME, LINE[3])


def test_a_commit_on_which_the_harness_does_not_end_blames_nobody() -> None:
    world = World(3, bad=1, broken={LINE[1]})

    assert world.settle() == [Do.FREEZE, Do.GIVE_UP]


def test_what_a_person_has_thawed_is_not_frozen_again_before_it_was_green() -> None:
    assert World(5, bad=3, accepted=LINE[3]).settle() == []
    assert World(5, bad=3, accepted="older").settle() == [Do.FREEZE, Do.BLAME]


def test_landing_goes_on_once_the_base_is_green_again() -> None:
    world = World(5, bad=3)
    world.settle()

    world.length, world.bad = 6, 9
    found = world.settle()

    assert found == [Do.THAW]


def test_a_base_that_moved_while_it_is_frozen_is_tested_once_and_stays_so_while_it_is_red() -> None:
    world = World(5, bad=3)
    world.settle()
    world.runs.clear()

    world.length = 6

    assert world.settle() == []
    assert world.runs == [LINE[5]]
