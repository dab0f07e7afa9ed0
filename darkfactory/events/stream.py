"""One stream: a JSON Lines file that many processes append to and any number read.

A line is an event only once its newline is there. Kill -9 of any process loses nothing that
:func:`Stream.append` returned; with ``durable`` neither does power loss.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

from darkfactory.clock import Clock, SystemClock, timestamp
from darkfactory.domain.event import Event, Producer, event_of
from darkfactory.errors import UsageError
from darkfactory.events.appendfile import AppendFile, whole_end
from darkfactory.events.lines import decode_line, encode_line

_SEGMENT = re.compile(r"(?!.*\.jsonl$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # .jsonl ends our files
POLL_SECONDS = 0.02
_LONGEST = 512


class BadStreamPath(UsageError):
    """A stream name that could leave the folder of streams."""

    code = "stream.path"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path[:200]!r} is not a stream",
            fix="use letters, digits, '.', '_', '-' and '/' (s/<session>, factory)",
        )


def stream_file(root: str | os.PathLike[str], path: str) -> str:
    """Return the file of stream *path* below *root*.

    Raises:
        BadStreamPath: If *path* has an empty, dotted or otherwise unsafe part.
    """
    parts = path.split("/")
    if len(path) > _LONGEST or not all(_SEGMENT.fullmatch(part) for part in parts):
        raise BadStreamPath(path)
    return os.path.join(os.fspath(root), *parts) + ".jsonl"


class Stream:
    """The file of one stream. It is made by the first append; until then it reads as empty.

    Safe to share between threads: *lock* is held while one of them appends.
    """

    def __init__(self, root: str | os.PathLike[str], path: str) -> None:
        self.path = path
        self.file = stream_file(root, path)
        self._appended = AppendFile(self.file)
        self.lock = self._appended.lock

    def append(self, events: Iterable[Event], *, durable: bool = False) -> int:
        """Store *events* in one piece and return the byte position behind them.

        An iterator of them is asked while no other process can append, so that events which are
        made then have times that rise as the stream does, whoever writes it.

        Raises:
            DiskFull: If the disk has no room for all; then none of them is in the stream.
        """

        def lines() -> bytes:
            return b"".join(encode_line(event.body()) for event in events)

        return self._appended.append(lines, durable=durable)

    def sync(self) -> None:
        """Flush what was appended through this object to the disk.

        Raises:
            DiskFull: If the disk turns out to have no room for it.
        """
        self._appended.sync()

    def end(self) -> int:
        """Return the byte position behind the last whole event."""
        try:
            with open(self.file, "rb") as file:
                return whole_end(file.fileno(), os.fstat(file.fileno()).st_size)
        except FileNotFoundError:
            return 0

    def is_place(self, position: int) -> bool:
        """Tell whether *position* is the start, or lies right behind a line."""
        if position == 0 or position > self.end():
            return position == 0
        with open(self.file, "rb") as file:
            file.seek(position - 1)
            return file.read(1) == b"\n"

    def read(self, position: int = 0) -> Iterator[tuple[int, Event]]:
        """Yield ``(position behind it, event)`` from *position* to the present end.

        A line that is no event of ours is passed over: logs may hold what we do not know.
        """
        for behind, body in self.read_bodies(position):
            event = event_of(body)
            if event is not None:
                yield behind, event

    def placed(self) -> Iterator[tuple[int, Event]]:
        """Yield ``(position at which it begins, event)``; else as :meth:`read`."""
        begins = 0
        for behind, body in self.read_bodies():
            event = event_of(body)
            if event is not None:
                yield begins, event
            begins = behind

    def read_bodies(self, position: int = 0) -> Iterator[tuple[int, Any]]:
        """Yield ``(position behind it, decoded line)``; None for a line that is not JSON."""
        try:
            file = open(self.file, "rb")  # noqa: SIM115 - closed below, after the last yield
        except FileNotFoundError:
            return
        with file:
            file.seek(position)
            for line in file:
                if not line.endswith(b"\n"):
                    return  # a write in progress: not an event yet
                position += len(line)
                yield position, decode_line(line)

    def close(self) -> None:
        """Let go of the file; a later append opens it again."""
        self._appended.close()


class Writer:
    """Appends events of one producer to one stream, filling in id, time and producer number.

    A producer that starts again takes a higher *epoch*, so readers can tell a zombie's events. One
    that lives for one command and never comes back is told apart by *once*.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        producer: str,
        epoch: int = 1,
        session: str | None = None,
        clock: Clock | None = None,
        once: bool = False,
    ) -> None:
        self.stream = stream
        self._producer = f"{producer}:{os.urandom(4).hex()}" if once else producer
        self._epoch = epoch
        self._session = session
        self._clock = clock or SystemClock()
        self._seq = 0

    def write(
        self,
        type_: str,
        data: dict[str, Any],
        *,
        turn: int | None = None,
        agent: str | None = None,
        parent: str | None = None,
        durable: bool = False,
    ) -> Event:
        """Append one event now and return it.

        Raises:
            DiskFull: If the disk has no room; the event is not in the stream.
        """
        made: list[Event] = []

        def event() -> Iterator[Event]:
            made.append(self._event(type_, data, turn=turn, agent=agent, parent=parent))
            yield made[0]

        with self.stream.lock:
            self.stream.append(event(), durable=durable)
            self._seq += 1
        return made[0]

    def write_all(
        self,
        events: Iterable[tuple[str, dict[str, Any]]],
        *,
        agent: str | None = None,
        durable: bool = False,
    ) -> None:
        """Append events, each a type and its data, all in one piece or none of them.

        Raises:
            DiskFull: If the disk has no room for all.
        """
        with self.stream.lock:
            many = list(events)
            made = (
                self._event(type_, data, ahead=ahead, agent=agent)
                for ahead, (type_, data) in enumerate(many)
            )
            self.stream.append(made, durable=durable)
            self._seq += len(many)

    def _event(
        self,
        type_: str,
        data: dict[str, Any],
        *,
        ahead: int = 0,
        turn: int | None = None,
        agent: str | None = None,
        parent: str | None = None,
    ) -> Event:
        now = self._clock.now()
        return Event(
            type=type_,
            data=data,
            id=f"{int(now * 1000):012x}{os.urandom(5).hex()}",
            ts=timestamp(now),
            session=self._session,
            turn=turn,
            agent=agent,
            parent=parent,
            producer=Producer(self._producer, self._epoch, self._seq + ahead),
        )
