"""Small tools for raw ASGI: read a body within bounds, answer, and say no."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from darkfactory.server.refused import TooLarge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY = 8 << 20
_MOST_DRAINED = 16 << 20
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Disconnected(Exception):
    """The client went away while it was being read."""


async def read_body(receive: Receive, *, limit: int = MOST_BODY) -> bytes:
    """Return the whole body of a request.

    Raises:
        TooLarge: If it has more than *limit* bytes.
        Disconnected: If the client goes away before its end.
    """
    size, parts, more = 0, [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size <= limit:
            parts.append(message.get("body", b""))
        elif size > _MOST_DRAINED and more:
            raise TooLarge(limit, drained=False)
    if size > limit:
        raise TooLarge(limit, drained=True)
    return parts[0] if len(parts) == 1 else b"".join(parts)


Fields = Iterable[tuple[bytes, bytes]]


async def answer(send: Send, status: int, fields: Fields = (), body: bytes = b"") -> None:
    """Send a whole response."""
    length = () if status in (204, 304) else ((b"content-length", b"%d" % len(body)),)
    headers = [*_ALWAYS, *length, *fields]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, status: int, why: str, fields: Fields = ()) -> None:
    """Send an error in words."""
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await answer(send, status, [plain, *fields], why.encode("utf-8", "replace") + b"\n")


async def begin(send: Send, status: int, fields: Fields) -> None:
    """Begin a response whose body comes in pieces."""
    await send({"type": "http.response.start", "status": status, "headers": [*_ALWAYS, *fields]})


async def piece(send: Send, body: bytes, *, more: bool = True) -> None:
    """Send a piece of a body."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the header values by lower-case name; of several the first counts."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return found
