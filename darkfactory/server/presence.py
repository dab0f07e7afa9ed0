"""Who is there: ``s/<session>/presence`` holds State Protocol messages of type ``presence``.

What a host of ours runs is there as long as its process lives. Whoever else writes to a session, to
its log or by a message to its presence, is there for a lease after the last word. Who has gone is
deleted, with a value that says so; nobody has to say good-bye.

The State Protocol: https://github.com/durable-streams/durable-streams, packages/state.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from darkfactory.clock import Clock, timestamp
from darkfactory.errors import DiskFull
from darkfactory.events.lines import encode_line
from darkfactory.server.commit import Commits
from darkfactory.server.log import Log
from darkfactory.server.paths import attended, logged
from darkfactory.server.refused import BadRequest
from darkfactory.server.store import Store

LEASE_SECONDS = 15.0
OFFLINE = "offline"
_LOOK_SECONDS = 1.0
_TYPE = "presence"
_LONGEST_KEY = 200
_MOST_AT_ONCE = 1 << 20

Here = Mapping[str, Mapping[str, str]]
"""The status of each agent, by session and agent."""


class Presence:
    """Keeps the presence streams of one server true.

    Args:
        look: Tells whom the factory's own hosts run now; called in a thread.
    """

    def __init__(
        self, store: Store, commits: Commits, clock: Clock, look: Callable[[], Here]
    ) -> None:
        self._store = store
        self._commits = commits
        self._clock = clock
        self._look = look
        self._shown: dict[str, dict[str, Any]] = {}
        self._leases: dict[tuple[str, str], float] = {}
        self._unread: dict[str, int] = {}

    def heard(self, log: Log, size: int) -> None:
        """Note that somebody has just appended *size* bytes to *log*."""
        if logged(log.path) is not None or attended(log.path) is not None:
            self._unread.setdefault(log.path, log.tail() - size)

    def inherit(self) -> None:
        """Take over what an earlier server has left: each who was there has a lease to renew."""
        for path in self._store.records(ending="/presence"):
            self._unread[path] = 0

    async def in_background(self) -> None:
        """Go on for ever."""
        self.inherit()
        while True:
            with contextlib.suppress(DiskFull, OSError):  # the next look tells what is true then
                await self.tell()
            await asyncio.sleep(_LOOK_SECONDS)

    async def tell(self) -> None:
        """Write down who has come, changed and gone since the last time.

        Raises:
            DiskFull: If there is no room for it.
        """
        hosted = await asyncio.to_thread(self._look)
        await self._hear(hosted)
        now = self._clock.monotonic()
        self._leases = {who: until for who, until in self._leases.items() if until > now}
        sessions = {*hosted, *self._shown, *(session for session, _ in self._leases)}
        for session in sorted(sessions):
            await self._tell_of(session, hosted.get(session, {}))

    async def _hear(self, hosted: Here) -> None:
        """Read who has written since the last time."""
        unread, self._unread = self._unread, {}
        until = self._clock.monotonic() + LEASE_SECONDS
        for path, position in unread.items():
            attended_session, session = attended(path), logged(path) or ""
            async for message in _messages(self._store.record(path), position):
                if attended_session is not None:
                    self._take(attended_session, message, until)
                else:
                    self._note(session, message, hosted, until)

    def _take(self, session: str, message: dict[str, Any], until: float) -> None:
        """Apply a message of a presence stream; whoever wrote it has a lease."""
        key, value = message.get("key"), message.get("value")
        shown = self._shown.setdefault(session, {})
        if not isinstance(key, str) or message.get("type") != _TYPE:
            return
        if (message.get("headers") or {}).get("operation") == "delete":
            shown.pop(key, None)
            self._leases.pop((session, key), None)
        else:
            shown[key] = value if isinstance(value, dict) else {"status": value}
            self._leases[session, key] = until

    def _note(self, session: str, event: dict[str, Any], hosted: Here, until: float) -> None:
        """Take note of who wrote an event of a session's log."""
        agent = event.get("agent")
        if event.get("type") == "session.ended":
            self._leases = {who: at for who, at in self._leases.items() if who[0] != session}
        elif isinstance(agent, str) and agent and agent not in hosted.get(session, {}):
            self._leases[session, agent[:_LONGEST_KEY]] = until

    async def _tell_of(self, session: str, hosted: Mapping[str, str]) -> None:
        """Write what differs between what the stream says of *session* and what is so."""
        shown = dict(self._shown.get(session, {}))
        leased = {key for name, key in self._leases if name == session} - hosted.keys()
        now = timestamp(self._clock.now())
        lines = []
        for key, status in {**dict.fromkeys(sorted(leased), ""), **hosted}.items():
            before = shown.get(key)
            if before is not None and (not status or before.get("status") == status):
                continue  # whoever writes it from outside chooses the words
            shown[key] = {"status": status or "working", "since": now}
            operation = "insert" if before is None else "update"
            lines.append(_message(key, operation, shown[key], now))
        for key in shown.keys() - leased - hosted.keys():
            gone = {"old_value": shown.pop(key)}
            lines.append(_message(key, "delete", {"status": OFFLINE, "since": now}, now) | gone)
        if lines:
            log = self._store.record(f"s/{session}/presence")
            log.append(b"".join(map(encode_line, lines)))
            await self._commits.kept(log)
        self._shown[session] = shown
        if not shown:
            del self._shown[session]


def checked(body: Any) -> dict[str, Any]:
    """Return *body*, a message that somebody posts to a presence stream.

    Raises:
        BadRequest: If it is no change message of the State Protocol of type ``presence``.
    """
    if not isinstance(body, dict) or body.get("type") != _TYPE:
        raise BadRequest(f"a message of a presence stream has the type {_TYPE!r}")
    key, headers = body.get("key"), body.get("headers")
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY:
        raise BadRequest(f"its key has 1 to {_LONGEST_KEY} characters")
    operation = headers.get("operation") if isinstance(headers, dict) else None
    if operation not in ("insert", "update", "delete"):
        raise BadRequest("its headers have an operation: insert, update or delete")
    if operation != "delete" and not isinstance(body.get("value"), dict):
        raise BadRequest("its value is an object with a status")
    return body


def _message(key: str, operation: str, value: dict[str, Any], now: str) -> dict[str, Any]:
    headers = {"operation": operation, "timestamp": now}
    return {"type": _TYPE, "key": key, "value": value, "headers": headers}


async def _messages(log: Log, position: int) -> AsyncIterator[dict[str, Any]]:
    """Yield what *log* holds from *position* to its present end."""
    end = log.tail()
    while position < end:
        data, position = await log.read(position, limit=_MOST_AT_ONCE)
        for line in data.split(b"\n"):
            yield _object(line)


def _object(line: bytes) -> dict[str, Any]:
    try:
        body = json.loads(line)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
