"""The words that a session starts with."""

import pytest

from darkfactory.domain.item import Item
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.sessions.prompt import first_prompt, resume_prompt, rework_prompt

ITEM = Item(
    "ITEM-7",
    "Sort stably",
    body="  Equal keys lose their order.\n",
    labels=("bug", "core"),
    paths=("src/sort.py",),
    done_when="python -m pytest -q tests/test_sort.py",
    url="https://example.org/7",
)
LANE = Lane("bugs", owns=("src/**",), prompt="Keep it small.")


def test_a_first_prompt_holds_all_that_is_known_in_order() -> None:
    prompt = first_prompt(
        ITEM, LANE, harness="make test", skills="NN: no sleep.", lessons="Tried: make."
    )

    parts = [
        "# ITEM-7: Sort stably", "Equal keys lose their order.", "Labels: bug, core",
        "Paths: src/sort.py", f"Done when: {ITEM.done_when}", "Source: https://example.org/7",
        "You may edit files and run commands in this workspace.", "`make test`",
        "This lane owns: src/**", "NN: no sleep.", "Keep it small.", "Tried: make.",
        "End with a short summary",
    ]  # fmt: skip
    places = [prompt.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_what_is_not_known_leaves_no_trace() -> None:
    prompt = first_prompt(Item("i", "t"), Lane("rest"), harness=None)

    assert prompt.startswith("# i: t\n\nYou may edit")
    assert "\n\n\n" not in prompt
    assert "None" not in prompt


@pytest.mark.parametrize(
    ("autonomy", "words"),
    [
        (Autonomy.OBSERVE, "You may only read."),
        (Autonomy.SUGGEST, "Each shell command waits for a person's approval"),
        (Autonomy.PROPOSE, "becomes the change that is reviewed"),
        (Autonomy.LAND, "may land without a person"),
    ],
)
def test_each_autonomy_level_is_told_what_it_may(autonomy: Autonomy, words: str) -> None:
    assert words in first_prompt(ITEM, Lane("l", autonomy=autonomy), harness=None)


def test_a_resumed_conversation_is_told_why_it_was_cut_off() -> None:
    prompt = resume_prompt(ITEM, "its host was killed", mention="Skills: commit.")

    assert prompt.startswith("# ITEM-7: Sort stably (continued)\n")
    assert "You were cut off: its host was killed." in prompt
    assert "Skills: commit." in prompt


def test_a_rework_quotes_what_came_back() -> None:
    prompt = rework_prompt(ITEM, "\n- use a stable sort\n")

    assert prompt.startswith("# ITEM-7: Sort stably (rework)\n")
    assert "\n- use a stable sort\n" in prompt
