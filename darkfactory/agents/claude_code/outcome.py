"""How a turn ended, from its ``result`` line. Its subtype and the exit status do not tell.

A failed API call is ``subtype: success``; an interrupted program exits with status 0. What counts
is ``is_error`` and ``terminal_reason``.
"""

from collections.abc import Mapping
from typing import Any

from darkfactory.agents.claude_code.wire import clipped, word
from darkfactory.domain.session import TurnEnd

_BY_REASON = {
    "max_turns": TurnEnd.MAX_TURNS,
    "budget_exhausted": TurnEnd.BUDGET,
    "aborted_streaming": TurnEnd.INTERRUPTED,
    "aborted_tools": TurnEnd.INTERRUPTED,
}
_BY_SUBTYPE = {
    "error_max_turns": TurnEnd.MAX_TURNS,
    "error_max_budget_usd": TurnEnd.BUDGET,
}


def turn_end_of(result: Mapping[str, Any], *, interrupted: bool) -> TurnEnd:
    """Return why the turn of *result* ended. *interrupted*: somebody had asked for that."""
    reason, subtype = word(result.get("terminal_reason")), word(result.get("subtype"))
    told = _BY_REASON.get(reason or "") or _BY_SUBTYPE.get(subtype or "")
    if told is not None:
        return told
    if result.get("is_error") is not True:
        return TurnEnd.DONE
    return TurnEnd.INTERRUPTED if interrupted and reason is None else TurnEnd.API_ERROR


def failure_of(result: Mapping[str, Any], end: TurnEnd) -> dict[str, Any] | None:
    """Return the data of the ``error`` that ended the turn, or None if it was no failure."""
    if end is not TurnEnd.API_ERROR:
        return None
    status, errors = result.get("api_error_status"), result.get("errors")
    texts = [text for text in errors if isinstance(text, str)] if isinstance(errors, list) else []
    text = word(result.get("result")) or "\n".join(texts) or "the turn failed without a reason"
    code = str(status) if isinstance(status, int) else word(result.get("terminal_reason"))
    return {"code": code or word(result.get("subtype")) or "error", "text": clipped(text)}
