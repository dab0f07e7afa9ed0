"""Counts tokens by high-water marks, so that nothing is counted twice.

Codex reports per thread a running ``total`` and the ``last`` request, but only once the calls of
that request are over; a kill in the middle of a long command would lose them. A fresh thread tells
each response at once as well, so that comes first and the total brings what is missing. A resumed
thread tells only totals; it goes on from its old one and says so once before its first turn. A
sub-agent is a thread of its own.
"""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.wire import count, mapping


class TokenCount:
    """The tokens of one session. *before* is what its conversation had used when it was resumed."""

    def __init__(self, before: int) -> None:
        self._total = before
        self._marks: dict[str, int] = {}
        self._ahead: dict[str, int] = {}

    def past(self, thread: str, usage: Mapping[str, Any]) -> None:
        """Take what *thread* had used before anything was asked of it here."""
        total = _sum(usage.get("total"))
        self._marks[thread] = max(self._marks.get(thread, 0), total)
        self._total = max(self._total, total)

    def response(self, thread: str, usage: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for one response, before the total of *thread* has it."""
        used = count(usage.get("totalTokens"))
        if not used:
            return None
        self._ahead[thread] = self._ahead.get(thread, 0) + used
        self._total += used
        return self._data(usage)

    def request(self, thread: str, usage: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for one model request, or None if nothing was used."""
        last = mapping(usage.get("last"))
        total = _sum(usage.get("total"))
        mark = self._marks.get(thread, max(0, total - _sum(last)))
        self._marks[thread] = total
        if total <= mark:
            return None  # said again, or a turn was taken back
        ahead = self._ahead.get(thread, 0)
        told = min(ahead, total - mark)
        self._ahead[thread] = ahead - told
        self._total += total - mark - told
        return None if told == total - mark else self._data(last)

    def _data(self, used: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "scope": "request",
            "input": count(used.get("inputTokens")),
            "output": count(used.get("outputTokens")),
            "cached": count(used.get("cachedInputTokens")),
            "reasoning": count(used.get("reasoningOutputTokens")),
            "total_session": self._total,
            "cost_usd": None,
            "cost_source": "none",
        }


def _sum(usage: Any) -> int:
    return count(mapping(usage).get("totalTokens"))
