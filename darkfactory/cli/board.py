"""What ``df run`` shows: a live board on a terminal, lines in a pipe, JSON for scripts."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from darkfactory.cli.event_lines import event_line
from darkfactory.cli.output import cut, flat, hint, is_live
from darkfactory.cli.prose import wrapped
from darkfactory.cli.render import doubt_table, lane_table, session_table, status_line
from darkfactory.cli.sparkline import BLOCKS, marks_of
from darkfactory.cli.terminal import columns_of
from darkfactory.cli.words import count
from darkfactory.domain.counting import counted
from darkfactory.domain.event import Event
from darkfactory.domain.session import State
from darkfactory.factory.line import Line
from darkfactory.factory.status import Status, read_status
from darkfactory.sessions.view import SessionView

_REFRESH_SECONDS = 0.5
_PULSE_SECONDS = 60.0
_WORDS_KEPT = 200
_LEAST_WORDS = 4
_URGENT = (State.WAITING_APPROVAL, State.UNKNOWN, State.BLOCKED, State.IDLE)


class Reporter(Protocol):
    """Tells a person or a script what the run does."""

    def event(self, event: Event) -> None:
        """Take one event of the factory stream."""
        ...

    def note(self, text: str) -> None:
        """Say what a person should know that is no event."""
        ...

    def step(self, text: str) -> None:
        """Say what takes a while now."""
        ...


class JsonLines:
    """One JSON object a line on stdout, one for each event."""

    def event(self, event: Event) -> None:
        sys.stdout.write(json.dumps(event.body(), ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        hint(text)

    def step(self, text: str) -> None:
        hint(text)


class PlainLines:
    """One line for each change of state, for logs and pipes."""

    def event(self, event: Event) -> None:
        text = event_line(event)
        if text:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        hint(text)

    def step(self, text: str) -> None:
        hint(text)


class Board:
    """A live board: lanes, sessions, the last words; drawn anew twice a second.

    Notes stay on the terminal when the board has gone.
    """

    def __init__(self, line: Line) -> None:
        from rich.console import Console
        from rich.live import Live

        self._line = line
        self._words: list[str] = []
        self._notes: list[str] = []
        self._marks = marks_of(sys.stdout)  # while live, rich stands in its place and tells nothing
        self._console = Console(highlight=False)
        self._live = Live(
            console=self._console,
            get_renderable=self._screen,
            auto_refresh=False,
            transient=True,
        )
        self._over = threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._live.start(refresh=True)
        self._painter.start()

    def stop(self) -> None:
        """Leave the terminal as it was, but for the notes."""
        self._over.set()
        self._painter.join(timeout=2)
        self._live.stop()
        columns = columns_of(sys.stderr)
        for text in self._notes:
            hint("\n".join(wrapped("", text, columns)))

    def event(self, event: Event) -> None:
        text = event_line(event)
        if text:
            self._words = [*self._words, text][-_WORDS_KEPT:]

    def note(self, text: str) -> None:
        self._notes.append(text)
        self.step(text)

    def step(self, text: str) -> None:
        self._words = [*self._words, flat(text)][-_WORDS_KEPT:]

    def _paint(self) -> None:
        while not self._over.wait(_REFRESH_SECONDS):
            self._live.refresh()

    def _screen(self) -> Any:
        from rich.text import Text

        with self._line.lock:
            status = read_status(self._line)
        size = self._console.size
        columns, rows = size.width, size.height - 1
        return Text(board_text(status, self._words, columns=columns, rows=rows, marks=self._marks))


def board_text(
    status: Status, words: Sequence[str], *, columns: int, rows: int, marks: str = BLOCKS
) -> str:
    """Render the board in *rows* lines: lanes, sessions that are not over, what was said last.

    Of many sessions those that want a person come first, then the doubted; the rest are counted.
    """
    lanes = lane_table(status.lanes, width=columns).splitlines()
    ended = [view for view in status.sessions if view.state is State.ENDED]
    going = [view for view in status.sessions if view.state is not State.ENDED]
    going.sort(key=lambda view: (view.state not in _URGENT, not view.is_doubted))
    doubts = doubt_table(going, width=columns).splitlines()
    doubts += [""] if doubts else []
    told = status_line(status, width=columns).splitlines()
    room = rows - len(lanes) - len(doubts) - len(told) - _LEAST_WORDS - 3
    sessions = _sessions(going, columns, room, marks) if going else [_idle(ended)]
    head = [*lanes, "", *sessions, "", *doubts, *told, ""]
    left = max(0, rows - len(head))
    return "\n".join([*head, *(cut(word, columns) for word in words[-left:] if left)][:rows])


def _sessions(going: Sequence[SessionView], columns: int, room: int, marks: str) -> list[str]:
    """Return the table of *going* sessions in at most *room* lines, if that is possible."""
    most = max(2, room - 1)
    if len(going) <= most:
        return session_table(going, width=columns, marks=marks).splitlines()
    shown = session_table(going[: most - 1], width=columns, marks=marks).splitlines()
    return [*shown, f"and {len(going) - most + 1} more: df sessions"]


def _idle(ended: Sequence[SessionView]) -> str:
    return "no session works now" if ended else "no session has started yet"


class Pulse:
    """Says now and then that sessions work and what they use, so that a silent log is no riddle."""

    def __init__(
        self, line: Line, say: Callable[[str], None], *, every_seconds: float = _PULSE_SECONDS
    ) -> None:
        self._line = line
        self._say = say
        self._every_seconds = every_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Begin to look, the first time after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Say nothing more."""
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._every_seconds):
            with self._line.lock:
                status = read_status(self._line)
            text = pulse_line(status)
            if text:
                self._say(text)


def pulse_line(status: Status) -> str:
    """Return who works and what the run has used so far; empty where nobody does."""
    going = [view for view in status.sessions if view.state is not State.ENDED]
    if not going:
        return ""
    used = ", ".join(f"{view.id} {count(view.tokens)}" for view in going)
    total = count(status.budget["run_tokens"])
    return f"{counted(len(going), 'session')} going on, {total} tokens in this run: {used}"


@contextmanager
def reporter(line: Line, *, as_json: bool) -> Iterator[Reporter]:
    """Yield who tells about the run: a board on a terminal, lines elsewhere."""
    if as_json:
        yield JsonLines()
        return
    shown: Board | Pulse = Board(line) if is_live(sys.stdout) else Pulse(line, hint)
    shown.start()
    try:
        yield shown if isinstance(shown, Board) else PlainLines()
    finally:
        shown.stop()
