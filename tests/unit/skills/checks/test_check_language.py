"""What a check may say, and how it is told what is wrong with it."""

import time
from typing import Any

import pytest

from darkfactory.skills.checks import Check, CheckInvalid, parse_check
from darkfactory.skills.checks.patterns import pattern_problem


def test_a_check_is_one_kind_with_its_name_weight_and_rule() -> None:
    body = {"untouched": ["tests/**"]}

    found = parse_check({"id": "c1", "weight": 2, "nn": "NN-1", "git": body})

    assert found == Check("git", body, "c1", 2.0, "NN-1")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("trace.never_edit_tests", "must be a mapping"),
        ({}, "exactly one of"),
        ({"git": {"untouched": "a"}, "run": "true"}, "exactly one of"),
        ({"gti": {}}, "did you mean git?"),
        ({"git": {}}, "needs one of untouched"),
        ({"git": {"untouched": []}}, "git.untouched must be text"),
        ({"git": {"untoched": "a"}}, "did you mean untouched?"),
        ({"git": {"max_files": -1}}, "whole number"),
        ({"git": {"max_files": True}}, "whole number"),
        ({"weight": "x", "run": "true"}, "weight must be a number"),
        ({"file_regex": {"all": "x"}}, "needs path"),
        ({"file_regex": {"path": "a"}}, "needs one of all"),
        ({"file_regex": {"path": "a", "all": "["}}, "is not a regular expression"),
        ({"json_path": {"path": "a"}}, "needs query"),
        ({"ast": {"path": "a", "query": "calls open"}}, "must be like call:NAME"),
        ({"ast": {"path": "a", "query": "def:x[a=b]"}}, "not of def"),
        ({"ast": {"path": "a", "query": "def:x", "lang": "go"}}, "must be python"),
        ({"ast": {"path": "a", "query": "def:x", "count": {}}}, "needs min or max"),
        ({"trace": {}}, "exactly one of"),
        ({"trace": {"before": "a"}}, "before goes with then"),
        ({"trace": {"never": "a", "called": "b"}}, "exactly one of"),
        ({"trace": {"never": {}}}, "needs tool or arg"),
        ({"trace": {"never": {"args": "x"}}}, "did you mean arg?"),
        ({"trace": {"count": {"tool": "shell"}}}, "needs min or max"),
        ({"trace": {"max_retries": "many"}}, "whole number"),
        ({"trace": {"skill_loaded": ""}}, "must be text"),
        ({"run": {"timeout_s": 3}}, "needs cmd"),
        ({"judge": {"votes": 3}}, "needs rubric"),
        ({"output_regex": {}}, "needs one of"),
        ([1], "must be a mapping"),
    ],
)
def test_a_check_that_is_none_says_what_is_wrong_with_it(given: Any, said: str) -> None:
    with pytest.raises(CheckInvalid) as caught:
        parse_check(given, "df.yaml: check")

    assert caught.value.problem.startswith("df.yaml: check ")
    assert said in caught.value.problem


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*)*b", "((ab)*c?)+", "(x|y+)*z"])
def test_a_pattern_that_an_agent_could_make_slow_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["create\\s+view", "(a|b)+", "x{1,5}", "(ab{2})+", "^a.*b$"])
def test_a_plain_pattern_is_taken_and_stays_fast(pattern: str) -> None:
    began = time.process_time()

    assert pattern_problem(pattern) is None
    assert time.process_time() - began < 1
