"""What ``df run`` shows: a live board on a terminal, lines in a pipe, JSON for scripts."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from darkfactory.cli.output import hint, is_colourful, one_line, plain
from darkfactory.cli.render import count, session_table, table
from darkfactory.cli.terminal import width
from darkfactory.domain.event import Event
from darkfactory.factory.line import Line
from darkfactory.factory.status import read_status
from darkfactory.factory.summary import Summary
from darkfactory.sessions.view import SessionView

_REFRESH_SECONDS = 0.5
_QUIET = frozenset({"item.triaged", "plan.made", "item.assigned"})


class Reporter(Protocol):
    """Tells a person or a script what the run does."""

    def event(self, event: Event) -> None:
        """Take one event of the factory stream."""
        ...

    def note(self, text: str) -> None:
        """Say something that is no event."""
        ...

    def closing(self, summary: Summary) -> str:
        """Return the last words."""
        ...


class JsonLines:
    """One JSON object a line on stdout, one for each event."""

    def event(self, event: Event) -> None:
        sys.stdout.write(json.dumps(event.body(), ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        hint(text)

    def closing(self, summary: Summary) -> str:
        return closing_line(summary)


class PlainLines:
    """One line for each change of state, for logs and pipes."""

    def event(self, event: Event) -> None:
        text = event_line(event)
        if text:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        hint(text)

    def closing(self, summary: Summary) -> str:
        return closing_line(summary)


class Board:
    """A live board: lanes, sessions, the last words; drawn anew twice a second."""

    def __init__(self, line: Line) -> None:
        from rich.console import Console
        from rich.live import Live

        self._line = line
        self._words: list[str] = []
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
        self._live.start()
        self._painter.start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._over.set()
        self._painter.join(timeout=2)
        self._live.stop()

    def event(self, event: Event) -> None:
        text = event_line(event)
        if text:
            self.note(text)

    def note(self, text: str) -> None:
        self._words = [*self._words, plain(text)][-200:]

    def closing(self, summary: Summary) -> str:
        return closing_line(summary)

    def _paint(self) -> None:
        while not self._over.wait(_REFRESH_SECONDS):
            self._live.refresh()

    def _screen(self) -> Any:
        from rich.text import Text

        with self._line.lock:
            status = read_status(self._line)
        height = self._console.height - 1
        head = board_text(status.lanes, [v for v in status.sessions if v.state != "ended"], width())
        room = max(0, height - len(head.splitlines()) - 1)
        tail = [one_line(word, width()) for word in self._words[-room:]] if room else []
        return Text("\n".join([*head.splitlines(), "", *tail][:height]))


def board_text(lanes: Any, sessions: list[SessionView], columns: int) -> str:
    """Render the board's upper part: a row a lane, a row a session that is not over."""
    rows = [
        (
            lane.name,
            str(lane.todo),
            str(lane.working),
            str(lane.waiting),
            str(lane.landed),
            str(lane.bounced),
            str(lane.failed),
        )
        for lane in lanes
    ]
    header = ("LANE", "TODO", "WORKING", "WAITING", "LANDED", "BOUNCED", "FAILED")
    return "\n\n".join([table(header, rows, width=columns), session_table(sessions, width=columns)])


def event_line(event: Event) -> str:
    """Return the one line that tells *event* to a person, empty where it tells nothing new."""
    data = event.data
    if event.type in _QUIET:
        return ""
    stamp = event.ts[11:19] if isinstance(event.ts, str) else ""
    subject = str(event.session or data.get("change") or data.get("run") or "")
    if event.type.startswith("change."):
        subject = str(data.get("change"))
    return one_line(f"{stamp} {event.type:<17} {subject}  {_detail(event)}", 200).rstrip()


def _detail(event: Event) -> str:
    data = event.data
    match event.type:
        case "session.started":
            return f"{data.get('item')} in {data.get('lane')} by {event.agent}"
        case "session.ended":
            tokens = count(int(data.get("tokens") or 0))
            return f"{data.get('outcome')}: {data.get('reason')} ({tokens} tokens)"
        case "change.checked":
            return f"harness {data.get('result')}: {data.get('why')}"
        case "change.proposed":
            return f"{data.get('files')} files, +{data.get('added')} -{data.get('removed')}"
        case "run.finished":
            return closing_line(Summary(**{key: data[key] for key in data}))
        case _:
            return str(data.get("reason") or data.get("text") or "")


def closing_line(summary: Summary) -> str:
    """Return what a run came to, in one line."""
    parts = [
        f"{summary.sessions} sessions",
        f"{summary.proposed} proposed",
        f"{summary.landed} landed" if summary.landed else "",
        f"{summary.failed} failed" if summary.failed else "",
        f"{summary.nuked} nuked" if summary.nuked else "",
        f"{count(summary.tokens)} tokens",
        f"{summary.cost_usd:.2f} USD" if summary.cost_usd else "",
    ]
    return ", ".join(part for part in parts if part)


@contextmanager
def reporter(line: Line, *, as_json: bool) -> Iterator[Reporter]:
    """Yield who tells about the run: a board on a terminal, lines elsewhere."""
    if as_json:
        yield JsonLines()
        return
    if not is_colourful():
        yield PlainLines()
        return
    board = Board(line)
    board.start()
    try:
        yield board
    finally:
        board.stop()
