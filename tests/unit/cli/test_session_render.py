"""One session as people see it."""

from typing import Any

import pytest

from darkfactory.cli.session_render import session_screen

SESSION: dict[str, Any] = {
    "id": "s-a-1", "item": "a", "title": "Do a", "lane": "bugs", "agent": "mock", "attempt": 1,
    "state": "ended", "outcome": "cancelled", "evidence": {"why": "ada: no"}, "age_seconds": 5,
    "waffle": None, "usage": {"tokens": 0, "requests": 0, "cost_usd": 0}, "events": 3,
    "confinement": None, "confined": None, "workspace": None, "autonomy": "propose",
    "version": None, "model": None, "approvals": [], "notes": [], "summary": "",
    "checkpoints": [], "course": {"recomputed": False, "moments": []},
}  # fmt: skip


def test_kept_work_comes_with_the_command_that_shows_it() -> None:
    kept = {"ref": "refs/df/wreck/s-a-1", "path": None}

    lines = session_screen({**SESSION, "preserved": kept}).splitlines()

    command = "git --git-dir .darkfactory/hub.git show refs/df/wreck/s-a-1"
    assert f"look at it  {command}" in lines


@pytest.mark.parametrize(
    ("ref", "shown"),
    [("--output=/etc/x", False), ("refs/df/x; rm -rf ~", True)],
)
def test_a_ref_of_a_log_that_others_wrote_is_no_command(ref: str, shown: bool) -> None:
    screen = session_screen({**SESSION, "preserved": {"ref": ref}}, width=None)

    assert ("hub.git show" in screen) is shown
    assert "hub.git show refs/df/x;" not in screen


def test_a_loop_is_shown_with_what_its_checkpoints_came_to() -> None:
    first = {"base": 9, "best": 4, "value": 4, "problem": ""}
    last = {"base": 9, "best": 4, "value": None, "problem": "`bench` failed: exit status 2"}
    told = {**SESSION, "preserved": None, "checkpoints": [first, last]}

    screen = session_screen(told, width=None)

    said = "9 at first, 4 at best, unknown at the last of 2 checkpoints"
    assert f"loop        {said} (`bench` failed: exit status 2)" in screen
