"""What lies before a reviewer: the changes that wait, which is open, what was done on each."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from darkfactory.changes.reading import HunkKey, seen_files, unseen_places
from darkfactory.cli.review_desk import State
from darkfactory.cli.review_page import Marks, Page
from darkfactory.cli.words import state_word
from darkfactory.domain.change import ChangeState
from darkfactory.factory.review import Opened, Waiting
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Attention, Reading, doubts

_Revision = tuple[str, str]
"""A change and the head that was read: marks and seconds do not outlive either."""


class Tray:
    """The state of one review, without any screen.

    Args:
        now: A clock that never goes back.
    """

    def __init__(self, waiting: Iterable[Waiting], now: Callable[[], float]) -> None:
        self.waiting = list(waiting)
        self.current: str | None = self.waiting[0].id if self.waiting else None
        self.moved = ""
        self._now = now
        self._opened: dict[str, Opened] = {}
        self._judged: dict[str, str] = {}
        self._marks: dict[_Revision, Marks] = {}
        self._seconds: dict[_Revision, Attention] = {}

    @property
    def opened(self) -> Opened | None:
        """The change that is open, None while it is not read."""
        return self._opened.get(self.current or "")

    @property
    def marks(self) -> Marks:
        """What was done on the open change."""
        return self._marks.setdefault(self._revision, Marks())

    @property
    def place(self) -> int:
        """Where the open change stands in the list, 0 if it does not wait any more."""
        ids = [one.id for one in self.waiting]
        return ids.index(self.current) if self.current in ids else 0

    @property
    def shows_news(self) -> bool:
        """Whether only what is new to the reader is shown."""
        return self.opened is not None and self.opened.since is not None and not self.marks.whole

    def take(self, opened: Opened) -> None:
        """Lay a change down that was read."""
        self._opened[opened.id] = opened
        if opened.id == self.current:
            self._seconds.setdefault(self._revision, Attention(self._now()))

    def take_list(self, waiting: Iterable[Waiting]) -> None:
        """Take in what waits now; what was just judged here is left out until that is refused."""
        self.waiting = [one for one in waiting if self._judged.get(one.id) != one.head]
        if self.current is None and self.waiting:
            self.current = self.waiting[0].id

    def told(self, state: State) -> bool:
        """Take in how a change is now: whether it is still the one that was read, and waits.

        Returns:
            Whether it lands otherwise than was shown: the base and the checks go on meanwhile.
        """
        opened = self._opened.get(state.change)
        if opened is None or state.change != self.current:
            return False
        self.moved = ""
        if state.head != opened.head:
            self.moved = f"it is at revision {state.revision} now"
            return False
        if state.state != ChangeState.WAITING_TASTE:
            self.moved = f"it is {state_word(state.state)} now"
        fresh = replace(opened, change={**opened.change, **state.facts})
        self._opened[state.change] = fresh
        return fresh.lands != opened.lands

    def go(self, change: str) -> None:
        """Open another change."""
        self.leave()
        self.current, self.moved = change, ""
        self._attention.back(self._now())

    def step(self, step: int) -> None:
        """Open the next change, or the one before; at the end of the list stay."""
        at = self.place + step
        if self.waiting and 0 <= at < len(self.waiting):
            self.go(self.waiting[at].id)

    def next_up(self) -> str | None:
        """Return the change that is read next, if it is not read already."""
        after = self.waiting[self.place + 1 : self.place + 2]
        return next((one.id for one in after if not self._is_fresh(one)), None)

    def forget(self) -> None:
        """Let the open change be read anew."""
        self._opened.pop(self.current or "", None)
        self.moved = ""

    def is_known(self) -> bool:
        """Tell whether the open change is here as it waits, with its diff."""
        found = [one for one in self.waiting if one.id == self.current]
        return bool(found) and self._is_fresh(found[0])

    def judged(self, opened: Opened) -> None:
        """Take a change off the list: there is a verdict, which goes to the record now."""
        self._judged[opened.id] = opened.head
        at = self.place
        self.waiting = [one for one in self.waiting if one.id != opened.id]
        after = self.waiting[at : at + 1] or self.waiting[-1:]
        self.leave()
        self.current, self.moved = (after[0].id if after else None), ""
        if self.current is not None:
            self._attention.back(self._now())

    def judged_together(self, changes: Iterable[str]) -> None:
        """Take changes off the list that got one yes; if the open one is among them, go on."""
        gone = set(changes)
        at, before = self.place, self.current
        ahead = sum(one.id in gone for one in self.waiting[:at])
        self.waiting = [one for one in self.waiting if one.id not in gone]
        for name in gone:
            self._opened.pop(name, None)
        if before in gone:
            self.leave()
            after = self.waiting[at - ahead :][:1] or self.waiting[-1:]
            self.current, self.moved = (after[0].id if after else None), ""

    def settled(self, change: str, *, refused: bool) -> None:
        """Take in that a verdict is on record, or void: then the change is to be read anew."""
        head = self._judged.pop(change, "")
        self._opened.pop(change, None)
        if not refused:
            self._marks.pop((change, head), None)

    def touch(self, shown: Iterable[int], page: Page | None) -> None:
        """Take in that a key was pressed, and which hunks of *page* were on the screen by then."""
        self._attention.touch(self._now())
        if page is None:
            return
        self.marks.seen.update(page.hunks[number].key for number in shown)

    def leave(self) -> None:
        """Stop counting seconds for the open change."""
        if self.current is not None:
            self._attention.leave(self._now())

    def toggle_seen(self, key: HunkKey) -> bool:
        """Mark a hunk as seen, or take the mark back; tell if it is marked now."""
        self.marks.seen ^= {key}
        return key in self.marks.seen

    def reading(self) -> Reading:
        """Return how the open change was read."""
        opened, seen = self.opened, self.marks.seen
        files = opened.news.files if opened is not None and opened.news is not None else ()
        return Reading(
            self._attention.leave(self._now()),
            seen_files(files, seen),
            unseen_places(files, seen),
            len(self.marks.comments),
        )

    def doubts(self) -> list[str]:
        """Return what somebody who says yes to the open change has not done with it."""
        return doubts(self.reading())

    def comment_on(self, path: str, line: int, *, removed: bool) -> str:
        """Return what was said of a line so far."""
        place = (path, line, removed)
        return next((one.text for one in self.marks.comments if _place(one) == place), "")

    def put_comment(self, comment: Comment) -> None:
        """Say something of a line, in place of what was said before; nothing takes it back."""
        kept = [one for one in self.marks.comments if _place(one) != _place(comment)]
        self.marks.comments = [*kept, comment] if comment.text else kept

    def unsent(self) -> int:
        """Return how many comments were written on changes that still wait."""
        ids = {one.id for one in self.waiting}
        return sum(len(marks.comments) for (name, _), marks in self._marks.items() if name in ids)

    @property
    def _revision(self) -> _Revision:
        opened = self.opened
        return self.current or "", opened.head if opened else ""

    @property
    def _attention(self) -> Attention:
        return self._seconds.setdefault(self._revision, Attention(self._now()))

    def _is_fresh(self, waiting: Waiting) -> bool:
        opened = self._opened.get(waiting.id)
        return opened is not None and opened.head == waiting.head and opened.diff is not None


def _place(comment: Comment) -> tuple[str, int, bool]:
    return comment.path, comment.line, comment.removed
