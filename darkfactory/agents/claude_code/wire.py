"""Lines to and from the program: tolerant reading, exact writing. Nothing here decides anything."""

import json
import math
from typing import Any

_TEXT_LIMIT = 64 * 1024
_DELTA_PREFIX = b'{"type":"stream_event","event":{"type":"content_block_delta"'
_LARGEST = 10**15


def is_delta(line: bytes) -> bool:
    """Tell whether *line* is a piece of text on its way, which only proves that the agent lives.

    There is one for every few tokens, so these are recognised without being decoded.
    """
    return line.startswith(_DELTA_PREFIX)


def decode(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of *line*, or None if it is not one."""
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def mapping(value: Any) -> dict[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """Return the objects in *value*; what is no list of objects has none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def word(value: Any) -> str | None:
    """Return *value* if it is a text with something in it, else None."""
    return value if isinstance(value, str) and value else None


def count(value: Any) -> int:
    """Return *value* as a number of things; what cannot be one is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return min(max(int(value), 0), _LARGEST)


def amount(value: Any) -> float | None:
    """Return *value* as an amount of money, or None if it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST else None


def text_of(content: Any) -> str:
    """Return the text in the content of a message or of a tool result."""
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] for block in items(content) if isinstance(block.get("text"), str)
    )


def clipped(text: str, limit: int = _TEXT_LIMIT) -> str:
    """Return the beginning of *text*, with a mark where the rest was left off."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def user_message(uuid: str, text: str) -> bytes:
    """Return the line that says *text* as the user; *uuid* names it in what comes back.

    A text that begins with a slash would be a command to the program (``/clear``), unless a space
    stands before it.
    """
    content = [{"type": "text", "text": f" {text}" if text.startswith("/") else text}]
    return _line({"type": "user", "uuid": uuid, "message": {"role": "user", "content": content}})


def control_request(request_id: str, subtype: str, **details: Any) -> bytes:
    """Return the line that asks the program itself, not the model, for something."""
    request = {"subtype": subtype, **details}
    return _line({"type": "control_request", "request_id": request_id, "request": request})


def permission(request_id: str, *, allow: bool, message: str) -> bytes:
    """Return the line that answers a permission request; *message* tells the model why not."""
    answer = {"behavior": "allow"} if allow else {"behavior": "deny", "message": message}
    return _response({"subtype": "success", "request_id": request_id, "response": answer})


def refusal(request_id: str, error: str) -> bytes:
    """Return the line that turns down a control request of the program's."""
    return _response({"subtype": "error", "request_id": request_id, "error": error})


def _response(response: dict[str, Any]) -> bytes:
    return _line({"type": "control_response", "response": response})


def _line(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode("ascii") + b"\n"
