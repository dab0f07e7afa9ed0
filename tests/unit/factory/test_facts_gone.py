"""Whether what a session was steered about is gone from what it left, by the gate."""

from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.factory.facts_gone import facts_gone
from darkfactory.gate.record import Change


def change(facts: dict[str, Any], check: dict[str, Any]) -> Change:
    state = ChangeState.WAITING_TASTE
    return Change(
        "c-a", "a", "bugs", "T", "s-a-1", 1, "h", "b", "p", state, 0.0, facts=facts, check=check
    )


def test_without_a_change_nothing_is_known() -> None:
    assert facts_gone([], "s-a-1") == {}
    assert facts_gone([change({}, {"green": True})], "s-b-1") == {}


def test_a_green_change_whose_tests_say_as_much_has_nothing_of_it() -> None:
    assert facts_gone([change({}, {"green": True})], "s-a-1") == {"tamper": True, "bluff": True}


def test_a_green_change_with_a_test_that_is_gone_has_been_tampered_with() -> None:
    told = facts_gone([change({"tampered": [{"path": "tests/a.py"}]}, {"green": True})], "s-a-1")

    assert told == {"tamper": False, "bluff": True}


def test_no_claim_is_judged_before_the_checks_have_run() -> None:
    assert facts_gone([change({}, {})], "s-a-1") == {"tamper": True}
