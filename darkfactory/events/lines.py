"""One line of a stream: JSON in UTF-8, whatever an agent put into it."""

import json
import math
from collections.abc import Mapping
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_line(body: Any) -> bytes:
    """Return *body* as one line, valid for every reader of JSON and of UTF-8."""
    try:
        text = _ENCODER.encode(body)
    except ValueError:  # NaN and infinity: Python reads them, JSON has no word for them
        text = json.dumps(_finite(body), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"  # a lone surrogate becomes its escape


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def decode_line(line: bytes) -> Any:
    """Return what *line* holds, None where it is not JSON or nested beyond reading."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
