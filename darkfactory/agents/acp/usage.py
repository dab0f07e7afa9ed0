"""Counts what an agent says it has used: tokens with each request or turn, money as it goes."""

import math
import operator
from collections.abc import Mapping
from typing import Any, NamedTuple

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
        self._requests = _Tokens()

    def cost(self, update: Mapping[str, Any]) -> None:
        """Take what an update tells of the cost; other currencies than USD are not counted."""
        told = mapping(update.get("cost"))
        amount = _amount(told.get("amount"))
        if amount is not None and told.get("currency") == "USD":
            self._told_cost = True
            self._cost = max(self._cost, amount)

    def request(self, update: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for the model request that *update* tells of, if it does."""
        used = _tokens(mapping(mapping(update.get("_meta")).get("usage")))
        if not used.total:
            return None
        self._requests = self._requests.plus(used)
        return self._used("request", used)

    def turn(self, result: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the data of ``usage`` for the turn that ended with *result*, None if untold.

        What its requests told counts once.
        """
        used = _tokens(mapping(result.get("usage")) or _quota(result)).without(self._requests)
        self._requests = _Tokens()
        return self._used("turn", used) if used.total or self._told_cost else None

    def _used(self, scope: str, used: "_Tokens") -> dict[str, Any]:
        self._tokens += used.total
        return {
            "scope": scope,
            "input": used.input,
            "output": used.output,
            "cached": min(used.cached, used.input),
            "reasoning": used.reasoning,
            "total_session": self._tokens,
            "cost_usd": self._cost if self._told_cost else None,
            "cost_source": "agent" if self._told_cost else "none",
        }


class _Tokens(NamedTuple):
    """Tokens of one or more requests; *total* is what an agent says, or input and output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    total: int = 0

    def plus(self, other: "_Tokens") -> "_Tokens":
        return _Tokens(*map(operator.add, self, other))

    def without(self, other: "_Tokens") -> "_Tokens":
        return _Tokens(*(max(0, mine - theirs) for mine, theirs in zip(self, other, strict=True)))


def _tokens(used: Mapping[str, Any]) -> _Tokens:
    read, written = count(used.get("cachedReadTokens")), count(used.get("cachedWriteTokens"))
    given, made = count(used.get("inputTokens")), count(used.get("outputTokens"))
    total = count(used.get("totalTokens"))
    if total >= given + made + read + written:
        given += read + written  # this agent tells cached input beside the rest
    return _Tokens(given, made, read, count(used.get("thoughtTokens")), max(total, given + made))


def _quota(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the tokens as Gemini CLI tells them."""
    told = mapping(mapping(mapping(result.get("_meta")).get("quota")).get("token_count"))
    return {"inputTokens": told.get("input_tokens"), "outputTokens": told.get("output_tokens")}


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= _LARGEST else None
