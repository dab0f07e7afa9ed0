"""What a retro tells on 80 columns: figures, what was learned, found and would be changed."""

from typing import Any

from darkfactory.cli.retro_render import retro_screen
from darkfactory.retro.metrics import METRICS
from tests.fakes.golden import assert_golden

NONE = {"value": None, "numerator": 0, "denominator": 0, "unknown": 0, "before": None}
PATCH = """diff --git a/skills/docs/SKILL.md b/skills/docs/SKILL.md
--- a/skills/docs/SKILL.md
+++ b/skills/docs/SKILL.md
@@ -7,0 +8,1 @@
+- Run `make lint` before you stop: people had to ask for it in 3 sessions.
diff --git a/skills/docs/df.yaml b/skills/docs/df.yaml
--- a/skills/docs/df.yaml
+++ b/skills/docs/df.yaml
@@ -1 +1 @@
-version: 0.3.0
+version: 0.4.0
"""
FINDING = {
    "miner": "M5",
    "skill": "docs",
    "said": "people told 3 sessions 'Please run `make lint` before you stop.'",
    "supported": True,
    "support": {"sessions": 3, "items": 2},
}
PROPOSAL = {
    "id": "rp-f718d74e278e0425",
    "type": "ADD_RULE",
    "skill": "docs",
    "from": "0.3.0",
    "to": "0.4.0",
    "tokens": 18,
    "flagged": True,
    "flags": ["a command"],
    "reason": FINDING["said"],
    "patch": PATCH,
    "drafted_by": "rule",
}
DRAFTED = {
    **PROPOSAL,
    "id": "rp-0c8a21f3b54d6e77",
    "type": "EDIT_RULE",
    "flags": ["words of a model"],
    "drafted_by": "model:claude",
}
FOLLOWED = {
    "proposal": "rp-dc5fc0e8da218413",
    "skill": "docs",
    "version": "0.3.0",
    "good": 8,
    "sessions": 20,
    "good_before": 18,
    "sessions_before": 20,
    "verdict": "worse",
    "revert": None,
    "revert_problem": "the skill was edited since at the same place",
}


def retro(**told: Any) -> dict[str, Any]:
    lists = ("lanes", "findings", "proposals", "follow_ups", "holdouts")
    return {"metrics": dict.fromkeys(METRICS, NONE), **{name: [] for name in lists}, **told}


def test_what_was_learned_found_and_proposed_fits_eighty_columns() -> None:
    watched = {**FINDING, "miner": "M8", "skill": None, "supported": False, "said": "wrote 'a.py'"}
    told = retro(
        findings=[FINDING, watched],
        proposals=[PROPOSAL, DRAFTED],
        follow_ups=[FOLLOWED],
        lanes=[{"name": "bugs", "done": 1, "items": 3}],
    )

    assert_golden("retro-learned.txt", retro_screen(told, "7d", width=80))


def test_where_nothing_happened_alike_that_is_said() -> None:
    assert retro_screen(retro(), "7d").endswith(
        "nothing of note happened in several sessions alike."
    )


def test_a_finding_that_no_rule_can_word_says_so() -> None:
    assert "Nothing to propose" in retro_screen(retro(findings=[FINDING]), "7d")
