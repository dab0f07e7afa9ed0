"""The attached view: it shows what is told, and asks what is typed, nothing more."""

import asyncio
import queue
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
from textual.events import Key

from darkfactory.cli.attach_feed import Answered, Feed, Note, Over
from darkfactory.cli.attach_lines import Telling
from darkfactory.cli.attach_view import AttachView, Sure
from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.sessions.control import ControlRejected, Receipt
from darkfactory.sessions.view import SessionView
from darkfactory.sessions.watch import Told
from tests.fakes.screens import Screen

TURN = Event("turn.started", turn=1)
ASKS = Event("approval.requested", {"request": "r1", "command": "rm -r build"})
ANSWERED = Event("approval.resolved", {"request": "r1", "decision": "approve", "by": "ada"})
END = Event("session.ended", {"outcome": "failed", "reason": "it gave up"})


def said(text: str) -> Event:
    return Event("message", {"role": "assistant", "text": text})


class Stage:
    """A source whose session tells what the test tells, and that notes what it is asked."""

    def __init__(self, *events: Event) -> None:
        self.asked: list[tuple[ControlOp, dict[str, Any]]] = []
        self.receipt = Receipt("c1", "7", "applied", "now")
        self.refusal: ControlRejected | None = None
        self.bug: Exception | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.tell(*events)

    def tell(self, *events: Event | None) -> None:
        for event in events:
            self._events.put(event)

    def follow(self, behind: Mapping[str, str], *, since: str | None = None) -> Iterator[Told]:
        assert (dict(behind), since) == ({"s-1": "-1"}, None)
        while (event := self._events.get()) is not None:
            yield Told("s-1", "7", event)
        if self.bug:
            raise self.bug

    def ask(self, session: str, op: ControlOp, **message: Any) -> Receipt:
        assert session == "s-1"
        self.asked.append((op, message))
        if self.refusal:
            raise self.refusal
        return self.receipt

    def views(self) -> list[SessionView]:
        raise AssertionError("nobody asks that")

    def find(self, name: str) -> str:
        return name

    def starts(self) -> str:
        raise AssertionError("nobody asks that")

    def next_step(self, session: str, *, ended: bool, by: str) -> str:
        raise AssertionError((session, ended, by))


class Attached(Screen[AttachView]):
    """The view while it runs."""

    @property
    def log(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.view._body.lines)


def play(
    stage: Stage, act: Callable[[Attached], Awaitable[None]], size: tuple[int, int] = (80, 24)
) -> AttachView:
    async def run() -> AttachView:
        view = AttachView(stage, "s-1", Feed(), by="ada")
        async with view.run_test(size=size) as pilot:
            await act(Attached(view, pilot))
        return view

    return asyncio.run(run())


def test_what_was_and_what_comes_is_shown_without_what_a_terminal_would_obey() -> None:
    stage = Stage(said("first \x1b]0;owned\x07[b]bold[/b]"))

    async def act(screen: Attached) -> None:
        await screen.until(lambda: "first" in screen.log)
        stage.tell(said("second"))
        await screen.until(lambda: "second" in screen.log)
        assert screen.log == "ASSISTANT: first [b]bold[/b]\nASSISTANT: second"

    play(stage, act)


def test_enter_steers_and_the_answer_shows() -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press(*"Hurry", "enter")
        await screen.until(lambda: "= steer: applied now" in screen.log)
        assert screen.view._words.value == ""

    play(stage, act)

    assert stage.asked == [(ControlOp.STEER, {"by": "ada", "text": "Hurry"})]


def test_an_empty_line_steers_nobody() -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press("space", "enter")

    play(stage, act)

    assert stage.asked == []


def test_a_no_shows_with_its_reason() -> None:
    stage = Stage(TURN)
    stage.refusal = ControlRejected("s-1", "steer", "the session is ending")

    async def act(screen: Attached) -> None:
        await screen.pilot.press("x", "enter")
        await screen.until(lambda: "! steer was rejected: the session is ending" in screen.log)

    play(stage, act)


def test_an_interrupt_takes_the_typed_words_along() -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press("ctrl+t", *"Stop", "ctrl+t")
        await screen.until(lambda: screen.log.count("= interrupt") == 2)

    play(stage, act)

    assert [message["text"] for _, message in stage.asked] == ["", "Stop"]


@pytest.mark.parametrize(("key", "asked"), [("y", [ControlOp.CANCEL]), ("n", []), ("escape", [])])
def test_a_cancel_is_asked_for_first(key: str, asked: list[ControlOp]) -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press("ctrl+x")
        await screen.until(lambda: isinstance(screen.view.screen, Sure))
        assert "End s-1?" in screen.shown
        assert stage.asked == []
        await screen.pilot.press(key)
        await screen.until(lambda: len(stage.asked) == len(asked))

    play(stage, act)


@pytest.mark.parametrize(("keys", "asked"), [("yes", [ControlOp.CANCEL]), ("no", [])])
def test_the_first_key_answers_however_fast_the_next_ones_come(
    keys: str, asked: list[ControlOp]
) -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press("ctrl+x")
        await screen.until(lambda: isinstance(screen.view.screen, Sure))
        for key in keys:
            screen.view.screen.post_message(Key(key, key))
        await screen.until(lambda: not isinstance(screen.view.screen, Sure))
        await screen.until(lambda: len(stage.asked) == len(asked))

    play(stage, act)

    assert [op for op, _ in stage.asked] == asked


def test_a_bug_is_told_by_the_one_who_tells_bugs_and_nothing_of_it_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = Stage(TURN)
    stage.bug = ZeroDivisionError("a bug")
    stage.tell(None)
    view = AttachView(stage, "s-1", Feed(), by="ada")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        view.show(headless=True)

    assert "ZeroDivisionError" not in "".join(capfd.readouterr())


def test_what_waits_is_asked_above_the_line_and_answered_by_a_key() -> None:
    stage = Stage(TURN, ASKS)

    async def act(screen: Attached) -> None:
        await screen.until(lambda: "? r1 wants your yes to: rm -r build" in screen.shown)
        assert "^Y approve  ^N deny" in screen.shown
        assert "WAITS FOR YOU" in screen.shown
        await screen.pilot.press("ctrl+y", *"why", "ctrl+n")
        stage.tell(ANSWERED)
        await screen.until(lambda: "^Y approve" not in screen.shown)
        await screen.pilot.press("ctrl+y")

    play(stage, act)

    assert stage.asked == [
        (ControlOp.APPROVE, {"by": "ada", "request": "r1", "text": ""}),
        (ControlOp.DENY, {"by": "ada", "request": "r1", "text": "why"}),
    ]


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_leaving_asks_nothing_of_the_session(key: str) -> None:
    stage = Stage(TURN)

    async def act(screen: Attached) -> None:
        await screen.pilot.press(*"half a word", key)

    view = play(stage, act)

    assert (stage.asked, view.has_ended) == ([], False)


def test_who_reads_back_is_not_carried_off_by_what_comes() -> None:
    stage = Stage(*(said(f"line {number}") for number in range(100)))

    async def act(screen: Attached) -> None:
        await screen.until(lambda: "line 99" in screen.shown)
        await screen.pilot.press("pageup", "pageup")
        await screen.until(lambda: "line 99" not in screen.shown)
        before = screen.view._body.scroll_y
        stage.tell(said("one more"))
        await screen.until(lambda: "one more" in screen.log)
        assert screen.view._body.scroll_y == before
        await screen.pilot.press("ctrl+end")
        await screen.until(lambda: "one more" in screen.shown)

    play(stage, act)


def test_the_log_is_broken_anew_for_another_width() -> None:
    words = " ".join(f"word{number}" for number in range(30))
    stage = Stage(said(words))

    async def act(screen: Attached) -> None:
        await screen.until(lambda: "word29" in screen.log)
        narrow = screen.log.count("\n")
        await screen.pilot.resize_terminal(120, 40)
        await screen.until(lambda: screen.log.count("\n") < narrow)
        await screen.pilot.resize_terminal(50, 20)
        await screen.until(lambda: screen.log.count("\n") > narrow)
        assert screen.log.replace("\n  | ", " ") == f"ASSISTANT: {words}"

    play(stage, act)


def test_the_end_of_a_session_shows_and_closes_the_log() -> None:
    stage = Stage(TURN, END)

    async def act(screen: Attached) -> None:
        stage.tell(None)
        await screen.until(lambda: "nothing more comes" in screen.log)
        assert "s-1  FAILED" in screen.shown

    assert play(stage, act).has_ended


def test_a_message_that_was_only_accepted_is_told_when_it_is_applied() -> None:
    telling = Telling("s-1")
    accepted = Answered(ControlOp.STEER, Receipt("c1", "7", "accepted"))
    applied = Event("control.applied", {"id": "c1", "op": "steer", "how": "queued"})

    first = [line.text for line in telling.lines(accepted)]
    later = [line.text for line in telling.lines(applied)]
    other = telling.lines(Event("control.applied", {"id": "c2", "op": "steer"}))

    assert first == ["  = steer is accepted and will be applied"]
    assert later == ["  = steer: queued until its turn is over"]
    assert other == []


def test_an_answer_that_the_log_told_first_is_told_once() -> None:
    telling = Telling("s-1")
    telling.lines(Event("control.applied", {"id": "c1", "op": "steer", "how": "now"}))

    lines = telling.lines(Answered(ControlOp.STEER, Receipt("c1", "7", "accepted")))

    assert [line.text for line in lines] == ["  = steer: applied now"]


def test_words_about_the_view_are_one_plain_line() -> None:
    lines = Telling("s-1").lines(Note("the server\nis \x1b[2Jgone", bad=True))

    assert [line.text for line in [*lines, *Telling("s-1").lines(Over())]] == [
        "  ! the server is gone",
        "  . nothing more comes in this log",
    ]
