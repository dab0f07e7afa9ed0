"""The advice of a report, as people see it on terminals of two widths."""

from dataclasses import replace

import pytest

from darkfactory.cli.evals_render import report_screen
from darkfactory.evals.advice import Advice, Share
from darkfactory.evals.report import report_body
from darkfactory.evals.result import CellResult, CheckResult, RuleSeen, SkillTrace
from darkfactory.skills.remedy import Remedy
from tests.fakes.golden import assert_golden

RULE = "NN-SEC-1"
PLACE = "references/security.md"
PATCH = """\
diff --git a/skills/rls/SKILL.md b/skills/rls/SKILL.md
--- a/skills/rls/SKILL.md
+++ b/skills/rls/SKILL.md
@@ -5,1 +5,4 @@
 # Row security
+## Non-negotiables
+
+- [NN-SEC-1] Give each view security_invoker: else it reads past the rules of its rows.
diff --git a/skills/rls/df.yaml b/skills/rls/df.yaml
--- a/skills/rls/df.yaml
+++ b/skills/rls/df.yaml
@@ -1 +1 @@
-version: 1.0.0
+version: 1.1.0
"""


def cell(number: int, condition: str) -> CellResult:
    trace = SkillTrace({"SKILL.md": 812}, {RULE: RuleSeen(PLACE, kept=False, offset=40_960)})
    session = f"s-rls-view-0a1b2c3d4e-{number}"
    check = CheckResult("c1", passed=False, rule=RULE)
    found = CellResult(f"view-{number}", condition, "claude", 1, 0.5, strict=False, checks=(check,))
    return replace(found, session=session, skill="rls", trace=trace)


CELLS = [cell(number, name) for number in range(6) for name in ("baseline", "mcp+skill")]
BROKEN = tuple(CELLS[1:9:2])
INLINE = Advice(
    "rls", RULE, Remedy.INLINE, Share(4, 9), Share(9, 9), Share(9, 9), PLACE, Share(1, 9), BROKEN,
    said="nobody reads it where it stands: move it among the rules of SKILL.md", patch=PATCH,
)  # fmt: skip
PUSH = Advice(
    "rls", "NN-FLOW-2", Remedy.PUSH, Share(2, 9), Share(0, 0), Share(3, 9), "top", None, BROKEN[:2],
    said="the skill was not loaded: mend its description, or have the prompt name it",
    query=("Add a view of the open invoices of each customer, as the sales people need it daily.",),
)  # fmt: skip
UNKNOWN = Advice(
    "", "NN-THEIRS", None, Share(1, 1), Share(0, 0), Share(0, 0), None, None, (),
    said="the logs of these sessions are not known: run the scenarios here",
)  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_the_advice_stands_below_the_report(width: int) -> None:
    body = report_body(CELLS, advice=[INLINE, PUSH, UNKNOWN])

    shown = report_screen(body, width=width)

    assert max(map(len, shown.splitlines())) <= width
    assert_golden(f"evals-advice-{width}.txt", shown)


def test_a_pipe_gets_whole_lines() -> None:
    shown = report_screen(report_body(CELLS, advice=[PUSH]), width=None)

    assert f"asked: {PUSH.query[0]}" in shown


def test_what_an_agent_has_named_moves_no_cursor() -> None:
    odd = replace(UNKNOWN, rule="NN\x1b[2J\nX")

    assert "\x1b" not in report_screen(report_body(CELLS, advice=[odd]), width=80)
