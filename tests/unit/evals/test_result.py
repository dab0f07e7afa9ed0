"""Results of cells as lines: what is read, what is refused with its place, what is left out."""

import json
from dataclasses import replace

import pytest

from darkfactory.evals.result import CellResult, CheckResult, RuleSeen, SkillTrace, grade
from darkfactory.evals.result_lines import (
    ResultsDiffer,
    ResultsInvalid,
    distinct,
    read_results,
    result_line,
)

LINE = '{"scenario":"s","condition":"baseline","agent":"codex","repeat":2,"completeness":0.5,'
LINE += '"strict":false,"session":"s-1","checks":[{"id":"c1","passed":true}]}\n'


def test_a_line_with_the_promised_keys_alone_is_a_result() -> None:
    (found,) = read_results(LINE, "r.jsonl")

    assert found.place == ("s", "baseline", "codex", 2)
    assert (found.completeness, found.strict, found.session) == (0.5, False, "s-1")
    assert found.checks == (CheckResult("c1", passed=True),)
    assert found.proves


def test_what_is_written_is_read_again_as_it_was() -> None:
    result = CellResult(
        "s", "mcp+skill", "claude", 3, 0.75, strict=False, session="s-9",
        checks=(CheckResult("c", passed=False, weight=2, rule="NN-1", why="no such file"),),
        outcome="budget", skill="ci", key="ab12", isolation_passed=True, skills_loaded=("ci",),
        tokens={"input": 10, "output": 2}, cost_usd=0.25, seconds=1.5, turns=2, block=4,
        trace=SkillTrace({"SKILL.md": 8}, {"NN-1": RuleSeen("late", kept=False, offset=9)}, "Go."),
    )  # fmt: skip

    assert list(read_results(result_line(result), "r.jsonl")) == [result]


def test_a_rule_is_kept_where_all_that_judges_it_holds() -> None:
    checks = (CheckResult("a", passed=True, rule="R"), CheckResult("b", passed=True, rule="S"))
    seen = {"R": RuleSeen(kept=False), "T": RuleSeen(kept=True), "U": RuleSeen("top")}
    result = CellResult("s", "skill", "x", checks=checks, trace=SkillTrace(rules=seen))

    assert result.rules == {"R": False, "S": True, "T": True}
    assert result.rules_kept is False


def test_a_last_line_that_was_cut_off_is_no_result() -> None:
    assert len(list(read_results(LINE + LINE[:40], "r.jsonl"))) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "not JSON"),
        ("[1]", "not an object"),
        ('{"condition":"a","agent":"b"}', "'scenario' is missing"),
        ('{"scenario":"s","condition":"a","agent":"b","completeness":1.5}', "between 0 and 1"),
        ('{"scenario":"s","condition":"a","agent":"b","strict":0.5}', "neither true nor false"),
        ('{"scenario":"s","condition":"a","agent":"b","completeness":"x"}', "no amount"),
        ('{"scenario":"s","condition":"a","agent":"b","completeness":true}', "no amount"),
        (
            f'{{"scenario":"s","condition":"a","agent":"b","completeness":1{"0" * 400}}}',
            "no amount",
        ),
        ('{"scenario":"s","condition":"a","agent":"b","cost_usd":1e308}', "no amount"),
        (
            f'{{"scenario":"s","condition":"a","agent":"b","repeat":1{"0" * 400}}}',
            "no whole number",
        ),
        ('{"scenario":"s","condition":"a","agent":"b","checks":[3]}', "a check has no 'id'"),
        ('{"scenario":"s","condition":"a","agent":"b","checks":5}', "'checks' is no list"),
        ('{"scenario":"s","condition":"a","agent":"b","skill":[]}', "'skill' is no text"),
        ('{"scenario":"s","condition":"a","agent":"b","skill":true}', "'skill' is no text"),
        ('{"scenario":"s","condition":"a","agent":"b","outcome":{}}', "'outcome' is no text"),
        ('{"scenario":"s","condition":"a","agent":"b","seconds":"1"}', "'seconds' is no amount"),
        ('{"scenario":"s","condition":"a","agent":"b","turns":0.5}', "'turns' is no whole number"),
        ('{"scenario":"s","condition":"a","agent":"b","skills_loaded":"x"}', "is no list"),
        ('{"scenario":"s","condition":"a","agent":"b","repeat":-1}', "no whole number"),
        ('{"scenario":"s","condition":"a","agent":"b","tokens":[]}', "'tokens' is no object"),
        ('{"scenario":"s","condition":"a","agent":"b","trace":[]}', "'trace' is no object"),
        (
            '{"scenario":"s","condition":"a","agent":"b","trace":{"opened":{"x":-1}}}',
            "whole number",
        ),
        (
            '{"scenario":"s","condition":"a","agent":"b","trace":{"rules":{"R":{"kept":2}}}}',
            "neither true nor false",
        ),
    ],
)
def test_another_line_is_refused_with_its_place(line: str, why: str) -> None:
    with pytest.raises(ResultsInvalid) as caught:
        list(read_results(LINE + line + "\n" + LINE, "r.jsonl"))

    assert "r.jsonl:2" in caught.value.problem
    assert why in caught.value.problem


def test_what_a_line_leaves_open_is_as_if_it_said_nothing_of_it() -> None:
    keys = ("checks", "skill", "tokens", "trace", "session", "turns", "skills_loaded", "outcome")
    needed = {"scenario": "s", "condition": "a", "agent": "b", "completeness": 1}

    (found,) = read_results(json.dumps(needed | dict.fromkeys(keys)), "r.jsonl")

    assert found == CellResult("s", "a", "b", 1, 1.0)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(list(read_results(f"\ufeff{LINE}", "r.jsonl"))) == 1


def test_lines_without_a_number_are_repeats_in_their_order() -> None:
    unnumbered = LINE.replace('"repeat":2,', "")
    assert "repeat" not in unnumbered

    found = list(read_results(unnumbered * 3, "r.jsonl"))

    assert [one.repeat for one in found] == [1, 2, 3]


def test_a_cell_that_is_told_twice_counts_once() -> None:
    cell = CellResult("s", "skill", "x", 1, 0.5, strict=False)
    failed = replace(cell, completeness=None, strict=None, outcome="error")
    other = replace(cell, repeat=2)

    assert distinct([failed, cell, other, cell], "r.jsonl") == [failed, cell, other]


def test_a_cell_that_is_told_twice_and_differently_is_refused_by_its_name() -> None:
    cell = CellResult("s", "skill", "x", 1, 0.5, strict=False)

    with pytest.raises(ResultsDiffer, match="s skill x #1 twice"):
        distinct([cell, replace(cell, completeness=0.75)], "r.jsonl")


def test_completeness_is_weighed_and_strict_wants_all_that_counts() -> None:
    heavy = CheckResult("a", passed=True, weight=3)
    light = CheckResult("b", passed=False, weight=1)
    told_only = CheckResult("c", passed=False, weight=0)

    assert grade([heavy, light, told_only]) == (0.75, False)
    assert grade([heavy, told_only]) == (1.0, True)


def test_a_check_that_nobody_could_decide_leaves_its_rule_open_unless_another_breaks_it() -> None:
    kept = CheckResult("a", passed=True, rule="NN-1")
    broken = CheckResult("b", passed=False, rule="NN-1")
    unknown = CheckResult("c", passed=False, rule="NN-1", decided=False)

    assert CellResult("s", "c", "x", checks=(kept, unknown)).rules == {}
    assert CellResult("s", "c", "x", checks=(kept, unknown, broken)).rules == {"NN-1": False}
    assert CellResult("s", "c", "x", checks=(unknown,)).rules_kept is None


def test_rules_are_kept_when_each_check_of_one_held() -> None:
    kept = CheckResult("a", passed=True, rule="NN-1")
    broken = CheckResult("b", passed=False, rule="NN-2")

    assert CellResult("s", "c", "x", checks=(kept,)).rules_kept is True
    assert CellResult("s", "c", "x", checks=(kept, broken)).rules_kept is False
    assert CellResult("s", "c", "x").rules_kept is None
