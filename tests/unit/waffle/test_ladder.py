from darkfactory.domain.lane import WaffleLimits
from darkfactory.waffle.ladder import Ladder

TWO = {"loop", "error"}


def climb(
    ladder: Ladder,
    *scores: float,
    families: set[str] = TWO,
    hard: bool = False,
    strong: bool = True,
) -> list[str]:
    """Return the actions for *scores*, one answer with one call each."""
    actions = []
    for calls, score in enumerate(scores, start=1):
        ladder.answered(calls - 1)
        action = ladder.check(
            score, calls=calls, families=families, strong=strong, hard=hard, again=True
        )
        actions.append(action.value)
    return actions


def test_the_limits_of_the_lane_decide() -> None:
    assert climb(Ladder(WaffleLimits()), 0.0, 0.49, 0.5, 0.69) == ["none", "none", "warn", "warn"]
    assert climb(Ladder(WaffleLimits(warn=0.2, steer=0.4)), 0.3, 0.4) == ["warn", "steer"]


def test_a_steer_has_five_calls_of_grace_and_a_second_one_comes_before_a_nuke() -> None:
    ladder = Ladder(WaffleLimits())

    steers = []
    actions = []
    for calls in range(1, 10):
        ladder.answered(calls - 1)
        ladder.check(0.95, calls=calls, families=TWO, strong=True, hard=False, again=True)
        steers.append(ladder.steers)
        actions.append(ladder.action.value)

    assert steers == [1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert actions == ["steer"] * 7 + ["nuke"] * 2


def test_words_and_waiting_alone_are_never_enough_for_a_nuke() -> None:
    actions = climb(Ladder(WaffleLimits()), *[0.95] * 20, families={"talk", "burn"}, strong=False)

    assert set(actions) == {"steer"}


def test_one_family_is_never_enough_for_a_nuke() -> None:
    ladder = Ladder(WaffleLimits())

    actions = climb(ladder, *[0.95] * 12, families={"loop"})

    assert set(actions) == {"steer"}
    assert ladder.steers == 3


def test_one_family_is_enough_when_the_harness_confirms() -> None:
    assert climb(Ladder(WaffleLimits()), *[0.95] * 8, families={"truth"}, hard=True)[-1] == "nuke"


def test_a_nuke_needs_the_score_twice() -> None:
    assert climb(Ladder(WaffleLimits()), *[0.8] * 9, 0.95)[-1] == "steer"


def test_a_nuke_needs_a_steer_first() -> None:
    ladder = Ladder(WaffleLimits())
    for calls in (40, 41, 42):
        action = ladder.check(0.99, calls=calls, families=TWO, strong=True, hard=True, again=True)

    assert action == "steer"


def test_progress_forgets_the_steer() -> None:
    ladder = Ladder(WaffleLimits())
    climb(ladder, *[0.95] * 5)

    ladder.progress()

    assert ladder.check(0.95, calls=9, families=TWO, strong=True, hard=False, again=True) == "steer"
    assert ladder.steers == 2


def told(ladder: Ladder, *facts: tuple[int, str, int]) -> list[str]:
    """Return the actions for facts: after how many calls, which, and its last event."""
    actions = []
    for calls, name, event in facts:
        ladder.answered(calls - 1)
        action = ladder.check(
            0.75,
            calls=calls,
            families={"truth"},
            strong=True,
            hard=False,
            again=True,
            facts={name: event},
        )
        actions.append(action.value)
    return actions


def test_a_fact_that_is_done_again_after_a_steer_about_it_is_a_nuke() -> None:
    actions = told(Ladder(WaffleLimits()), (6, "tamper", 11), (7, "tamper", 11), (9, "tamper", 18))

    assert actions == ["steer", "steer", "nuke"]


def test_another_fact_is_steered_about_first_even_in_the_calls_of_grace() -> None:
    ladder = Ladder(WaffleLimits())

    actions = told(ladder, (6, "tamper", 11), (8, "bluff", 16))

    assert (actions, ladder.steers) == (["steer", "steer"], 2)


def test_what_was_done_before_the_words_could_be_heard_is_the_same_fact() -> None:
    actions = told(Ladder(WaffleLimits()), (6, "tamper", 11), (7, "tamper", 13), (9, "tamper", 13))

    assert set(actions) == {"steer"}


def test_a_fact_is_no_nuke_in_the_first_calls_of_a_session() -> None:
    actions = told(Ladder(WaffleLimits()), (1, "tamper", 2), (4, "tamper", 9), (6, "tamper", 9))

    assert actions == ["steer", "steer", "nuke"]


def test_progress_forgives_what_was_done_twice_and_remembers_what_was_told() -> None:
    ladder = Ladder(WaffleLimits())
    told(ladder, (1, "tamper", 2), (4, "tamper", 9))

    ladder.progress()

    assert told(ladder, (6, "tamper", 9), (8, "tamper", 15)) == ["steer", "nuke"]


def check(ladder: Ladder, calls: int, **facts: int) -> str:
    return ladder.check(
        0.95, calls=calls, families=TWO, strong=True, hard=False, again=True, facts=facts
    ).value


def test_calls_of_one_answer_are_steered_about_once_and_never_nuked() -> None:
    ladder = Ladder(WaffleLimits())

    actions = [check(ladder, calls) for calls in range(1, 30)]

    assert set(actions) == {"steer"}
    assert ladder.steers == 1


def test_the_calls_of_grace_begin_with_the_answer_that_could_hear() -> None:
    ladder = Ladder(WaffleLimits())
    for calls in range(1, 21):
        check(ladder, calls)

    ladder.answered(20)
    steers = [(check(ladder, calls), ladder.steers)[1] for calls in range(21, 26)]

    assert steers == [1, 1, 1, 1, 2]


def test_a_steer_that_is_still_on_its_way_is_not_heard() -> None:
    ladder = Ladder(WaffleLimits())
    ladder.begin(told=True)
    check(ladder, 1)

    ladder.answered(1)
    before = [check(ladder, calls) for calls in range(2, 12)]
    ladder.applied(1)
    ladder.answered(11)
    after = [check(ladder, calls) for calls in range(12, 17)]

    assert set(before + after) == {"steer"}
    assert ladder.steers == 2


def test_a_fact_that_was_done_again_before_the_words_came_is_no_nuke() -> None:
    ladder = Ladder(WaffleLimits())
    ladder.begin(told=True)
    check(ladder, 6, tamper=11)
    ladder.answered(6)
    unheard = check(ladder, 9, tamper=18)
    ladder.applied(1)
    ladder.answered(9)

    assert (unheard, check(ladder, 10, tamper=24)) == ("steer", "nuke")


def test_a_steer_that_was_only_shown_has_its_grace_and_leads_to_no_nuke() -> None:
    ladder = Ladder(WaffleLimits())
    ladder.begin(told=True)
    actions = []
    for calls in range(1, 20):
        ladder.answered(calls - 1)
        actions.append(check(ladder, calls))
        ladder.shown(ladder.steers, calls) if calls in (1, 6, 11, 16) else None

    assert set(actions) == {"steer"}
    assert ladder.steers == 4


def test_a_steer_that_was_lost_with_its_run_is_asked_again_at_once() -> None:
    ladder = Ladder(WaffleLimits())
    ladder.begin(told=True)
    check(ladder, 1)

    ladder.begin(told=True)
    check(ladder, 2)

    assert ladder.steers == 2
