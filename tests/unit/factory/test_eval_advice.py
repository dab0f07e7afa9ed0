"""Advice beside what the working tree knows: whether a rule was mended once before."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.evals.result import CellResult, RuleSeen, SkillTrace
from darkfactory.factory.eval_advice import advice_of
from tests.fakes.studies import RULE, suite_files, write_files

MENDED = {"type": "EDIT_RULE", "anchor": RULE, "decision": {"verdict": "accept"}}


def advised(root: Path, *history: object) -> str:
    """Return the advice on a rule that was read at the top and broken."""
    write_files(root, suite_files())
    told = "".join(f"{json.dumps(line)}\n" for line in history)
    (root / "skills/greet/HISTORY.jsonl").write_text(told + "{\n")
    trace = SkillTrace({"SKILL.md": 7}, {RULE: RuleSeen("top", kept=False)})
    cell = CellResult("s", "skill", "x", 1, 1.0, strict=True, skill="greet", trace=trace)
    (one,) = advice_of([cell], root)
    return str(one.remedy)


@pytest.mark.parametrize("type_", ["EDIT_RULE", "MOVE_INLINE"])
def test_a_rule_with_an_accepted_edit_that_is_still_broken_is_to_be_enforced(
    tmp_path: Path, type_: str
) -> None:
    assert advised(tmp_path, {"type": "RETIRE"}, MENDED | {"type": type_}) == "enforce"


@pytest.mark.parametrize(
    "line",
    [
        MENDED | {"anchor": "NN-OTHER"},
        MENDED | {"type": "ADD_GOTCHA"},
        MENDED | {"decision": {"verdict": "reject"}},
        MENDED | {"decision": "accept"},
        MENDED | {"anchor": [RULE]},
        [MENDED],
    ],
)
def test_another_line_of_the_history_mends_nothing(tmp_path: Path, line: Any) -> None:
    assert advised(tmp_path, line) == "add reason and example"
