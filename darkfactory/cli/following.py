"""Logs of sessions as they are told to a person, and how they go on when it stops."""

import json
import sys
from collections.abc import Iterator, Sequence

from darkfactory.cli.output import cut, flat, hint, is_live, padded, say, width_of
from darkfactory.cli.prose import marked
from darkfactory.cli.source import Place
from darkfactory.cli.terminal import width
from darkfactory.cli.transcript import event_text
from darkfactory.sessions.watch import Source, Told

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_WIDEST_NAME = 20
_LEAST_TEXT = 30


class Names:
    """The short name that stands before each line of a session, aligned; it has its own colour."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured
        self._known: dict[str, int] = {}
        self._width = 0

    def add(self, session: str) -> None:
        """Make room for the name of *session*."""
        self._known.setdefault(session, len(self._known))
        self._width = max(self._width, width_of(_short(session)))

    def before(self, session: str) -> str:
        """Return what stands before a line of *session*."""
        self.add(session)
        name = f"{padded(_short(session), self._width)} | "
        if not self._coloured:
            return name
        colour = _COLOURS[self._known[session] % len(_COLOURS)]
        return f"\x1b[{colour}m{name}\x1b[0m"

    def left_of(self, columns: int | None) -> int | None:
        """Return how many of *columns* are left behind the name."""
        return None if columns is None else max(_LEAST_TEXT, columns - self._width - len(" | "))


def print_events(events: Iterator[Told]) -> None:
    """Print *events* as JSON lines, each with its session and the offset to resume behind it."""
    for told in events:
        body = {**told.event.body(), "session": told.session, "next": told.next}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def show_events(
    source: Source,
    sessions: Sequence[str],
    events: Iterator[Told],
    start: str,
    *,
    by: str,
    place: Place,
    named: bool,
) -> None:
    """Show *events* of *sessions* as they come; then say on stderr what is next.

    Args:
        start: The offset that they are read from.
        by: Who reads.
        place: Where the sessions are, for the command that reads on.
        named: Whether each line says whose it is.

    Raises:
        KeyboardInterrupt: If the reader leaves; they were told how to read on.
    """
    names = Names(coloured=is_live(sys.stdout))
    behind, ended = dict.fromkeys(sessions, start), dict.fromkeys(sessions, False)
    for session in sessions:
        names.add(session)
    try:
        for told in events:
            behind[told.session] = told.next
            ended[told.session] = told.event.type == "session.ended"
            _show(told, names if named else None)
    except KeyboardInterrupt:
        _say_how_to_read_on({name: at for name, at in behind.items() if not ended[name]}, place)
        raise
    steps = [source.next_step(name, ended=over, by=by) for name, over in ended.items()]
    if len(steps) == 1 and steps[0]:
        hint(f"Next: {steps[0]}")
    elif any(steps):
        hint("Next: df brief")


def _show(told: Told, names: Names | None) -> None:
    text = event_text(told.event)
    if not text:
        return
    head = names.before(told.session) if names else ""
    columns = names.left_of(width()) if names else width()
    say("\n".join(f"{head}{line}".rstrip() for line in marked(text, columns)))
    sys.stdout.flush()


def _say_how_to_read_on(behind: dict[str, str], place: Place) -> None:
    for session, at in behind.items():
        hint(f"left; read on with: df sessions follow {session} --from {at}{place.options()}")


def _short(session: str) -> str:
    name = flat(session).removeprefix("s-")
    if width_of(name) <= _WIDEST_NAME:
        return name
    half = _WIDEST_NAME // 2
    return cut(name, half) + name[-half:]  # its end tells the attempts of one item apart
