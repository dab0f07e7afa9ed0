"""The review screen: it shows what waits and records what is said of it."""

from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual.screen import ModalScreen

from darkfactory.cli.review_ask import Choose, Pick, Taste, Words
from darkfactory.cli.review_view import ReviewView
from darkfactory.domain.change import ChangeState as State
from darkfactory.errors import FactoryError
from darkfactory.gate.verdicts import approve
from tests.fakes.gates import hold_to, land, offer
from tests.fakes.golden import assert_golden
from tests.fakes.screens import Screen
from tests.unit.cli.review_stage import BLOCK, LONG, Stage, play


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_when_it_lands_is_told_anew_while_it_is_read(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})
    other, _ = offer(stage.room, "b", {"b.py": "b = 1\nc = 2\nd = 3\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("c-a  ", "lands     at once")
        approve(stage.room, other, by="bob")
        land(stage.room)
        await screen.sees("c-a  ", "lands     after a run of the checks")

    play(stage, act)


def test_the_first_change_is_shown_with_its_facts_and_its_diff(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\x1b[2J\n"}, summary="I mended [b]it[/b].")

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("c-a  ", "1 of 1", "checks    pass", "shape     1 code +1 -0")
        await screen.pilot.press("G")
        await screen.sees("I mended [b]it[/b].", "== a.py  +1 -0  code", "+  a = 1")

    play(stage, act)

    assert [(told["change"], told["by"]) for told in stage.told("change.read")] == [("c-a", "ada")]


def test_a_yes_is_recorded_with_its_seconds_and_lands_while_the_next_one_is_read(
    stage: Stage,
) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})
    offer(stage.room, "b", {"b.py": "b = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("c-a  ", "shape")
        stage.seconds += 30
        await screen.pilot.press("G", "a")
        await screen.asked(Taste)
        await screen.pilot.press("y")
        await screen.sees("c-b  ", "1 of 1", "c-a landed as 1234567890ab")

    play(stage, act)

    (told,) = stage.told("change.approved")
    assert (told["by"], told["seconds"], told["seen"]) == ("ada", 30.0, ["a.py"])
    assert told["taste"] == [{"question": "Is it small?", "answer": True}]
    assert (stage.landings, stage.room.find("a").state) == (1, State.QUEUED)


def test_a_yes_to_a_change_that_breaks_a_rule_is_asked_for_its_reason(stage: Stage) -> None:
    hold_to(stage.room, {"trace": {"never": {"arg": "--no-verify"}}}, "git commit --no-verify")
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("c-a  ", "BREAKS RULE commit/NN-1")
        for reason in ("", "the hook is broken"):
            await screen.pilot.press("a")
            await screen.asked(Pick)
            await screen.pilot.press("y")
            await screen.asked(Words)
            await screen.pilot.press(*reason, "enter")
            if not reason:
                await screen.sees("c-a is NOT approved: that wants a reason")
        await screen.asked(Taste)
        await screen.pilot.press("y")
        await screen.sees("c-a landed")

    play(stage, act)

    (told,) = stage.told("change.approved")
    assert told["text"] == "the hook is broken"


def test_a_no_to_a_taste_line_offers_to_send_the_change_back_with_it(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("a")
        await screen.asked(Taste)
        await screen.pilot.press("n")
        await screen.asked(Pick)
        await screen.pilot.press("r")
        await screen.asked(Words)
        await screen.pilot.press(*" Split.", "enter")
        await screen.sees("c-a sent back", "nothing waits for your verdict")

    play(stage, act)

    assert stage.told("change.rework")[0]["text"] == "Is it small? No. Split."
    assert stage.told("change.approved") == []


def test_comments_on_lines_go_back_together_with_the_code_they_are_on(stage: Stage) -> None:
    offer(stage.room, "a", {"calc.py": "two\n", "b.py": "b = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("tab", "down", "c")
        await screen.asked(Words)
        await screen.pilot.press(*"Why b?", "enter")
        await screen.sees("| Why b?")
        await screen.pilot.press("tab", "down", "c")
        await screen.asked(Words)
        await screen.pilot.press(*"Keep it.", "enter")
        await screen.sees("| Keep it.")
        await screen.pilot.press("r")
        await screen.asked(Words)
        await screen.sees("2 comments, each to be answered")
        await screen.pilot.press("enter")
        await screen.sees("c-a sent back")

    play(stage, act)

    places = stage.told("change.rework")[0]["places"]
    assert [
        (place["path"], place["line"], place["text"], place["removed"]) for place in places
    ] == [
        ("b.py", 1, "Why b?", False),
        ("calc.py", 1, "Keep it.", True),
    ]
    assert places[1]["code"] == "    1 > one"


@pytest.mark.parametrize(
    ("keys", "reason"), [("d", "duplicate"), ("n", "not-planned"), ("i", "reimplement")]
)
def test_a_change_is_closed_for_a_reason(stage: Stage, keys: str, reason: str) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("x")
        await screen.asked(Pick)
        await screen.pilot.press(keys)
        await screen.asked(Words)
        await screen.pilot.press(*"Why", "enter")
        await screen.sees(f"c-a closed as {reason}")

    play(stage, act)

    (told,) = stage.told("change.closed")
    assert (told["reason"], told["text"]) == (reason, "Why")


def test_a_time_that_is_none_is_said_and_the_change_is_back(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("d")
        await screen.asked(Words)
        await screen.pilot.press(*"x", "enter")
        await screen.sees("c-a is NOT deferred", "'x' is no time to come", "1 of 1")
        await screen.pilot.press("d")
        await screen.asked(Words)
        await screen.pilot.press("enter")
        await screen.sees("c-a deferred until 1d")

    play(stage, act)

    assert len(stage.told("change.deferred")) == 1


def test_a_change_that_moves_while_it_is_read_cannot_be_judged_until_it_is_read_anew(
    stage: Stage,
) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        offer(stage.room, "a", {"a.py": "a = 1\nb = 2\n"}, epoch=2)
        await screen.sees("THIS HAS MOVED: it is at revision 2 now")
        await screen.pilot.press("a")
        await screen.sees("c-a has moved")
        await screen.pilot.press("enter")
        await screen.sees("Only what is new since revision 1", "revision 2")
        await screen.pilot.press("G")
        await screen.sees("+  b = 2")
        assert "+  a = 1" not in screen.shown
        await screen.pilot.press("w", "G")
        await screen.sees("+  a = 1")

    play(stage, act)

    assert [told["revision"] for told in stage.told("change.read")] == [1, 2]


def test_what_wants_a_word_of_its_own_is_shown_before_the_yes(stage: Stage) -> None:
    offer(stage.room, "a", {"lanes.yaml": "version: 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("HARD", "PROTECTED PATHS: lanes.yaml")
        await screen.pilot.press("a")
        await screen.asked(Pick)
        await screen.sees("c-a touches the harness: lanes.yaml")
        await screen.pilot.press("z", "escape")
        await screen.until(lambda: len(screen.view.screen_stack) == 1)

    play(stage, act)

    assert stage.told("change.approved") == []


def test_a_risky_hunk_that_was_not_on_the_screen_is_named_before_the_yes(stage: Stage) -> None:
    offer(stage.room, "a", {"Makefile": LONG})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("a")
        await screen.asked(Pick)
        await screen.sees("1 risky hunk not seen: Makefile:1")
        await screen.pilot.press("escape")
        await screen.until(lambda: len(screen.view.screen_stack) == 1)
        await screen.pilot.press("tab", "space", "a")
        await screen.asked(Pick)
        assert "not seen" not in screen.shown

    play(stage, act)


def test_a_landing_that_fails_is_told_with_what_to_do(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})
    stage.refusal = FactoryError("the gate is frozen", fix="df gate land --thaw")

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("a")
        await screen.asked(Taste)
        await screen.pilot.press("enter")
        await screen.sees("the gate is frozen; df gate land --thaw")

    play(stage, act)


def test_generated_files_are_folded_until_they_are_unfolded(stage: Stage) -> None:
    offer(stage.room, "a", {"yarn.lock": "pin\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("tab")
        await screen.sees("generated, 1 hunk folded: v unfolds")
        await screen.pilot.press("v")
        await screen.sees("+  pin")
        await screen.pilot.press("v")
        await screen.until(lambda: "+  pin" not in screen.shown)

    play(stage, act)


def test_space_marks_a_hunk_as_seen_and_goes_on(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": LONG, "b.py": LONG})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("tab", "space")
        await screen.sees("== b.py")
        await screen.pilot.press("shift+tab")
        await screen.sees("[seen] line 1")

    play(stage, act)


def test_the_list_opens_another_change_and_a_wide_screen_has_it_beside(stage: Stage) -> None:
    for name in "abc":
        offer(stage.room, name, {f"{name}.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("c-a  ", "> 0.00 ok   c-a")
        await screen.pilot.press("escape")
        await screen.asked(Choose)
        await screen.pilot.press("down", "down", "enter")
        await screen.sees("3 of 3", "> 0.00 ok   c-c")
        await screen.pilot.press("p")
        await screen.sees("2 of 3")

    play(stage, act, size=(120, 40))


def test_leaving_with_comments_that_were_not_sent_is_asked_about(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("tab", "down", "c")
        await screen.asked(Words)
        await screen.pilot.press("x", "enter", "q")
        await screen.asked(Pick)
        await screen.sees("1 comment not sent yet")
        await screen.pilot.press("escape")
        await screen.until(lambda: len(screen.view.screen_stack) == 1)
        assert screen.view.is_running

    play(stage, act)


@pytest.mark.parametrize(
    ("keys", "asked"),
    [(["a"], Taste), (["tab", "down", "c"], Words), (["escape"], Choose), (["d"], Words)],
)
def test_ctrl_c_leaves_a_question_and_then_the_screen(
    stage: Stage, keys: list[str], asked: type[ModalScreen[Any]]
) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press(*keys)
        await screen.asked(asked)
        await screen.pilot.press("ctrl+c")
        await screen.until(lambda: len(screen.view.screen_stack) == 1)
        assert screen.view.is_running
        await screen.pilot.press("ctrl+c")
        await screen.until(lambda: not screen.view.is_running)

    play(stage, act)

    assert stage.told("change.approved") == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("place", ["facts", "diff"])
def test_the_screen_is_as_it_was_reviewed(stage: Stage, size: tuple[int, int], place: str) -> None:
    files = {
        "sums.py": "import os, sys\n",
        "util.py": f"X = 1\n{BLOCK}",
        "package-lock.json": LONG,
        ".github/workflows/ci.yml": "on: push\n",
        "tests/test_sums.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_total():\n    pass\n",
    }
    offer(stage.room, "small", {"a.py": "a = 1\n"})
    offer(stage.room, "sums", files, summary="I moved total. All tests pass.")
    offer(stage.room, "other", {"sums.py": "import sys\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("1 of 3", "shape")
        await screen.pilot.press("n", "n")
        await screen.sees("3 of 3", "CONFLICTS WITH c-other")
        if place == "diff":
            await screen.pilot.press("tab", "tab", "tab")
            await screen.sees("+m def total(values):")
        await screen.pilot.pause()
        shown = "\n".join(line.rstrip() for line in screen.shown.split("\n"))
        assert_golden(f"review-{place}-{size[0]}x{size[1]}.txt", f"{shown}\n")

    play(stage, act, size)


def _is_coloured(style: Style) -> bool:
    return any(colour and not colour.is_default for colour in (style.color, style.bgcolor))


def test_without_colour_all_is_shown_and_the_words_that_differ_are_underlined(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    offer(stage.room, "a", {"calc.py": "one two\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("shape")
        await screen.pilot.press("G")
        await screen.sees("+  one two")
        drawn = [part for strip in screen.view.screen._compositor.render_strips() for part in strip]
        marked = [part.text for part in drawn if part.style and part.style.underline]
        assert marked == [" two"]
        assert not [part for part in drawn if part.style and _is_coloured(part.style)]

    play(stage, act)


def test_the_keys_are_shown(stage: Stage) -> None:
    offer(stage.room, "a", {"a.py": "a = 1\n"})

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("a approve  r rework  c comment  x close  d defer")
        await screen.pilot.press("question_mark")
        await screen.sees("o  open the diff in your pager")

    play(stage, act)


def test_an_answered_comment_is_shown_with_its_answer_and_another_as_not_answered(
    stage: Stage,
) -> None:
    from darkfactory.gate.comments import Comment
    from darkfactory.gate.propose import remind
    from darkfactory.gate.verdicts import rework

    change, _ = offer(stage.room, "a", {"a.py": "a = 1\n"})
    comments = (Comment("a.py", 1, "Why one?"), Comment("a.py", 1, "Name it."))
    rework(stage.room, change, by="ada", text="", comments=comments)
    for epoch in (2, 3, 4):  # it is asked anew twice, then it comes back all the same
        said = {"summary": "Answer 1: it is two now"} if epoch == 2 else {}
        offered, stands = offer(stage.room, "a", {"a.py": "a = 2\n"}, epoch=epoch, **said)
        if not stands:
            remind(stage.room, offered)

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("1. a.py:1 Why one?", "-> it is two now", "-> NOT ANSWERED")

    play(stage, act, size=(100, 40))

    from darkfactory.gate.warned import warnings_of

    assert warnings_of(stage.room.find("a")) == [
        "c-a leaves comments of its review without an answer: #2"
    ]


def test_a_flaky_check_is_named_where_it_bears_on_the_change(stage: Stage) -> None:
    change, _ = offer(stage.room, "a", {"a.md": "a\n"})
    told = {"tree": "t", "failing": ["test_clock"], "result": "pass"}
    stage.room.say("retested", change, told)

    async def act(screen: Screen[ReviewView]) -> None:
        await screen.sees("flaky", "test_clock: it failed here, then passed on the same tree")

    play(stage, act)
