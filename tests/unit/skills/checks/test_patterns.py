"""Patterns of checks against what hostile agents write: whatever it is, judging ends."""

import time

import pytest

from darkfactory.skills.checks import Trace, judge, parse_check
from darkfactory.skills.checks.patterns import Patience, TooSlow, finds, patient, pattern_problem
from tests.fakes.trees import FakeTree

SLOW = "(a|aa)+$"
HOSTILE = "a" * 60 + "b"


def test_what_cannot_be_decided_in_its_time_is_not_decided() -> None:
    began = time.process_time()

    with pytest.raises(TooSlow, match="simplify it"):
        finds(SLOW, HOSTILE)

    assert time.process_time() - began < 10


def test_all_patterns_of_a_judgement_share_their_time() -> None:
    patience = Patience(0.1)

    with patient(patience):
        with pytest.raises(TooSlow):
            finds(SLOW, HOSTILE)
        with pytest.raises(TooSlow):
            finds("plain", "plain")

    assert finds("plain", "plain")


@pytest.mark.parametrize("check", [{"output_regex": SLOW}, {"output_regex": {"none": SLOW}}])
def test_a_check_that_cannot_be_decided_has_not_passed_and_is_not_broken(check: object) -> None:
    judged = judge(parse_check(check), Trace(words=HOSTILE), FakeTree())

    assert (judged.passed, judged.decided, judged.kept) == (False, False, None)
    assert SLOW in judged.because


@pytest.mark.parametrize("pattern", ["\\p{L}", "(?P>x)", "[[a]"])
def test_only_what_python_writes_is_a_pattern(pattern: str) -> None:
    assert "is not a regular expression" in (pattern_problem(pattern) or "")
