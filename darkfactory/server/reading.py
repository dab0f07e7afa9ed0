"""GET and HEAD of a stream: catch up, wait for more, follow (protocol 5.5 to 5.8)."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from darkfactory.clock import Clock
from darkfactory.events.offset import NOW, START, BadOffset, format_offset, parse_offset
from darkfactory.server.asked import Headers
from darkfactory.server.cursor import cursor_after
from darkfactory.server.http import Disconnected, Receive, Send, answer, read_body
from darkfactory.server.log import Log, etag_of
from darkfactory.server.pieces import as_array
from darkfactory.server.refused import BadRequest, Fields, Missing
from darkfactory.server.sse import follow

CLOSED = (b"stream-closed", b"true")
NO_STORE = (b"cache-control", b"no-store")
_UP_TO_DATE = (b"stream-up-to-date", b"true")
_PRIVATE = (b"cache-control", b"private, max-age=60, stale-while-revalidate=300")


@dataclass(frozen=True, slots=True)
class Question:
    """What a GET asks for: from *start* on, and how to go on from there (*live*).

    *at_tail*: the reader wants nothing of what is there already.
    """

    start: int
    live: str | None
    cursor: str | None
    at_tail: bool


def question_of(query: str, log: Log) -> Question:
    """Return what the query of a GET asks.

    Raises:
        BadRequest: If it makes no sense.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    live, offset = said.get("live"), said.get("offset")
    if sum(name == "offset" for name, _ in pairs) > 1:
        raise BadRequest("a read has one offset")
    if live not in (None, "long-poll", "sse"):
        raise BadRequest("live is long-poll or sse")
    if live is not None and offset is None:
        raise BadRequest("a live read names its offset")
    if offset == "":
        raise BadRequest("an offset is not empty")
    start = position_of(offset or START, log)
    return Question(start, live, said.get("cursor"), offset == NOW)


def position_of(offset: str, log: Log) -> int:
    """Return the position that *offset* names in *log*.

    Raises:
        BadRequest: If it names none.
    """
    tail = log.tail()
    try:
        start = parse_offset(offset, end=tail)
    except BadOffset as error:
        raise BadRequest(error.problem) from error
    if start > tail:  # power was lost, and with it what was behind: go on from what there is
        return tail
    if not log.is_boundary(start):
        raise BadRequest(f"{offset!r} is no offset of this stream")
    return start


async def head(log: Log, send: Send) -> None:
    """Answer what is known of a stream."""
    meta = log.meta
    fields: Fields = [(b"content-type", meta.content_type.encode()), next_offset(log), NO_STORE]
    if meta.closed:
        fields.append(CLOSED)
    if meta.lifetime.ttl is not None:
        fields.append((b"stream-ttl", b"%d" % meta.lifetime.ttl))
    if meta.lifetime.expires_at is not None:
        fields.append((b"stream-expires-at", meta.lifetime.expires_at.encode()))
    await answer(send, 200, fields)


async def catch_up(log: Log, question: Question, headers: Headers, send: Send) -> None:
    """Answer with what is there now."""
    data, behind = await log.read(question.start)
    fields = _fields(log, behind)
    if question.at_tail:
        fields.append(NO_STORE)
    else:
        etag = etag_of(log, question.start, behind)
        fields += [(b"etag", etag.encode()), _PRIVATE]
        if headers.get("if-none-match") == etag:
            await answer(send, 304, fields)
            return
    await answer(send, 200, fields, _body(log, data))


async def long_poll(
    log: Log, question: Question, receive: Receive, send: Send, *, seconds: float, clock: Clock
) -> None:
    """Answer with what is there, or wait for it."""
    data, behind = await log.read(question.start)
    if not data and not log.meta.closed:
        await read_body(receive)  # before waiting: a rest of the request is no good-bye
        await unless_left(receive, log.wait(question.start, seconds))
        if log.gone:
            raise Missing
        data, behind = await log.read(question.start)
    fields = _fields(log, behind)
    if data or not log.meta.closed:
        fields.append((b"stream-cursor", cursor_after(question.cursor, clock.now()).encode()))
    if not data:
        await answer(send, 204, [*fields, NO_STORE])
        return
    fields += [(b"etag", etag_of(log, question.start, behind).encode()), _PRIVATE]
    await answer(send, 200, fields, _body(log, data))


async def sse(log: Log, question: Question, receive: Receive, send: Send, clock: Clock) -> None:
    """Send what is there and what comes, as server-sent events."""
    await read_body(receive)
    sending = follow(log, question.start, send, clock=clock, cursor=question.cursor)
    await unless_left(receive, sending)


async def unless_left(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do *work* as long as the client is there.

    Raises:
        Disconnected: If it went away before the work was done.
    """
    left, working = asyncio.ensure_future(_left(receive)), asyncio.ensure_future(work)
    try:
        await asyncio.wait({left, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Disconnected
        await working
    finally:
        left.cancel()
        working.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def next_offset(log: Log, tail: int | None = None) -> tuple[bytes, bytes]:
    """Return the header that tells where the next append goes: to *tail*, if that is known."""
    return b"stream-next-offset", format_offset(log.tail() if tail is None else tail).encode()


def _fields(log: Log, behind: int) -> Fields:
    fields = [
        (b"content-type", log.meta.content_type.encode()),
        (b"stream-next-offset", format_offset(behind).encode()),
    ]
    if behind >= log.tail():
        fields.append(_UP_TO_DATE)
        if log.meta.closed:
            fields.append(CLOSED)
    return fields


def _body(log: Log, data: bytes) -> bytes:
    return as_array(data) if log.is_json else data
