"""Counts tokens by high-water marks, so that nothing is counted twice.

Codex reports per thread a running ``total`` and the ``last`` request. A resumed thread goes on from
its old total and says so once before its first turn; a sub-agent is a thread of its own.
"""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.codex.wire import count, mapping


class TokenCount:
    """The tokens of one session. *before* is what its conversation had used when it was resumed."""

    def __init__(self, before: int) -> None:
        self._total = before
        self._marks: dict[str, int] = {}

    def past(self, thread: str, usage: Mapping[str, Any]) -> None:
        """Take what *thread* had used before anything was asked of it here."""
        total = _sum(usage.get("total"))
        self._marks[thread] = max(self._marks.get(thread, 0), total)
        self._total = max(self._total, total)

    def request(self, thread: str, usage: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for one model request, or None if nothing was used."""
        last = mapping(usage.get("last"))
        total = _sum(usage.get("total"))
        mark = self._marks.get(thread, max(0, total - _sum(last)))
        self._marks[thread] = total
        if total <= mark:
            return None  # said again, or a turn was taken back
        self._total += total - mark
        return {
            "scope": "request",
            "input": count(last.get("inputTokens")),
            "output": count(last.get("outputTokens")),
            "cached": count(last.get("cachedInputTokens")),
            "reasoning": count(last.get("reasoningOutputTokens")),
            "total_session": self._total,
            "cost_usd": None,
            "cost_source": "none",
        }


def _sum(usage: Any) -> int:
    return count(mapping(usage).get("totalTokens"))
