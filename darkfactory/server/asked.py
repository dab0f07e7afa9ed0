"""What a request of the protocol asks, read from its headers: untrusted text in, values out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from darkfactory.server.producers import MOST, Mark
from darkfactory.server.refused import BadRequest

STREAMS = "/v1/stream/"
"""Where the streams lie."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_LONGEST = 512
JSON = "application/json"
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a stream lives: *ttl* seconds after its last use, or until the RFC 3339 date."""

    ttl: int | None = None
    expires_at: str | None = None

    def __bool__(self) -> bool:
        return self.ttl is not None or self.expires_at is not None


@dataclass(frozen=True, slots=True)
class ForkAsked:
    """A fork that is asked for: of stream *source*, at *offset* and *sub* pieces behind it."""

    source: str
    offset: str | None
    sub: int


Headers = Mapping[str, str]
"""Header values by lower-case name."""


def content_type(headers: Headers) -> str | None:
    """Return the media type without its parameters, None where there is none.

    Raises:
        BadRequest: If it is none.
    """
    return _media_type(headers.get("content-type", ""))


@lru_cache(64)
def _media_type(value: str) -> str | None:
    said = value.partition(";")[0].strip().lower()
    if not said:
        return None
    if not _MEDIA_TYPE.fullmatch(said) or len(said) > _LONGEST:
        raise BadRequest("Content-Type is no media type")
    return said


def asks_to_close(headers: Headers) -> bool:
    """Tell whether ``Stream-Closed`` is true; every other value counts as absent."""
    return headers.get("stream-closed", "").strip().lower() == "true"


def lifetime(headers: Headers) -> Lifetime:
    """Return the lifetime that is asked for.

    Raises:
        BadRequest: If it cannot be read, or is asked for in two ways.
    """
    ttl, until = headers.get("stream-ttl"), headers.get("stream-expires-at")
    if ttl is not None and until is not None:
        raise BadRequest("give Stream-TTL or Stream-Expires-At, not both")
    if ttl is not None and not _NUMBER.fullmatch(ttl):
        raise BadRequest("Stream-TTL is a whole number of seconds, written plainly")
    if until is not None:
        seconds_of(until)
    return Lifetime(None if ttl is None else int(ttl), until)


def seconds_of(date: str) -> float:
    """Return an RFC 3339 date as seconds since the epoch.

    Raises:
        BadRequest: If it is none.
    """
    why = "Stream-Expires-At is an RFC 3339 date with its zone"
    if not _DATE.fullmatch(date):
        raise BadRequest(why)
    try:
        return datetime.fromisoformat(date.upper()).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadRequest(why) from error


def fork(headers: Headers) -> ForkAsked | None:
    """Return the fork that is asked for.

    Raises:
        BadRequest: If its headers do not fit together.
    """
    source, offset = headers.get("stream-forked-from"), headers.get("stream-fork-offset")
    sub = headers.get("stream-fork-sub-offset")
    if source is None:
        if offset is not None or sub is not None:
            raise BadRequest("a fork names its source: Stream-Forked-From")
        return None
    if sub is not None and not _NUMBER.fullmatch(sub):
        raise BadRequest("Stream-Fork-Sub-Offset is a whole number, written plainly")
    path = unquote(source)
    path = path.removeprefix(STREAMS) if path.startswith(STREAMS) else path.lstrip("/")
    return ForkAsked(path, offset, int(sub or 0))


def mark(headers: Headers) -> Mark | None:
    """Return the producer's mark on an append, None where it bears none.

    Raises:
        BadRequest: If it is incomplete or no number.
    """
    producer, epoch = headers.get("producer-id"), headers.get("producer-epoch")
    seq = headers.get("producer-seq")
    if producer is None and epoch is None and seq is None:
        return None
    if producer is None or epoch is None or seq is None:
        raise BadRequest("Producer-Id, Producer-Epoch and Producer-Seq go together")
    if not producer or len(producer) > _LONGEST:
        raise BadRequest(f"Producer-Id has 1 to {_LONGEST} characters")
    return Mark(producer, _number("Producer-Epoch", epoch), _number("Producer-Seq", seq))


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > MOST:
        raise BadRequest(f"{name} is a whole number up to {MOST}")
    return int(text)
