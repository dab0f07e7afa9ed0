"""What a session's score did over time, as people see it."""

from typing import Any

from darkfactory.cli.course_render import course_lines

MOMENT: dict[str, Any] = {
    "offset": "0_0", "turn": 1, "calls": 4, "edits": 1, "event": "scored", "score": None,
    "action": "", "signals": [], "by": "", "text": "", "applied": None, "rescued": None,
    "why": "", "result": "", "failed": None, "gained": False,
}  # fmt: skip
LOOP = {"name": "exact_loop", "because": "`make` gave the same result 4 times"}
STALE = {"name": "stale", "because": "10 of 12 calls told nothing new"}
SCORED = {**MOMENT, "score": 0.72, "action": "steer", "signals": [LOOP, STALE]}
STEER = {**MOMENT, "event": "steer", "by": "waffle", "text": "Seen:\n- so\nStop.", "applied": True}
VAIN = {**STEER, "rescued": False, "why": "it was nuked"}
SHOWN = {**STEER, "applied": False, "why": "a suggest lane"}
RAN = {**MOMENT, "event": "harness", "result": "fail", "failed": 2, "gained": True, "calls": 6}
CALMER = {**MOMENT, "score": 0.3, "action": "none", "calls": 7}


def lines(*moments: dict[str, Any], recomputed: bool = False, **more: Any) -> list[str]:
    return course_lines({"recomputed": recomputed, "moments": moments}, **{"width": 80, **more})


def test_each_moment_has_a_row_with_why_and_what_came_of_it() -> None:
    told = lines(SCORED, VAIN, SHOWN, RAN, CALMER)

    assert told == [
        "The score over time: ▆▃",
        "TURN  CALL  EDITS  SCORE  ASKS FOR  WHAT",
        "   1     4      1   0.72  STEER     exact_loop: `make` gave the same result 4",
        "                                    times (and stale)",
        "   1     4      1                   waffle steers (in vain, it was nuked): Stop.",
        "   1     4      1                   waffle steers (not applied, a suggest lane):",
        "                                    Stop.",
        "   1     6      1                   harness FAIL, 2 fail, a gain",
        "   1     7      1   0.30",
    ]


def test_words_whose_effect_nobody_watches_are_only_applied() -> None:
    *_, last = lines({**STEER, "by": "budget", "text": "Finish."})

    assert last.endswith("budget steers (applied): Finish.")


def test_a_session_without_a_moment_has_no_table() -> None:
    assert lines() == []


def test_scores_that_were_made_again_are_said_to_be() -> None:
    assert "made from the log by the default limits" in lines(SCORED, recomputed=True)[0]


def test_of_many_moments_the_last_are_shown_and_a_pipe_has_all() -> None:
    many = [{**SCORED, "calls": number} for number in range(40)]

    assert "16 moments before these: --json" in lines(*many)
    assert len(lines(*many, width=None)) == 42
