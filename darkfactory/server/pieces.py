"""What a body holds: messages of a JSON stream as lines, or bytes as they are."""

import json
from typing import Any

from darkfactory.server.asked import JSON
from darkfactory.server.refused import BadRequest

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_DEEPEST = "the body is nested too deeply"
_NOTHING = "an empty array appends nothing"


def is_text(content_type: str) -> bool:
    """Tell whether SSE may carry a stream of this type as it is."""
    return content_type == JSON or content_type.startswith("text/")


def stored(content_type: str, body: bytes, *, may_be_empty: bool = False) -> bytes:
    """Return what a stream of this type stores of *body*; see :func:`json_lines`.

    Raises:
        BadRequest: If it is to be JSON and is not.
    """
    if content_type != JSON or not body:
        return body
    return json_lines(body, may_be_empty=may_be_empty)


def json_object(body: str | bytes) -> dict[str, Any]:
    """Return the one object in *body*.

    Raises:
        BadRequest: If it is anything else.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("a JSON object is wanted") from error
    if not isinstance(value, dict):
        raise BadRequest("a JSON object is wanted")
    return value


def json_values(body: bytes) -> list[Any]:
    """Return the messages in *body*; one level of array is taken apart (protocol 9.1).

    Raises:
        BadRequest: If *body* is not JSON, or an empty array.
    """
    _, value = _parsed(body)
    if not isinstance(value, list):
        return [value]
    if not value:
        raise BadRequest(_NOTHING)
    return value


def json_lines(body: bytes, *, may_be_empty: bool = False) -> bytes:
    """Return the messages in *body* as they were written, one a line; see :func:`json_values`.

    Args:
        may_be_empty: Whether an empty array is allowed: it is at creation.

    Raises:
        BadRequest: If *body* is not JSON.
    """
    text, value = _parsed(body)
    if not isinstance(value, list):
        return _line(text)
    if not value and not may_be_empty:
        raise BadRequest(_NOTHING)
    if len(value) == 1:  # the usual case needs no second look
        return _line(text[1:-1].strip(_SPACE))
    return b"".join(_line(text[start:end]) for start, end in _elements(text))


def _parsed(body: bytes) -> tuple[str, Any]:
    """Return the text of *body* and what it says."""
    try:
        text = body.decode("utf-8").strip(_SPACE)
        return text, _STRICT.decode(text)
    except RecursionError as error:
        raise BadRequest(_DEEPEST) from error
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_STRICT = json.JSONDecoder(parse_constant=_no_constant)


def _line(text: str) -> bytes:
    """Return one JSON text as one line: outside of strings a line break is only space."""
    return text.replace("\n", " ").replace("\r", " ").encode() + b"\n"


def _elements(text: str) -> list[tuple[int, int]]:
    """Return where each element of the array *text*, which is valid JSON, begins and ends."""
    found, at = [], _behind_space(text, 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _behind_space(text, end)
        if text[at] == ",":
            at = _behind_space(text, at + 1)
    return found


def _behind_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def as_array(lines: bytes) -> bytes:
    """Return whole *lines* of a JSON stream as one JSON array."""
    return b"[" + lines[:-1].replace(b"\n", b",") + b"]"
