"""``system`` lines that tell of one thing and change nothing in the dialogue."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from darkfactory.agents.claude_code.wire import clipped, count, items, word
from darkfactory.agents.protocol import Emit, Native, Step

_BETWEEN_TURNS = frozenset({"error", "retry", "warning"})
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


def no_server(line: Mapping[str, Any], needed: Collection[str | None]) -> Emit | None:
    """Return the error of *needed* MCP servers that did not start, as the ``init`` *line* tells."""
    failed = [one for one in items(line.get("mcp_servers")) if one.get("status") == "failed"]
    names = [name for name in (word(one.get("name")) for one in failed) if name in needed]
    text = f"MCP servers that did not start: {', '.join(map(str, names))}"
    return Emit("error", {"code": "mcp.start", "text": clipped(text)}) if names else None


def between_turns(steps: Iterable[Step]) -> list[Step]:
    """Return those of *steps* that have a place outside of a turn."""
    return [one for one in steps if not isinstance(one, Emit) or one.type in _BETWEEN_TURNS]


def _retry(line: Mapping[str, Any]) -> dict[str, Any]:
    status = line.get("error_status")
    return {
        "attempt": count(line.get("attempt")),
        "max": count(line.get("max_retries")),
        "status": count(status) if isinstance(status, int) else None,
        "delay_ms": count(line.get("retry_delay_ms")),
    }
