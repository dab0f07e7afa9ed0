"""What a reviewer says on the review screen, and the questions before it counts."""

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from textual import work

from darkfactory.changes.hunks import Row
from darkfactory.changes.reading import ReadingFile
from darkfactory.cli.review_ask import Pick, Taste, Words
from darkfactory.cli.review_desk import Desk, Judged, Offered, Together
from darkfactory.cli.review_head import batch_lines
from darkfactory.cli.review_tray import Tray
from darkfactory.cli.whole_screen import WholeScreen
from darkfactory.domain.change import CloseAs
from darkfactory.domain.counting import counted, listed
from darkfactory.factory.review import Opened, Review
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Reading
from darkfactory.gate.rules import broken_rules, names
from darkfactory.gate.verdicts import BadTime, parse_until

_CLOSINGS = {"d": CloseAs.DUPLICATE, "n": CloseAs.NOT_PLANNED, "i": CloseAs.REIMPLEMENT}
_WHY_CLOSED = {
    "d": "duplicate: another one does it",
    "n": "not planned: its item is done with",
    "i": "reimplement: its item starts afresh, told of this one",
}


class VerdictKeys(WholeScreen):
    """The keys that judge; where a change is shown and how is for the screen to say."""

    def __init__(self, desk: Desk, tray: Tray) -> None:
        super().__init__()
        self._desk = desk
        self._tray = tray
        self._yeses: list[tuple[str, ...]] = []

    @abstractmethod
    def say(self, text: str) -> None:
        """Show words below the change."""

    @abstractmethod
    def settled(self, news: Judged) -> None:
        """Tell what became of a verdict."""

    @abstractmethod
    def draw(self, *, at: int = 0, keep: bool = False) -> None:
        """Write the page of the open change."""

    @abstractmethod
    def read_on(self) -> None:
        """Show the change that is open now."""

    @abstractmethod
    def line_under_cursor(self) -> tuple[ReadingFile, Row] | None:
        """Return the line of code that has the cursor, None where it is on none."""

    @work(exclusive=True)
    async def action_comment(self) -> None:
        """Say something of the line under the cursor."""
        found = self.line_under_cursor()
        if found is None:
            self.say("c is for a line of code: put the cursor on one")
            return
        file, row = found
        removed = row.mark == "-"
        if removed and self._tray.shows_news:
            self.say("this line is of an earlier revision: w shows the whole diff")
            return
        path, line = (file.patch.old_path, row.old) if removed else (file.path, row.new)
        known = self._tray.comment_on(path, line, removed=removed)
        text = await self.push_screen_wait(
            Words(f"On {path}:{line}", lines=(row.text.strip(),), value=known)
        )
        if text is not None:
            self._tray.put_comment(Comment(path, line, text, removed))
            self.draw(keep=True)

    @work(exclusive=True)
    async def action_rework(self) -> None:
        """Send the change back with words and the comments on its lines."""
        await self._send_back("")

    @work(exclusive=True)
    async def action_approve(self) -> None:
        """Say yes: warnings and taste lines first, then it lands while the reader goes on."""
        opened = self._judgeable()
        if opened is None:
            return
        text = await self._reason(opened) if await self._is_sure(opened) else None
        if text is None:
            return
        taste: dict[int, bool] | None = {}
        if opened.taste:
            taste = await self.push_screen_wait(Taste(opened.taste))
        if taste is None:
            return
        noes = [opened.taste[number - 1] for number, yes in taste.items() if not yes]
        if noes:
            keys = {"r": "send it back with that", "a": "approve it all the same"}
            chosen = await self.push_screen_wait(Pick("You said no:", keys, lines=noes))
            if chosen == "r":
                await self._send_back(" ".join(f"{line} No." for line in noes))
            if chosen != "a":
                return
        reading = self._tray.reading()
        verdict = partial(_approve, opened, reading, taste, text)
        self._judge(opened, "approved", verdict, lands=True)

    @work(exclusive=True)
    async def action_close(self) -> None:
        """Close the change without landing it."""
        opened = self._judgeable()
        if opened is None:
            return
        key = await self.push_screen_wait(Pick(f"Close {opened.id} as", _WHY_CLOSED))
        if key is None:
            return
        text = await self.push_screen_wait(Words(f"Close {opened.id}: words for the log, or none"))
        if text is None:
            return
        reading, close_as = self._tray.reading(), _CLOSINGS[key]
        verdict = partial(_close, opened, reading, close_as, text)
        self._judge(opened, f"closed as {close_as}", verdict)

    @work(exclusive=True)
    async def action_defer(self) -> None:
        """Put the change aside."""
        opened = self._judgeable()
        if opened is None:
            return
        title = f"Defer {opened.id} until (2h, 3d, 2026-11-21T09:00:00Z)"
        until = await self.push_screen_wait(Words(title, value="1d", usual=True))
        if not until:
            return
        try:
            parse_until(until, time.time())
        except BadTime as error:
            self.say(f"{opened.id} is NOT deferred: {error.problem}; {error.fix}")
            return
        verdict = partial(_defer, opened, self._tray.reading(), until)
        self._judge(opened, f"deferred until {until}", verdict)

    def action_batch(self) -> None:
        """Ask what one yes to the lane of the open change would cover."""
        opened = self._tray.opened
        if opened is None:
            self.say("nothing is open: b is for the lane of a change")
        else:
            self._desk.offer_batch(str(opened.change["lane"]))

    @work(exclusive=True)
    async def ask_batch(self, told: Mapping[str, Any]) -> None:
        """Show what one yes would cover: what was drawn is opened first, then y says it."""
        lines = batch_lines(told)
        number, lane = counted(len(told["changes"]), "change"), str(told["lane"])
        if not told["changes"]:
            await self.push_screen_wait(Pick(f"{lane}: nothing for one yes", {}, lines=lines))
        elif told["to_open"]:
            title = f"{lane}: one yes to {number}, once those marked FIRST are opened"
            keys = {"o": f"open {told['to_open'][0]}; then b again"}
            if await self.push_screen_wait(Pick(title, keys, lines=lines)):
                self._tray.go(told["to_open"][0])
                self.read_on()
        else:
            keys = {"y": f"approve {number} at once; u takes it back until it lands"}
            if await self.push_screen_wait(Pick(f"{lane}: one yes", keys, lines=lines)):
                self._desk.judge_batch(lane, str(told["id"]))

    def take_verdict(self, news: Judged | Offered | Together) -> None:
        """Take in what became of a verdict, or what one yes would cover."""
        match news:
            case Judged():
                self.settled(news)
            case Together(changes):
                self._approved_together(changes)
            case Offered(told) if len(self.screen_stack) == 1:
                self.ask_batch(told)
            case Offered():
                pass  # another question was asked meanwhile: b asks anew

    def _approved_together(self, changes: tuple[str, ...]) -> None:
        """Take in that one yes to several *changes* is on record, and go on."""
        self._yeses.append(changes)
        self.say(f"{counted(len(changes), 'change')} approved at once: u takes that back")
        self._tray.judged_together(changes)
        self.read_on()

    def action_undo(self) -> None:
        """Take back the last yes that was said here."""
        if self._yeses:
            self._desk.undo(self._yeses.pop())
        else:
            self.say("you have said no yes here that could be taken back")

    async def _send_back(self, words: str) -> None:
        opened = self._judgeable()
        if opened is None:
            return
        comments = list(self._tray.marks.comments)
        title = f"Send {opened.id} back to its agent with these words"
        lines = [f"{one.path}:{one.line}  {one.text}" for one in comments]
        head = (
            [f"and {counted(len(comments), 'comment')}, each to be answered:"] if comments else []
        )
        text = await self.push_screen_wait(Words(title, lines=[*head, *lines], value=words))
        if text is None:
            return
        if not text and not comments:
            self.say("nobody would know what to do: write some words, or c on a line")
            return
        verdict = partial(_rework, opened, self._tray.reading(), text, comments)
        after = "its agent gets your words" if opened.change["session"] else "its author goes on"
        self._judge(opened, f"sent back: {after}", verdict)

    async def _is_sure(self, opened: Opened) -> bool:
        """Tell whether nothing has to be warned of, or the reader says yes all the same."""
        warnings = [*opened.change["warnings"], *self._tray.doubts()]
        if not warnings:
            return True
        others = opened.change["conflicts_with"]
        warnings += [f"{', '.join(others)} will not merge once it has landed"] if others else []
        title = f"{opened.id} lands only with a yes of its own:"
        keys = {"y": "approve it all the same"}
        lines = [f"! {text}" for text in warnings]
        return await self.push_screen_wait(Pick(title, keys, lines=lines)) is not None

    async def _reason(self, opened: Opened) -> str | None:
        """Return why *opened* may land with broken rules; empty: it breaks none, None: not yet."""
        broken = broken_rules(opened.change)
        if not broken:
            return ""
        title = f"Why may {opened.id} land although it breaks {listed(names(broken))}?"
        text = await self.push_screen_wait(Words(title))
        if text is not None and not text:
            self.say(f"{opened.id} is NOT approved: that wants a reason")
        return text or None

    def _judgeable(self) -> Opened | None:
        """Return the open change, None with a word where there is none or it has moved."""
        opened = self._tray.opened
        if opened is None or opened.diff is None:
            self.say("nothing is open to be judged")
            return None
        if self._tray.moved:
            self.say(f"{opened.id} has moved: {self._tray.moved}; Enter reads it anew")
            return None
        return opened

    def _judge(
        self,
        opened: Opened,
        words: str,
        verdict: Callable[[Review], None],
        *,
        lands: bool = False,
    ) -> None:
        self._desk.judge(opened.id, words, verdict, lands=lands)
        self._yeses += [(opened.id,)] if lands else []
        self._tray.judged(opened)
        self.read_on()


def _approve(
    opened: Opened, reading: Reading, taste: dict[int, bool], text: str, review: Review
) -> None:
    review.approve(opened.id, opened.head, reading, text=text, taste=taste)


def _rework(
    opened: Opened, reading: Reading, text: str, comments: Sequence[Comment], review: Review
) -> None:
    review.rework(opened.id, opened.head, reading, text=text, comments=comments)


def _close(opened: Opened, reading: Reading, as_: CloseAs, text: str, review: Review) -> None:
    review.close(opened.id, opened.head, reading, close_as=as_, text=text)


def _defer(opened: Opened, reading: Reading, until: str, review: Review) -> None:
    review.defer(opened.id, opened.head, reading, until=until)
