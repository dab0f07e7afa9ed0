"""The part of the review screen that scrolls: rows of one change, of which one has the cursor."""

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from darkfactory.cli.review_page import Page

_STYLES = {
    name: Style.parse(style)
    for name, style in {
        "": "",
        "dim": "dim",
        "file": "bold",
        "hunk": "cyan",
        "added": "green",
        "removed": "red",
        "added_word": "bold underline green",
        "removed_word": "bold underline red",
        "moved": "dim",
        "warn": "bold red",
        "asked": "yellow",
        "cursor": "reverse",
    }.items()
}


class Body(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws the rows of a page that are on the screen, and no others."""

    class Resized(Message):
        """There are more or fewer columns than before."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.page: Page | None = None
        self.at = 0
        self._columns = 0
        self._tops: set[int] = set()
        self._ends: set[int] = set()

    @property
    def room(self) -> int:
        """How many columns a row may take."""
        return max(20, self.scrollable_content_region.width - 1)

    def show(self, page: Page, *, at: int = 0) -> None:
        """Show *page* with the cursor on row *at*; what was on the screen before is forgotten."""
        self.page = page
        self._tops, self._ends = set(), set()
        self.virtual_size = Size(self.room + 1, len(page.rows))
        self.at = min(max(0, at), len(page.rows) - 1)
        self._follow()
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self.page = None
        self.at = 0
        self.virtual_size = Size(0, 0)
        self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor by some *rows*."""
        self.go(self.at + rows)

    def go(self, at: int, *, top: bool = False) -> None:
        """Put the cursor on row *at*; what begins there is brought to the *top* on wish."""
        if self.page is None:
            return
        self.at = min(max(0, at), len(self.page.rows) - 1)
        if top:
            self.scroll_to(y=max(0, self.at - 2), animate=False, force=True)
        self._follow()
        self.refresh()

    def shown_hunks(self) -> Iterator[int]:
        """Yield the hunks whose first and last row have been on the screen since they are shown."""
        if self.page is None:
            return
        top = round(self.scroll_y)
        bottom = top + self.size.height
        for number, placed in enumerate(self.page.hunks):
            if top <= placed.first < bottom:
                self._tops.add(number)
            if top <= placed.last < bottom:
                self._ends.add(number)
        yield from sorted(self._tops & self._ends)

    def render_line(self, y: int) -> Strip:
        """Return the row that stands at line *y* of the screen."""
        at = y + round(self.scroll_y)
        if self.page is None or at >= len(self.page.rows):
            return Strip.blank(self.size.width, _STYLES[""])
        has_cursor = at == self.at
        segments = [Segment(">" if has_cursor else " ", _STYLES["cursor" if has_cursor else ""])]
        for text, name in self.page.parts(at):
            segments.append(Segment(text, _STYLES[name]))
        return Strip(segments).adjust_cell_length(self.size.width, _STYLES[""])

    def on_resize(self, event: Resize) -> None:
        """Tell of another width."""
        if event.size.width != self._columns:
            self._columns = event.size.width
            self.post_message(self.Resized())

    def _follow(self) -> None:
        """Scroll so far that the cursor is on the screen, with a row more where there is one."""
        height = max(1, self.size.height)
        top = round(self.scroll_y)
        if self.at < top + 1:
            self.scroll_to(y=max(0, self.at - 1), animate=False, force=True)
        elif self.at > top + height - 2:
            self.scroll_to(y=self.at - height + 2, animate=False, force=True)
