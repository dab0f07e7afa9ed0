"""``system`` lines that tell of one thing and change nothing in the dialogue."""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.claude_code.wire import clipped, count, word
from darkfactory.agents.protocol import Emit, Native

_TROUBLE = frozenset(
    {
        "mirror_error",
        "model_consent_fallback",
        "model_fallback",
        "model_refusal_fallback",
        "model_refusal_no_fallback",
        "session_writes_lost",
    }
)


def notice_of(line: Mapping[str, Any]) -> Emit | None:
    """Return the event of a ``system`` *line*, or None if it has nothing for the log."""
    subtype = word(line.get("subtype")) or ""
    if subtype == "api_retry":
        return Emit("retry", _retry(line))
    if subtype == "compact_boundary":
        text = "The conversation was compacted: its older part is a summary now."
        return Emit("message", {"role": "system", "text": text})
    if subtype in _TROUBLE:
        text = word(line.get("content")) or subtype.replace("_", " ")
        return Emit("warning", {"text": clipped(text)})
    return None


def native_of(line: Mapping[str, Any]) -> Native:
    """Return what the program tells of itself in its ``init`` *line*."""
    return Native(
        word(line.get("session_id")), word(line.get("model")), word(line.get("claude_code_version"))
    )


def _retry(line: Mapping[str, Any]) -> dict[str, Any]:
    status = line.get("error_status")
    return {
        "attempt": count(line.get("attempt")),
        "max": count(line.get("max_retries")),
        "status": count(status) if isinstance(status, int) else None,
        "delay_ms": count(line.get("retry_delay_ms")),
    }
