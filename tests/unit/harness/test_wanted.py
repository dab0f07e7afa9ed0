"""Who goes first: what somebody waits for never waits, the rest waits for that."""

import pytest

from darkfactory.harness.wanted import Wanted, is_to_wait

NOW, AHEAD, EARLY = Wanted


@pytest.mark.parametrize(
    ("wanted", "going", "waits"),
    [
        (NOW, [NOW, NOW, NOW], False),
        (NOW, [AHEAD, AHEAD, EARLY], False),
        (AHEAD, [NOW], False),
        (AHEAD, [NOW, NOW], True),
        (AHEAD, [NOW, AHEAD, EARLY], False),
        (EARLY, [AHEAD, NOW], True),
        (EARLY, [AHEAD, EARLY], False),
        (EARLY, [], False),
    ],
)
def test_a_run_waits_while_as_many_as_there_are_runners_go_first(
    wanted: Wanted, going: list[Wanted], waits: bool
) -> None:
    assert is_to_wait(wanted, going, 2) is waits
