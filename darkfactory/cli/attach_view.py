"""The screen of ``df attach``: the log, what waits, a line to type. Leaving it asks nothing."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key, Resize
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, RichLog, Static

from darkfactory.cli.attach_feed import Feed
from darkfactory.cli.attach_lines import Line, Telling
from darkfactory.cli.prose import marked
from darkfactory.cli.whole_screen import WholeScreen
from darkfactory.domain.session import ControlOp
from darkfactory.sessions.watch import Source

_LOOK_SECONDS = 0.05
_PROMPT = "type what the agent is to know; Enter sends it"
_ANSWER_KEYS = "^Y approve  ^N deny  "
_KEYS = "^T interrupt  ^X cancel  PgUp PgDn scroll  ^Q leave"
_MOST_LINES = 5000
_STYLES = {
    "said": "",
    "done": "dim",
    "asked": "cyan",
    "trouble": "bold red",
    "note": "green",
    "end": "bold",
}


class AttachView(WholeScreen):
    """One session: what was, what comes, and what you ask of it.

    Args:
        by: Who asks, as it stands in the log.
    """

    TITLE = "df attach"
    CSS = """
    Screen { layout: vertical; }
    #head { height: 1; text-style: reverse; padding: 0 1; }
    #log { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    #question { height: auto; max-height: 4; padding: 0 1; display: none; }
    #question.asks { display: block; text-style: bold; color: ansi_yellow; }
    #keys { height: 1; padding: 0 1; text-style: dim; }
    #words { height: 1; border: none; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "interrupt", priority=True),
        Binding("ctrl+x", "cancel", priority=True),
        Binding("ctrl+y", "approve", priority=True),
        Binding("ctrl+n", "deny", priority=True),
        Binding("pageup", "scroll(-1)", priority=True),
        Binding("pagedown", "scroll(1)", priority=True),
        Binding("ctrl+home", "scroll(-9)", priority=True),
        Binding("ctrl+end", "scroll(9)", priority=True),
        Binding("ctrl+q,ctrl+c", "quit", priority=True),
    ]

    def __init__(self, source: Source, session: str, feed: Feed, *, by: str) -> None:
        super().__init__()
        self._source = source
        self._session = session
        self._feed = feed
        self._by = by
        self._telling = Telling(session)
        self._lines: list[Line] = []
        self._head = Static(self._telling.head(), id="head", markup=False)
        self._body = Body(
            id="log", wrap=False, min_width=0, max_lines=_MOST_LINES, auto_scroll=False
        )
        self._question = Static("", id="question", markup=False)
        self._words = Input(placeholder=_PROMPT, id="words")
        self._keys = Static(_KEYS, id="keys", markup=False)

    @property
    def has_ended(self) -> bool:
        """Whether the session had ended when the view was left."""
        return self._telling.story.ended is not None

    def show(self, *, headless: bool = False) -> None:
        """Show the session until the view is left.

        Args:
            headless: Draw nothing.

        Raises:
            Exception: What nobody foresaw, once the terminal is as it was before.
        """
        self.run(headless=headless)
        if self._exception is not None:
            raise self._exception

    def compose(self) -> ComposeResult:
        """Lay out the parts, from top to bottom."""
        yield self._head
        yield self._body
        yield self._question
        yield self._words
        yield self._keys

    def on_mount(self) -> None:
        """Begin to follow."""
        self._words.focus()
        self._feed.follow(self._source, self._session)
        self.set_interval(_LOOK_SECONDS, self._take_news)

    def on_body_resized(self) -> None:
        """Break the log anew where the terminal has become wider or narrower."""
        body = self._body
        at = body.scroll_y / body.max_scroll_y if body.max_scroll_y else 1.0
        body.clear()
        self._write(self._lines, scroll_end=False)
        self.call_after_refresh(lambda: body.scroll_to(y=at * body.max_scroll_y, animate=False))

    def on_input_submitted(self, typed: Input.Submitted) -> None:
        """Steer the session by what was typed."""
        if typed.value.strip():
            self._ask(ControlOp.STEER, text=self._taken())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer approve and deny only while something waits, and nothing behind a question."""
        if action == "quit":
            return True
        if len(self.screen_stack) > 1:
            return False
        return action not in ("approve", "deny") or self._telling.question() is not None

    def action_scroll(self, pages: int) -> None:
        """Show earlier or later parts of the log."""
        log = self._body
        if abs(pages) > 1:
            log.scroll_home(animate=False) if pages < 0 else log.scroll_end(animate=False)
        else:
            log.scroll_relative(y=pages * max(1, log.size.height - 1), animate=False)

    def action_interrupt(self) -> None:
        """End the running turn; with what was typed, if there is something."""
        self._ask(ControlOp.INTERRUPT, text=self._taken())

    def action_cancel(self) -> None:
        """End the session, after a question."""

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - the screen's answer
            if yes:
                self._ask(ControlOp.CANCEL)

        self.push_screen(Sure(self._session), answered)

    def action_approve(self) -> None:
        """Allow what waits longest."""
        self._answer(ControlOp.APPROVE)

    def action_deny(self) -> None:
        """Refuse what waits longest, with what was typed as the reason."""
        self._answer(ControlOp.DENY, text=self._taken())

    def _handle_exception(self, error: Exception) -> None:
        super()._handle_exception(error)
        self._exit_renderables.clear()  # it would print our variables, the token among them

    def _answer(self, op: ControlOp, text: str = "") -> None:
        question = self._telling.question()
        if question is not None:
            self._ask(op, request=question[0], text=text)

    def _ask(self, op: ControlOp, **message: str) -> None:
        self._body.scroll_end(animate=False)  # where the answer will be
        self._feed.ask(self._source, self._session, op, {"by": self._by, **message})

    def _taken(self) -> str:
        """Return what was typed and empty the line."""
        text, self._words.value = self._words.value.strip(), ""
        return text

    def _take_news(self) -> None:
        if not self._body.size.width:
            return  # not laid out yet
        fresh = [line for news in self._feed.take() for line in self._telling.lines(news)]
        self._lines = [*self._lines, *fresh][-_MOST_LINES:]
        self._write(fresh[-_MOST_LINES:], scroll_end=self._body.is_vertical_scroll_end)
        self._head.update(self._telling.head())
        self._show_question()

    def _show_question(self) -> None:
        asked, bar = self._telling.question(), self._question
        if bar.has_class("asks") != (asked is not None):
            bar.set_class(asked is not None, "asks")
            self._keys.update(_ANSWER_KEYS + _KEYS if asked else _KEYS)
        if asked is not None:
            bar.update(f"? {asked[1]}")

    def _write(self, lines: list[Line], *, scroll_end: bool) -> None:
        width = self._body.scrollable_content_region.width
        for line in lines:
            text = Text("\n".join(marked(line.text, width)), style=_STYLES[line.kind])
            self._body.write(text, width, scroll_end=scroll_end)


class Body(RichLog):
    """The log; it tells when it has become wider or narrower."""

    class Resized(Message):
        """The log has another width than before."""

    _columns = 0

    def on_resize(self, event: Resize) -> None:
        """Tell of another width."""
        if event.size.width != self._columns:
            self._columns = event.size.width
            self.post_message(self.Resized())


class Sure(ModalScreen[bool]):
    """Asks before a session is ended; anything but y is a no."""

    CSS = """
    Sure { align: center middle; }
    Sure > Vertical { width: 56; height: auto; border: round ansi_red; padding: 0 1; }
    """

    def __init__(self, session: str) -> None:
        super().__init__()
        self._session = session
        self._is_answered = False

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical():
            yield Label(f"End {self._session}?", markup=False)
            yield Label("It keeps all that it did.")
            yield Label("y ends it, any other key goes back")

    def on_key(self, event: Key) -> None:
        """Take the first key as the answer: more of them may wait behind it."""
        if not self._is_answered:
            self._is_answered = True
            self.dismiss(event.key == "y")
