"""Lines that nothing can be made of: enough warnings to notice, never enough to fill a disk."""

from typing import Any

from darkfactory.agents.claude_code.wire import clipped

_LOUD = 8
_TYPES = 64
_SAMPLE = 200
_HARMLESS = frozenset(
    {
        "auth_status",
        "control_cancel_request",
        "keep_alive",
        "prompt_suggestion",
        "rate_limit_event",
        "tool_progress",
        "tool_use_summary",
    }
)


class Noise:
    """What one program has said so far that was not understood."""

    def __init__(self) -> None:
        self._broken = 0
        self._types: set[str] = set()

    def broken(self, line: bytes) -> dict[str, Any] | None:
        """Return the warning for a line that is not JSON, or None when it is one of very many."""
        self._broken += 1
        number = self._broken
        if number > _LOUD and number & (number - 1):
            return None  # from here on each doubling is worth a warning
        sample = line[:_SAMPLE].decode("utf-8", "replace")
        return {
            "text": f"a line of {len(line)} bytes is no JSON object (number {number}): {sample}"
        }

    def unknown(self, kind: str) -> dict[str, Any] | None:
        """Return the warning for the first line of an unknown type, else None."""
        kind = clipped(kind, 100)
        if kind in _HARMLESS or kind in self._types or len(self._types) >= _TYPES:
            return None
        self._types.add(kind)
        return {"text": f"lines of unknown type {kind!r}"}
