"""Changes as people see them."""

from typing import Any

import pytest

from darkfactory.cli.gate_render import change_screen, landing_lines

DIFF = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new \x1b[31mred\n same"


def body(**more: Any) -> dict[str, Any]:
    change = {
        "id": "c-a", "item": "a", "lane": "bugs", "title": "Mend it", "session": "s-a-1",
        "revision": 1, "state": "waiting_taste", "why": "it is green",
        "harness": {"result": "pass", "green": True, "failing": []},
        "risk": {"score": 0.0, "reasons": []}, "waffle": {"score": 0.0, "signals": []},
        "files": 1, "added": 1, "removed": 1, "claims": [], "summary": "", "diff": DIFF,
    }  # fmt: skip
    return {"change": {**change, **more}, "taste": []}


def test_a_diff_is_coloured_as_everywhere_and_only_by_us() -> None:
    shown = change_screen(body(), coloured=True).splitlines()

    assert shown[-3:] == ["\x1b[31m-old\x1b[0m", "\x1b[32m+new red\x1b[0m", " same"]
    assert "\x1b[36m@@ -1 +1 @@\x1b[0m" in shown
    assert "\x1b" not in change_screen(body())


def test_what_a_reviewer_must_not_miss_is_marked_without_colour() -> None:
    secret = {"path": "x", "line": 3, "kind": "AWS key"}

    shown = change_screen(body(protected=["lanes.yaml"], conflicts_with=["c-b"], secrets=[secret]))

    assert [line.split(None, 1)[1] for line in shown.splitlines() if line.startswith("LOOK")] == [
        "PROTECTED PATHS, CONFLICTS WITH c-b, SECRET?",
        "PROTECTED PATHS: lanes.yaml",
        "CONFLICTS WITH c-b: what lands first sends the others back",
        "SECRET? x:3 AWS key",
    ]


def test_what_may_mislead_the_checks_or_the_reader_is_shown_with_its_lines() -> None:
    place = {"path": "a.py", "line": 3, "why": "may end the run of the tests: 'exit()'"}
    whole = {"path": "re.py", "line": 0, "why": "stands in for the module re of Python itself"}
    unseen = {"path": "b.py", "line": 7, "why": "has U+202E (right-to-left override)"}

    shown = change_screen(
        body(
            bypasses=[place, whole],
            invisible=[unseen],
            silenced=["Makefile:2 adds '|| true'"],
            fewer_tests="the harness passed 0 tests, 12 on the base",
        ),
        width=None,
    )

    assert [line.split(None, 1)[1] for line in shown.splitlines() if line.startswith("LOOK")] == [
        "SILENCES CHECKS, FEWER TESTS, BYPASSES CHECKS? (2), HIDDEN?",
        "SILENCES CHECKS: Makefile:2 adds '|| true'",
        "FEWER TESTS: the harness passed 0 tests, 12 on the base",
        "BYPASSES CHECKS? a.py:3 may end the run of the tests: 'exit()'",
        "BYPASSES CHECKS? re.py stands in for the module re of Python itself",
        "HIDDEN? b.py:7 has U+202E (right-to-left override)",
    ]


def test_why_a_change_of_a_lane_that_lands_alone_waits_is_said() -> None:
    shown = change_screen(
        body(waits_for_person=["it silences checks", "x"], audit=True), width=None
    )

    assert "waits     lane bugs lands alone, but it silences checks; x\n" in shown
    assert "audit     sampled: where it lands alone, a person looks at it afterwards\n" in shown
    assert "waits " not in change_screen(body(waits_for_person=[], audit=False))


def test_claims_stand_beside_what_the_facts_say() -> None:
    claims = [
        {"text": "All tests pass.", "fact": "two fail", "holds": False},
        {"text": "It is fast.", "fact": "nothing measures it", "holds": None},
    ]

    shown = change_screen(body(claims=claims), width=80)

    assert "claim     All tests pass.\n          REFUTED: two fail\n" in shown
    assert "          open: nothing measures it\n" in shown


def test_tests_that_fail_on_the_base_too_are_told_from_new_failures() -> None:
    harness = {"result": "fail", "green": True, "failing": [f"test_{at}" for at in range(7)]}

    shown = change_screen(body(harness=harness), width=None)

    assert "harness   red base: it is green" in shown
    assert "fails here and on the base: test_0, test_1, test_2, test_3, test_4 and 2 more" in shown


def test_what_became_of_each_change_is_a_line() -> None:
    result = {
        "landed": [{"id": "c-a", "commit": "f" * 40}],
        "bounced": [
            {"id": "c-b", "reason": "textual", "detail": {"files": ["x", "y"]}},
            {"id": "c-c", "reason": "harness", "detail": {"why": "test_one fails"}},
            {"id": "c-d", "reason": "harness", "detail": None},
        ],
        "superseded": [{"id": "c-e", "reason": "it is there"}],
        "refused": [{"id": "c-f", "reason": "by itself"}],
        "queued": ["c-g"],
    }

    assert landing_lines(result) == [
        "c-a landed as ffffffffffff",
        "c-b BOUNCED: it conflicts with the base in x, y",
        "c-c BOUNCED: test_one fails",
        "c-d BOUNCED: harness",
        "c-e is superseded: it is there",
        "c-f refused: by itself",
        "c-g is queued: another command lands it",
    ]


def test_a_bounced_change_says_why_it_came_back() -> None:
    detail = {"files": ["calc/even.py"], "base": "b"}

    shown = change_screen(body(state="bounced", reason="textual", detail=detail), width=80)

    assert "bounced   it conflicts with the base in calc/even.py\n" in shown


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("waiting_taste", "it has not run; it does before this lands"),
        ("landed", "it passed before this landed"),
        ("bounced", "see above"),
    ],
)
def test_the_checks_of_a_branch_are_told_as_its_way_went(state: str, said: str) -> None:
    unrun: dict[str, Any] = {"result": None, "green": False, "failing": []}
    detail = {"why": "the harness fails"}

    shown = change_screen(
        body(
            state=state, branch="x", harness=unrun, reason="harness", detail=detail, why="harness"
        ),
        width=80,
    )

    assert f"harness   -: {said}\n" in shown


def test_what_the_loop_of_its_session_came_to_is_told() -> None:
    last = {"base": 100.0, "best": -301663.0, "value": 4.5, "problem": ""}

    shown = change_screen(body(checkpoints=[last, last]), width=None)

    assert "100 at first, -301663 at best, 4.5 at the last of 2 checkpoints" in shown
