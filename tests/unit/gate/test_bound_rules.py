"""Rules that the gate enforces, judged on a session's log and on a tree."""

from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.gate.bound_rules import RulesOfLog, carried_over, judge_rules
from darkfactory.skills.checks import Changed
from tests.fakes.trees import FakeTree

NO_VERIFY = {"trace": {"never": {"tool": "shell", "arg": "--no-verify"}}}
TESTED = {"trace": {"called": {"tool": "shell", "arg": "pytest"}}}
UNTOUCHED = {"git": {"untouched": ["check.txt"]}}


def rule(id_: str, check: Any) -> dict[str, Any]:
    return {"skill": "commit", "id": id_, "text": f"Keep {id_}", "why": "so", "check": check}


def injected(*rules: dict[str, Any], posted: bool = False) -> Event:
    data = {"name": "commit", "enforced": list(rules)}
    return Event("skill.injected", data, posted=posted)


def shell(call: str, command: str) -> list[Event]:
    data = {"call": call, "kind": "shell", "name": "Bash", "command": command, "paths": []}
    ended = Event("tool.finished", {"call": call, "status": "ok"})
    return [Event("tool.started", data), ended]


def judged(*events: Event, expected: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return what a log of *events* tells, one of which begins at each hundred."""
    log = RulesOfLog()
    for at, event in enumerate(events):
        log.take(at * 100, event)
    return log.judged(expected)


def states(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {rule["id"]: rule.get("state") for rule in rules}


def test_a_broken_rule_tells_the_call_and_where_the_log_has_it() -> None:
    (found,) = judged(injected(rule("NN-1", NO_VERIFY)), *shell("1", "git commit --no-verify"))

    assert (found["state"], found["at"], found["mends"]) == ("broken", [100], False)
    assert found["because"] == "was called: git commit --no-verify"
    assert (found["text"], found["why"]) == ("Keep NN-1", "so")


def test_what_an_agent_can_still_do_is_for_it_to_mend() -> None:
    rules = rule("NN-1", TESTED), rule("NN-2", {"output_regex": "open:"})

    found = judged(injected(*rules), *shell("1", "ls"))

    assert [(one["state"], one["mends"]) for one in found] == [("broken", True)] * 2


def test_a_rule_whose_case_never_came_is_kept() -> None:
    ordered = {"trace": {"before": {"arg": "pytest"}, "then": {"arg": "git commit"}}}

    (found,) = judged(injected(rule("NN-1", ordered)), *shell("1", "ls"))

    assert (found["state"], found["mends"]) == ("kept", False)


@pytest.mark.parametrize("check", [{"run": "make"}, {"judge": {"rubric": "x"}}, {"odd": 1}, None])
def test_what_no_log_and_no_tree_can_judge_is_unknown(check: Any) -> None:
    (found,) = judged(injected(rule("NN-1", check)))

    assert found["state"] == "unknown"
    assert found["because"]


def test_a_rule_that_the_log_has_lost_is_unknown() -> None:
    (found,) = judged(expected=("commit/NN-1",))

    assert (found["skill"], found["id"], found["state"]) == ("commit", "NN-1", "unknown")


def test_what_others_post_neither_binds_nor_frees() -> None:
    log = [injected(rule("NN-1", NO_VERIFY)), injected(rule("NN-1", TESTED), posted=True)]

    assert states(judged(*log, *shell("1", "git commit --no-verify"))) == {"NN-1": "broken"}
    assert judged(injected(rule("NN-1", NO_VERIFY), posted=True)) == []


def test_a_rule_for_the_tree_is_judged_on_each_tree_anew() -> None:
    rules = judged(injected(rule("NN-1", UNTOUCHED), rule("NN-2", NO_VERIFY)))
    touched = FakeTree({"check.txt": "x"}, changed=[Changed("check.txt")])

    assert states(rules) == {"NN-1": None, "NN-2": "kept"}
    assert states(judge_rules(rules, FakeTree())) == {"NN-1": "kept", "NN-2": "kept"}
    assert states(judge_rules(rules, touched)) == {"NN-1": "broken", "NN-2": "kept"}
    assert "check.txt" in judge_rules(rules, touched)[0]["because"]


def test_work_that_goes_on_keeps_what_cannot_be_mended_and_nothing_else() -> None:
    two = rule("NN-1", NO_VERIFY), rule("NN-2", TESTED)
    before = judged(injected(*two), *shell("1", "git commit --no-verify"), expected=("old/NN-9",))
    now = judged(injected(*two), *shell("1", "pytest"))

    assert states(carried_over(now, before)) == {
        "NN-1": "broken",
        "NN-2": "kept",
        "NN-9": "unknown",
    }


def test_a_rule_whose_pattern_is_made_slow_is_unknown() -> None:
    slow = rule("NN-1", {"trace": {"never": {"arg": "(a|aa)+$"}}})

    found = judged(injected(slow), *shell("1", "a" * 60 + "b"))

    assert states(found) == {"NN-1": "unknown"}
