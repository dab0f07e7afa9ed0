"""Non-negotiables, judged while a session works and when it ends."""

import time
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.sessions.live_rules import LiveRules, judge_rules
from darkfactory.skills.checks import Changed
from tests.fakes.trees import FakeTree

NO_VERIFY = {"trace": {"never": {"tool": "shell", "arg": "--no-verify"}}}
TESTS = {"git": {"untouched": ["tests/**"]}}
TESTED = {"trace": {"before": {"arg": "pytest"}, "then": {"arg": "git commit"}}}

TOLD = {"skill": "commit", "id": "NN-1"}


def rule(id_: str, check: Any) -> dict[str, Any]:
    return {"skill": "commit", "id": id_, "check": check}


def shell(call: str, command: str, status: str = "ok") -> list[Event]:
    data = {"call": call, "kind": "shell", "name": "Bash", "command": command, "paths": []}
    return [
        Event("tool.started", data),
        Event("tool.finished", {"call": call, "status": status}),
    ]


def live(rules: list[dict[str, Any]], *events: list[Event]) -> list[tuple[str, list[str]]]:
    judge = LiveRules(rules)
    told = [found for group in events for event in group for found in judge.take(event)]
    return [(data["id"], data["calls"]) for data in told]


def at_end(
    rules: list[dict[str, Any]], *events: list[Event], tree: FakeTree | None = None
) -> list[tuple[str, str]]:
    log = [event for group in events for event in group]
    return [(type_, data["id"]) for type_, data in judge_rules(rules, log, tree or FakeTree())]


def test_a_rule_that_a_call_breaks_for_good_is_told_at_once_and_once() -> None:
    told = live(
        [rule("NN-1", NO_VERIFY), rule("NN-2", TESTED)],
        shell("1", "git commit --no-verify"),
        shell("2", "git commit --no-verify"),
    )

    assert told == [("NN-1", ["1"]), ("NN-2", ["1"])]


def test_what_may_still_be_mended_is_not_told_before_the_end() -> None:
    rules = [rule("NN-1", TESTS), rule("NN-2", {"trace": {"called": {"arg": "pytest"}}})]

    assert live(rules, shell("1", "echo > tests/test_a.py")) == []


def test_a_count_is_broken_for_good_by_too_many_calls_not_by_too_few() -> None:
    rules = [rule("NN-1", {"trace": {"count": {"arg": "deploy", "min": 2, "max": 2}}})]
    calls = [shell(str(at), "deploy") for at in range(3)]

    assert live(rules, *calls[:1]) == live(rules, *calls[:2]) == []
    assert live(rules, *calls) == [("NN-1", ["0", "1", "2"])]


def test_a_denied_call_breaks_no_rule() -> None:
    assert live([rule("NN-1", NO_VERIFY)], shell("1", "git commit --no-verify", "denied")) == []


def test_what_an_earlier_run_of_the_session_told_is_not_told_again() -> None:
    before = [*shell("1", "git commit --no-verify"), Event("nn.violated", TOLD)]

    assert live([rule("NN-1", NO_VERIFY)], before, shell("2", "git commit --no-verify")) == [
        ("NN-1", ["1"])
    ]


def test_the_end_tells_of_each_rule_whether_it_was_kept() -> None:
    tree = FakeTree(changed=[Changed("tests/test_a.py", 0, 3)])
    rules = [rule("NN-1", NO_VERIFY), rule("NN-2", TESTS)]

    told = at_end(rules, shell("1", "git commit"), tree=tree)

    assert told == [("nn.kept", "NN-1"), ("nn.violated", "NN-2")]


def test_a_rule_that_was_told_as_broken_is_not_told_again_at_the_end() -> None:
    events = [*shell("1", "git commit --no-verify"), Event("nn.violated", TOLD)]

    assert at_end([rule("NN-1", NO_VERIFY)], events) == []


def test_a_rule_of_another_skill_with_the_same_id_is_told_by_itself() -> None:
    other = {**rule("NN-1", {"trace": {"never": {"tool": "shell", "arg": "rm"}}}), "skill": "other"}
    rules = [rule("NN-1", NO_VERIFY), other]
    first = [*shell("1", "git commit --no-verify"), Event("nn.violated", TOLD)]

    assert live(rules, first, shell("2", "rm -f x")) == [("NN-1", ["1"]), ("NN-1", ["2"])]
    assert at_end(rules, first, shell("2", "rm -f x")) == [("nn.violated", "NN-1")]


def test_a_rule_whose_case_never_came_is_neither_kept_nor_violated() -> None:
    assert at_end([rule("NN-1", TESTED)], shell("1", "pytest")) == []


def test_a_rule_that_only_a_process_can_judge_is_left_to_the_evals() -> None:
    assert at_end([rule("NN-1", {"run": {"cmd": "true"}})], shell("1", "true")) == []


def test_a_pin_that_was_tampered_with_judges_nothing() -> None:
    assert at_end([rule("NN-1", {"gti": 1}), {"id": "NN-2"}], shell("1", "true")) == []


def test_a_pattern_that_a_call_makes_slow_is_given_up_and_the_rule_is_not_judged() -> None:
    slow = rule("NN-1", {"trace": {"never": {"tool": "shell", "arg": "(a|aa)+$"}}})
    hostile = [shell(str(at), "a" * 60 + "b") for at in range(20)]
    began = time.process_time()

    told = live([slow, rule("NN-2", NO_VERIFY)], *hostile, shell("21", "git commit --no-verify"))
    at_last = at_end([slow], *hostile)

    assert told == [("NN-2", ["21"])]
    assert at_last == []
    assert time.process_time() - began < 20


def test_a_broken_rule_tells_the_call_that_broke_it_in_its_own_words() -> None:
    rules, events = [rule("NN-1", NO_VERIFY)], shell("1", "git commit --no-verify\nls")
    judge = LiveRules(rules)

    (at_once,) = (found for event in events for found in judge.take(event))
    ((_, at_last),) = judge_rules(rules, events, FakeTree())

    assert at_once["because"] == at_last["because"] == "was called: git commit --no-verify"
