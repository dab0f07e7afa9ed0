"""Tokens and money of one conversation, each counted once.

Three accounts come over the wire. The events of a message's stream give each request exactly, and
at once. ``model_usage_since_last_result`` gives each turn, with what sub-agents and requests
unseen by us used. ``total_cost_usd`` and ``modelUsage`` cover the whole conversation, what other
processes did in it before a ``--resume`` included, but not a turn that a kill cut off; so they are
used only where nothing better was said. The total is the highest that any of them proves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.agents.claude_code.wire import amount, count, mapping, word

_MONEY = re.compile(r"\$\s*([0-9][0-9,]*(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one or more requests. *cached* is a part of *input*, *reasoning* of *output*."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """What counts against a budget."""
        return self.input + self.output

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
        )


class Ledger:
    """The running account of one process, on top of what was used *before* it."""

    def __init__(self, *, total_before: int, cost_before: float, resumed: bool) -> None:
        self._turn_base = total_before
        self._total = total_before
        self._cost_before = cost_before
        self._cost = cost_before
        self._cost_shown = cost_before
        self._resumed = resumed
        self._spent_before_us: float | None = None
        self._turn = Tokens()
        self._past_turns = Tokens()
        self._open: dict[str, Tokens] = {}
        self._counted: set[str] = set()

    def message_started(self, message: Any, usage: Any) -> None:
        """Note a request whose answer has begun; its final count will follow."""
        name = word(message)
        if name is not None:
            self._counted.discard(name)  # some proxies give every answer the same id
            self._open[name] = _tokens(mapping(usage))

    def message_seen(self, message: Any, usage: Any) -> dict[str, Any] | None:
        """Return the usage data of a request known only by a part of its answer, once a message.

        Sub-agents' answers come without a stream: their output is then counted at the turn's end.
        """
        name = word(message)
        if name is None or name in self._open or name in self._counted:
            return None
        return self._request(name, _tokens(mapping(usage)))

    def message_finished(self, message: Any, usage: Any) -> dict[str, Any] | None:
        """Return the usage data of a request whose whole answer is there, once a message."""
        name = word(message)
        if name is None or name in self._counted:
            return None
        begun = self._open.pop(name, Tokens())
        return self._request(name, _at_least(begun, _tokens(mapping(usage))))

    def cost_told(self, text: Any) -> dict[str, Any] | None:
        """Return usage data with the money spent so far at least, from a cost summary for people.

        The first summary is asked for before the first prompt: what it shows was spent earlier.
        """
        told = _money(text)
        if told is None:
            return None
        low, high = told
        if self._spent_before_us is None:
            self._spent_before_us = high
            return None
        cost = self._cost_before + low - self._spent_before_us
        if cost <= self._cost_shown:
            return None
        self._cost_shown = cost
        return self._data("session", self._past_turns + self._turn)

    def turn_finished(self, result: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the usage data that *result* completes: cut-off requests, then the turn."""
        made = self.cut_off()
        since = result.get("model_usage_since_last_result")
        if isinstance(since, dict):
            told = _of_models(since)
        else:
            told = _tokens(mapping(result.get("usage")))
        if told.total > self._turn.total:
            self._turn = told
        self._total = max(self._total, self._turn_base + self._turn.total)
        self._add_cost(result)
        made.append(self._data("turn", self._turn))
        self._past_turns += self._turn
        self._turn_base, self._turn = self._total, Tokens()
        return made

    def cut_off(self) -> list[dict[str, Any]]:
        """Return the usage data of requests whose answers will not come to their end."""
        return [self._request(name, self._open.pop(name)) for name in tuple(self._open)]

    def _request(self, name: str, used: Tokens) -> dict[str, Any]:
        self._counted.add(name)
        self._turn += used
        self._total = max(self._total, self._turn_base + self._turn.total)
        return self._data("request", used)

    def _add_cost(self, result: Mapping[str, Any]) -> None:
        since, whole = result.get("model_usage_since_last_result"), result.get("total_cost_usd")
        if isinstance(since, dict):
            self._cost += sum(
                amount(mapping(model).get("costUSD")) or 0.0 for model in since.values()
            )
        elif not self._resumed:
            self._cost = max(self._cost, self._cost_before + (amount(whole) or 0.0))
        self._cost_shown = max(self._cost_shown, self._cost)

    def _data(self, scope: str, used: Tokens) -> dict[str, Any]:
        priced = scope != "request"
        return {
            "scope": scope,
            "input": used.input,
            "output": used.output,
            "cached": used.cached,
            "reasoning": used.reasoning,
            "total_session": self._total,
            "cost_usd": round(self._cost_shown, 6) if priced else None,
            "cost_source": "agent" if priced else "none",
        }


def _money(text: Any) -> tuple[float, float] | None:
    """Return between which amounts the one in *text* was rounded, or None if there is none."""
    found = _MONEY.search(text) if isinstance(text, str) else None
    told = amount(float(found[1].replace(",", ""))) if found else None
    if found is None or told is None:
        return None
    decimals = len(found[1].partition(".")[2])
    return (told - 0.5 * 10**-decimals, told + 0.5 * 10**-decimals) if told else (0.0, 0.0)


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    """Return the tokens of a message's ``usage``, whose input leaves the cached part out."""
    cached = count(usage.get("cache_read_input_tokens"))
    written = count(usage.get("cache_creation_input_tokens"))
    details = mapping(usage.get("output_tokens_details"))
    return Tokens(
        count(usage.get("input_tokens")) + cached + written,
        count(usage.get("output_tokens")),
        cached,
        count(details.get("thinking_tokens")),
    )


def _of_models(models: Mapping[str, Any]) -> Tokens:
    whole = Tokens()
    for model in map(mapping, models.values()):
        cached = count(model.get("cacheReadInputTokens"))
        written = count(model.get("cacheCreationInputTokens"))
        whole += Tokens(
            count(model.get("inputTokens")) + cached + written,
            count(model.get("outputTokens")),
            cached,
            count(model.get("thinkingTokens")),
        )
    return whole


def _at_least(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(
        max(one.input, other.input),
        max(one.output, other.output),
        max(one.cached, other.cached),
        max(one.reasoning, other.reasoning),
    )
