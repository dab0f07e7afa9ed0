"""What goes wrong, as events: retries, errors, warnings. The same warning is said once."""

import re
from collections.abc import Mapping
from typing import Any

from darkfactory.agents.protocol import Emit
from darkfactory.agents.wire import mapping, number, text
from darkfactory.domain.session import TurnEnd

_RECONNECTING = re.compile(r"(\d{1,6})/(\d{1,6})")
_BUDGET_ENDS = frozenset({"sessionBudgetExceeded"})
_MOST_WARNINGS = 200


def retry_data(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of ``retry`` for an error that Codex tries again after."""
    found = _RECONNECTING.search(text(error.get("message")))
    return {
        "attempt": int(found[1]) if found else None,
        "max": int(found[2]) if found else None,
        "status": _http_status(error),
        "delay_ms": None,
    }


def error_data(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of ``error`` for one that ends the turn."""
    said = text(error.get("message")) or "the turn failed and Codex does not say why"
    more = text(error.get("additionalDetails"))
    return {"code": f"codex.{_name(error)}", "text": f"{said} ({more})" if more else said}


def turn_end(turn: Mapping[str, Any]) -> TurnEnd:
    """Return why *turn* ended."""
    match text(turn.get("status")):
        case "completed":
            return TurnEnd.DONE
        case "interrupted":
            return TurnEnd.INTERRUPTED
    spent = _name(mapping(turn.get("error"))) in _BUDGET_ENDS
    return TurnEnd.BUDGET if spent else TurnEnd.API_ERROR


class Warnings:
    """Says each warning once: Codex repeats some at every turn."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, words: str) -> list[Emit]:
        """Return the event of a warning that was not said before."""
        if not words or words in self._said or len(self._said) >= _MOST_WARNINGS:
            return []
        self._said.add(words)
        return [Emit("warning", {"text": words})]


def _name(error: Mapping[str, Any]) -> str:
    """Return the name of an error, which is a text or the one key of an object."""
    info = error.get("codexErrorInfo")
    return text(info) or next(iter(map(text, mapping(info))), "other")


def _http_status(error: Mapping[str, Any]) -> int | None:
    info = mapping(mapping(error.get("codexErrorInfo")))
    return next((number(mapping(part).get("httpStatusCode")) for part in info.values()), None)
