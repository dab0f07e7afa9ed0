"""Counts what an agent says it has used: tokens at the end of each turn, money as it goes."""

import math
from collections.abc import Mapping
from typing import Any

from darkfactory.agents.wire import count, mapping

_LARGEST = 10**15


class Usage:
    """The tokens and the cost of one session.

    Money is told as a running total of the conversation, by the agents that tell it; so the higher
    of two figures counts, and a resumed conversation's past is not counted twice.
    """

    def __init__(self, tokens_before: int, cost_before: float) -> None:
        self._tokens = tokens_before
        self._cost = cost_before
        self._told_cost = False

    def cost(self, update: Mapping[str, Any]) -> None:
        """Take what an update tells of the cost; other currencies than USD are not counted."""
        told = mapping(update.get("cost"))
        amount = _amount(told.get("amount"))
        if amount is not None and told.get("currency") == "USD":
            self._told_cost = True
            self._cost = max(self._cost, amount)

    def turn(self, result: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for the turn that ended with *result*, None if untold."""
        used = mapping(result.get("usage")) or _quota(result)
        read, written = count(used.get("cachedReadTokens")), count(used.get("cachedWriteTokens"))
        given, made = count(used.get("inputTokens")), count(used.get("outputTokens"))
        total = count(used.get("totalTokens"))
        if total >= given + made + read + written:
            given += read + written  # this agent tells cached input beside the rest
        total = max(total, given + made)
        if not total and not self._told_cost:
            return None
        self._tokens += total
        return {
            "scope": "turn",
            "input": given,
            "output": made,
            "cached": min(read, given),
            "reasoning": count(used.get("thoughtTokens")),
            "total_session": self._tokens,
            "cost_usd": self._cost if self._told_cost else None,
            "cost_source": "agent" if self._told_cost else "none",
        }


def _quota(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the tokens as Gemini CLI tells them."""
    told = mapping(mapping(mapping(result.get("_meta")).get("quota")).get("token_count"))
    return {"inputTokens": told.get("input_tokens"), "outputTokens": told.get("output_tokens")}


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= _LARGEST else None
