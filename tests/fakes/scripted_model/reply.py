"""What the scripted model says in one turn, before an API's own words are put around it."""

from typing import Any, NamedTuple

from tests.fakes.scripted_model.actions import Call

Frames = list[tuple[str, dict[str, Any]]]
SIGNATURE = "c2NyaXB0ZWQ="  # base64 of "scripted": clients only hand it back


class Reply(NamedTuple):
    """One answer; *calls* are pairs of call id and call. *usage* as in the script."""

    id: str
    model: str
    text: str
    thought: str
    calls: tuple[tuple[str, Call], ...]
    usage: dict[str, int]


def pieces(text: str, size: int = 24) -> list[str]:
    """Return *text* cut into the deltas of a stream."""
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]
