"""Offsets: where a reader stands in a stream, opaque to clients.

``0000000000000000_`` and the byte position as 16 digits; ``-1`` is the start, ``now`` the end
(Durable Streams protocol 1.0).
"""

from darkfactory.errors import UsageError

START = "-1"
NOW = "now"
_PREFIX = "0000000000000000_"
_DIGITS = 16


class BadOffset(UsageError):
    """A text that is no offset of ours."""

    code = "offset.bad"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not an offset",
            fix="give the `next` value of an event you have read, -1 for the start, or now",
        )


class NoSuchPlace(UsageError):
    """An offset of ours that lies behind no event of the log that it is held against."""

    code = "offset.no_place"

    def __init__(self, text: str, session: str) -> None:
        super().__init__(
            f"{text} is no place behind an event of {session}",
            fix="give the `next` value of the last event you have read of it, or -1 for the start",
        )


def format_offset(position: int) -> str:
    """Return the offset of byte *position*."""
    return f"{_PREFIX}{position:0{_DIGITS}d}"


def parse_offset(text: str, *, end: int) -> int:
    """Return the byte position that *text* names in a stream of *end* bytes.

    Raises:
        BadOffset: If *text* is no offset.
    """
    if text in ("", START):
        return 0
    if text == NOW:
        return end
    digits = text.removeprefix(_PREFIX)
    if digits == text or len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
        raise BadOffset(text)
    return int(digits)
