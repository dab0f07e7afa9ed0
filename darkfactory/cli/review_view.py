"""The screen of a bare ``df gate``: one change after the other, and what you say of each."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Event, Key
from textual.widgets import Static
from textual.worker import WorkerFailed

from darkfactory.changes.hunks import Row
from darkfactory.changes.reading import ReadingFile
from darkfactory.cli.output import flat
from darkfactory.cli.review_ask import Choose, Pick
from darkfactory.cli.review_body import Body
from darkfactory.cli.review_desk import (
    Desk,
    Judged,
    Listed,
    News,
    Offered,
    Paged,
    Said,
    State,
    Together,
    Unread,
)
from darkfactory.cli.review_head import KEYS, LONG_KEYS, head_line, list_rows, side_lines
from darkfactory.cli.review_page import Page
from darkfactory.cli.review_tray import Tray
from darkfactory.cli.review_verdicts import VerdictKeys
from darkfactory.domain.counting import counted
from darkfactory.factory.review import Opened, Waiting

_LOOK_SECONDS = 0.05
_WATCH_SECONDS = 1.0
_WIDE = 110
_SIDE = 36
_MOST_NEWS = 3
_ANEW = "Enter reads it anew, n goes on."


class ReviewView(VerdictKeys):
    """The changes that wait for a verdict, one at a time.

    Args:
        waiting: What waits, in reading order; *opened* is the first of them, maybe without diff.
        show_diff: Shows a diff in the reader's own pager.
    """

    TITLE = "df gate"
    CSS = """
    Screen { layout: vertical; }
    #head { height: 1; text-style: reverse; padding: 0 1; }
    #moved { height: auto; padding: 0 1; display: none; text-style: bold reverse; }
    #moved.shown { display: block; }
    #middle { height: 1fr; }
    #side { width: %d; padding: 0 1; border-right: solid ansi_bright_black; display: none; }
    #side.shown { display: block; }
    #body { width: 1fr; scrollbar-size-vertical: 1; overflow: hidden scroll; }
    #news { height: auto; max-height: 3; padding: 0 1; }
    #keys { height: 1; padding: 0 1; text-style: dim; }
    """.replace("%d", str(_SIDE))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve"),
        Binding("r", "rework"),
        Binding("c", "comment"),
        Binding("x", "close"),
        Binding("d", "defer"),
        Binding("b", "batch"),
        Binding("u", "undo"),
        Binding("n", "step(1)"),
        Binding("p", "step(-1)"),
        Binding("space", "seen"),
        Binding("v", "unfold"),
        Binding("w", "whole"),
        Binding("o", "pager"),
        Binding("question_mark", "keys"),
        Binding("escape", "list"),
        Binding("enter", "anew"),
        Binding("q,ctrl+c,ctrl+q", "leave", priority=False),
        Binding("down,j", "move(1)"),
        Binding("up,k", "move(-1)"),
        Binding("pagedown,ctrl+d", "page(1)"),
        Binding("pageup,ctrl+u", "page(-1)"),
        Binding("home,g", "page(-999)"),
        Binding("end,G", "page(999)"),
        Binding("tab", "hunk(1)", priority=True),
        Binding("shift+tab", "hunk(-1)", priority=True),
    ]

    def __init__(
        self,
        desk: Desk,
        waiting: list[Waiting],
        opened: Opened | None,
        *,
        show_diff: Callable[[Paged], int],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(desk, Tray(waiting, now))
        self._show_diff = show_diff
        self._reading: set[str] = set()
        if opened is not None:
            self._tray.take(opened)
            self._tray.go(opened.id)
        self._body = Body(id="body")
        self._head = Static("", id="head", markup=False)
        self._moved = Static("", id="moved", markup=False)
        self._side = Static("", id="side", markup=False)
        self._news = Static("", id="news", markup=False)
        self._keys = Static(KEYS, id="keys", markup=False)
        self._said: list[str] = []

    def show(self, *, headless: bool = False) -> None:
        """Show the changes until the screen is left.

        Args:
            headless: Draw nothing.

        Raises:
            Exception: What nobody foresaw, once the terminal is as it was before.
        """
        self.run(headless=headless)
        error = self._exception
        if error is not None:
            raise error.error if isinstance(error, WorkerFailed) else error

    def compose(self) -> ComposeResult:
        """Lay out the parts, from top to bottom."""
        yield self._head
        yield self._moved
        with Horizontal(id="middle"):
            yield self._side
            yield self._body
        yield self._news
        yield self._keys

    def on_mount(self) -> None:
        """Begin to read."""
        self._desk.begin()
        self._body.focus()
        self.read_on()
        self.set_interval(_LOOK_SECONDS, self._take_news)
        self.set_interval(_WATCH_SECONDS, lambda: self._desk.look(self._tray.current))

    def on_body_resized(self) -> None:
        """Write the page anew where the terminal has become wider or narrower."""
        self._side.set_class(self.size.width >= _WIDE, "shown")
        self.draw(keep=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer nothing behind a question."""
        return len(self.screen_stack) == 1

    async def on_event(self, event: Event) -> None:
        """Count the seconds until each key as read, whatever the key does."""
        if isinstance(event, Key):
            self._tray.touch(self._body.shown_hunks(), self._body.page)
            self._body.refresh()
        await super().on_event(event)

    def action_step(self, step: int) -> None:
        """Go to the next change, or to the one before."""
        self._tray.step(step)
        self.read_on()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._body.move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a screen, or far beyond."""
        self._body.move(pages * max(1, self._body.size.height - 2))

    def action_hunk(self, step: int) -> None:
        """Go to the next hunk, or to the one before."""
        page = self._body.page
        found = page.hunk_near(self._body.at, step) if page else None
        if found is not None:
            self._body.go(found, top=True)

    def action_seen(self) -> None:
        """Mark the hunk under the cursor as seen, or not; go to the next one."""
        page = self._body.page
        number = page.rows[self._body.at].hunk if page else None
        if page is None or number is None:
            self.action_hunk(1)
            return
        at = page.hunks[number].first
        if self._tray.toggle_seen(page.hunks[number].key):
            at = page.hunk_near(self._body.at, 1) or at
        self.draw(at=at)

    def action_unfold(self) -> None:
        """Show the folded file under the cursor, or fold it again."""
        page = self._body.page
        path = page.rows[self._body.at].file if page else ""
        if path:
            self._tray.marks.unfolded ^= {path}
            self.draw(at=self._body.at)

    def action_whole(self) -> None:
        """Show all of a change instead of what is new to its reader, or the other way round."""
        opened = self._tray.opened
        if opened is not None and opened.since is not None:
            self._tray.marks.whole ^= True
            self.draw()

    def action_anew(self) -> None:
        """Read the change again if it has moved."""
        if self._tray.moved:
            self._tray.forget()
            self.read_on()

    def action_pager(self) -> None:
        """Show the whole diff in the reader's own pager."""
        if self._tray.current is not None:
            self._desk.diff(self._tray.current)

    @work(exclusive=True)
    async def action_keys(self) -> None:
        """Show all keys."""
        await self.push_screen_wait(Pick("Keys", {}, lines=LONG_KEYS))

    @work(exclusive=True)
    async def action_list(self) -> None:
        """Show all that waits."""
        rows = list_rows(self._tray.waiting)
        if rows:
            title = f"{counted(len(rows), 'change')}, in the order in which they are read"
            chosen = await self.push_screen_wait(Choose(title, rows, self._tray.place))
            if chosen is not None:
                self._tray.go(chosen)
                self.read_on()

    @work(exclusive=True)
    async def action_leave(self) -> None:
        """Leave; comments that were not sent are asked about."""
        left = self._tray.unsent()
        if left:
            title = f"{counted(left, 'comment')} not sent yet: r sends those of a change"
            if await self.push_screen_wait(Pick(title, {"q": "leave and drop them"})) is None:
                return
        self.exit()

    def line_under_cursor(self) -> tuple[ReadingFile, Row] | None:
        """Return the line of code that has the cursor, None where it is on none."""
        page = self._body.page
        return page.code_at(self._body.at) if page else None

    def settled(self, news: Judged) -> None:
        """Tell what became of a verdict."""
        self._tray.settled(news.change, refused=bool(news.refused))
        if news.refused:
            self.say(f"{news.change} is NOT {news.words}: {news.refused}")
            self._desk.look(self._tray.current)
        else:
            self.say(f"{news.change} {news.words}")

    def say(self, text: str) -> None:
        """Show words below the change; the last ones stay."""
        self._said = [*self._said, flat(text)][-_MOST_NEWS:]
        self._news.update("\n".join(self._said))

    def read_on(self) -> None:
        """Show the change that is open now, and have the next one read meanwhile."""
        tray = self._tray
        if tray.current is not None and tray.is_known():
            self._desk.mark_looked(tray.current)
        else:
            self._open(tray.current)
        self.draw()
        self._open(tray.next_up())

    def _open(self, change: str | None) -> None:
        if change is not None and change not in self._reading:
            self._reading.add(change)
            self._desk.open(change)

    def draw(self, *, at: int = 0, keep: bool = False) -> None:
        """Write the page of the open change.

        Args:
            at: The row that gets the cursor.
            keep: Leave it where it is.
        """
        opened, body = self._tray.opened, self._body
        self._draw_around()
        if opened is None or not body.size.width:
            body.clear()
            return
        at = body.at if keep else at
        body.show(Page(opened, self._tray.marks, body.room), at=at)

    def _draw_around(self) -> None:
        tray = self._tray
        width = max(20, self.size.width - 2)
        self._head.update(head_line(tray.opened, tray.waiting, tray.place, width))
        self._moved.set_class(bool(tray.moved), "shown")
        self._moved.update(f"THIS HAS MOVED: {tray.moved}. No verdict on it counts. {_ANEW}")
        height = max(1, self._body.size.height)
        self._side.update(side_lines(tray.waiting, tray.current, _SIDE - 3, height))

    def _take_news(self) -> None:
        for news in self._desk.take():
            self._take(news)

    def _told(self, news: State) -> None:
        if self._tray.told(news):
            self.draw(keep=True)
        self._draw_around()

    def _take(self, news: News) -> None:
        match news:
            case Opened():
                self._arrived(news)
            case Listed(waiting):
                self._listed(waiting)
            case State():
                self._told(news)
            case Said(text):
                self.say(text)
            case Unread(change, why):
                self._reading.discard(change)
                self.say(f"{change} cannot be read: {why}")
            case Judged() | Offered() | Together():
                self.take_verdict(news)
            case Paged():
                self._page(news)

    def _page(self, paged: Paged) -> None:
        with self.suspend():
            status = self._show_diff(paged)
        if status:
            self.say(f"the pager exited {status}: see gate.pager in lanes.yaml")

    def _arrived(self, opened: Opened) -> None:
        self._reading.discard(opened.id)
        self._tray.take(opened)
        if opened.id == self._tray.current:
            self._desk.mark_looked(opened.id)
            self.draw(keep=self._body.page is not None and self._body.page.opened.id == opened.id)

    def _listed(self, waiting: tuple[Waiting, ...]) -> None:
        before = self._tray.current
        self._tray.take_list(waiting)
        if before is None and self._tray.current is not None:
            self.read_on()
        self._draw_around()

    def _handle_exception(self, error: Exception) -> None:
        super()._handle_exception(error)
        self._exit_renderables.clear()  # it would print our variables, code of others among them
