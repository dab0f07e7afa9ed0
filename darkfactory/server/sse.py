"""Server-sent events: data as it comes, each batch followed by where the reader stands (5.8)."""

import base64
import json
import re
from functools import lru_cache

from darkfactory.clock import Clock
from darkfactory.events.offset import format_offset
from darkfactory.server.asked import JSON
from darkfactory.server.cursor import cursor_after
from darkfactory.server.http import Send, begin, piece
from darkfactory.server.log import Log
from darkfactory.server.pieces import as_array, is_text

CONNECTION_SECONDS = 60.0
"""How long one connection lasts: caches between may then join readers again."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_MOST_FRAMES = 8


async def follow(
    log: Log,
    position: int,
    send: Send,
    *,
    clock: Clock,
    cursor: str | None,
) -> None:
    """Send the stream from *position* on until it ends or time is over.

    A slow reader holds up nobody: it reads the file when it comes to it.
    """
    fields = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ]
    if not is_text(log.meta.content_type):
        fields.append((b"stream-sse-data-encoding", b"base64"))
    await begin(send, 200, fields)
    until = clock.monotonic() + CONNECTION_SECONDS
    first = True
    while True:
        frame, behind = await _frame(log, position)
        caught_up = behind >= log.tail()
        ended = (log.meta.closed and caught_up) or log.gone
        if frame or first or ended:
            cursor = cursor_after(cursor if first else None, clock.now())
            closed = log.meta.closed and caught_up
            control = _control(behind, cursor, caught_up=caught_up, closed=closed)
            await piece(send, frame + control)
        first, position = False, behind
        rest = until - clock.monotonic()
        if ended or rest <= 0:
            break
        if caught_up:
            await log.wait(position, rest)
    await piece(send, b"", more=False)


async def _frame(log: Log, start: int) -> tuple[bytes, int]:
    """Return the data event of what lies behind *start* and where it ends.

    It is read and made once for all who stand there.
    """
    tail = log.tail()
    if start >= tail:
        return b"", start
    known = log.frames.get((start, tail))
    if known is not None:
        return known, tail
    data, end = await log.read(start)
    made = _encoded(log, data)
    while len(log.frames) >= _MOST_FRAMES:
        del log.frames[next(iter(log.frames))]
    log.frames[start, end] = made
    return made, end


def _encoded(log: Log, data: bytes) -> bytes:
    if log.meta.content_type == JSON:
        return b"event: data\ndata:" + as_array(data) + b"\n\n"
    if not is_text(log.meta.content_type):
        return b"event: data\ndata:" + base64.b64encode(data) + b"\n\n"
    text = data.decode("utf-8", "replace").encode()
    return b"event: data\n" + b"".join(map(_data_line, _LINE_END.split(text))) + b"\n"


def _data_line(line: bytes) -> bytes:
    """Return a line of text that no client takes for one of the protocol's.

    A client takes one space away behind the colon.
    """
    return (b"data: %s\n" if line.startswith(b" ") else b"data:%s\n") % line


@lru_cache(64)
def _control(behind: int, cursor: str, *, caught_up: bool, closed: bool) -> bytes:
    body: dict[str, object] = {"streamNextOffset": format_offset(behind)}
    if closed:
        body["streamClosed"] = True
    else:
        body["streamCursor"] = cursor
    if caught_up:
        body["upToDate"] = True
    return b"event: control\ndata:" + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"
