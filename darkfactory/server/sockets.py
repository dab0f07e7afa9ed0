"""The WebSocket at ``/v1/ws``: any number of streams over one connection, and control messages.

A browser opens about six connections to one host, so a page with eight lanes needs them in one.
A client sends objects:

    {"path": "s/x", "offset": "-1"}            follow a stream from there on ("now": its end)
    {"path": "s/x", "offset": null}            stop following it
    {"path": "s/x/control", "id": …, "op": …}  ask something of a session

and gets, for each batch of a stream it follows, ``{"path", "events", "next", "up_to_date"}``, for a
control message ``{"path", "id", "offset"}``, for what cannot be ``{"path", "id", "error"}``.
Events are the very lines of the stream. Closing the connection asks nothing of anybody.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from darkfactory.clock import Clock
from darkfactory.errors import DiskFull
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import BadStreamPath
from darkfactory.server.commit import Commits
from darkfactory.server.guard import check_stream
from darkfactory.server.http import MOST_BODY, Receive, Send
from darkfactory.server.ingress import Posted, taken_in
from darkfactory.server.log import Log
from darkfactory.server.paths import controlled
from darkfactory.server.pieces import as_array, json_object
from darkfactory.server.reading import position_of
from darkfactory.server.refused import BadRequest, Missing, Refused
from darkfactory.server.store import Store
from darkfactory.sessions.tokens import Grant

MOST_FOLLOWED = 256
_FOREVER = 3600.0
_POLICY = 1008


class Socket:
    """One connection.

    Args:
        deliver: Called in a thread with a session that has got a control message.
    """

    def __init__(
        self,
        store: Store,
        commits: Commits,
        clock: Clock,
        grant: Grant,
        send: Send,
        *,
        deliver: Callable[[str], None],
    ) -> None:
        self._store = store
        self._commits = commits
        self._clock = clock
        self._grant = grant
        self._send = send
        self._deliver = deliver
        self._followed: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    async def serve(self, receive: Receive) -> None:
        """Do what the client asks until it goes away."""
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(message.get("text") or message.get("bytes") or "")
        finally:
            for task in self._followed.values():
                task.cancel()

    async def _take(self, text: str | bytes) -> None:
        asked: dict[str, Any] = {}
        try:
            if len(text) > MOST_BODY:
                raise BadRequest(f"a message has at most {MOST_BODY} bytes")
            asked = json_object(text)
            if "op" in asked:
                await self._control(asked)
            else:
                self._follow(asked)
        except (Refused, BadStreamPath, DiskFull) as error:
            await self._say({**_named(asked), "error": str(error)})

    def _follow(self, asked: dict[str, Any]) -> None:
        path, offset = str(asked.get("path")), asked.get("offset", "-1")
        check_stream(self._grant, "GET", path, {})
        before = self._followed.pop(path, None)
        if before is not None:
            before.cancel()
        if offset is None:
            return
        if len(self._followed) >= MOST_FOLLOWED:
            raise BadRequest(f"one connection follows at most {MOST_FOLLOWED} streams")
        log = self._store.find(path)
        if not log.is_json:
            raise BadRequest("only JSON streams are followed here")
        position = position_of(str(offset), log)
        self._followed[path] = asyncio.create_task(self._relay(log, position))

    async def _relay(self, log: Log, position: int) -> None:
        """Send what is in *log* from *position* on, and what comes."""
        first = True
        while True:
            async with self._turn:  # or a slow client would be sent a chunk of each stream at once
                behind = await self._send_batch(log, position, empty=first)
            first, position = False, behind
            if log.gone:
                await self._say({"path": log.path, "error": str(Missing())})
                return
            if position >= log.tail():
                await log.wait(position, _FOREVER)

    async def _send_batch(self, log: Log, position: int, *, empty: bool) -> int:
        """Send a batch from *position* on, one without events only if *empty*; return its end."""
        data, behind = await log.read(position)
        if data or empty:
            head = {"path": log.path, "next": format_offset(behind)}
            head["up_to_date"] = behind >= log.tail()  # type: ignore[assignment]
            text = json.dumps(head)[:-1] + ', "events": '
            events = as_array(data).decode("utf-8", "replace") if data else "[]"
            await self._send({"type": "websocket.send", "text": f"{text}{events}}}"})
        return behind

    async def _control(self, asked: dict[str, Any]) -> None:
        path = str(asked.pop("path", ""))
        session = controlled(path)
        if session is None:
            raise BadRequest("control messages go to s/<session>/control")
        check_stream(self._grant, "POST", path, {})
        by = self._grant.producer or "page"
        data = taken_in(
            path, Posted([asked]), by=by, mark=None, clock=self._clock, is_hosted=lambda _: False
        )
        log = self._store.record(path)
        offset = format_offset(log.append(data))
        await self._commits.kept(log, data)
        await run_in_threadpool(self._deliver, session)
        await self._say({"path": path, "id": asked["id"], "offset": offset})

    async def _say(self, body: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(body)})


def _named(asked: dict[str, Any]) -> dict[str, Any]:
    return {key: asked[key] for key in ("path", "id") if key in asked}
