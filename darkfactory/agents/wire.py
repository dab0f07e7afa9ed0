"""Read and write an agent's JSON lines; what it sends is never trusted to have a type."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.domain.digest import short_hash

_LARGEST = 2**63
_TAIL = 8 * 1024


def decode(line: bytes) -> Mapping[str, Any] | None:
    """Return the message of one line, or None if it is none; bytes that are no text are marks."""
    try:
        message = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def encode(message: Mapping[str, Any]) -> bytes:
    """Return *message* as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def text(value: Any) -> str:
    """Return *value* if it is a text, without lone surrogates, else an empty one."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def count(value: Any) -> int:
    """Return *value* as a number of things; what cannot be one is 0."""
    return max(0, number(value) or 0)


def number(value: Any) -> int | None:
    """Return *value* if it is a whole number that a log can hold, else None."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _LARGEST:
        return None
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    """Return *value* if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def digest(value: Any) -> str:
    """Return a short hash of *value*: equal values have equal hashes."""
    whole = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return short_hash(whole)


def tail(words: str) -> str:
    """Return the end of *words*, short enough for one event."""
    return words[-_TAIL:]
