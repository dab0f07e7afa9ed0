"""How a change was read, as the page of a reviewer tells it: untrusted values in, a reading out.

The page tells what happened (when somebody was there, which hunks were whole on the screen); what
that comes to is judged here, by the rules of the review screen.
"""

import math
from collections.abc import Mapping
from typing import Any

from darkfactory.changes.reading import HunkKey, seen_files, unseen_places
from darkfactory.errors import UsageError
from darkfactory.factory.review import Diff, Opened
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Attention, Reading

_KEY_PARTS = 2


class BadReading(UsageError):
    """A reading, or comments, that nobody can make sense of."""

    code = "gate.reading"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, fix="docs/server.md tells how a reading and comments look")


def told_reading(told: Any, opened: Opened, unsent: int) -> Reading:
    """Return the reading of *opened* that *told* tells of.

    Args:
        unsent: How many comments were written.

    Raises:
        BadReading: If it is none.
    """
    if not isinstance(told, Mapping):
        raise BadReading("reading is an object with touches, shown and whole")
    seen, diff = _keys(told.get("shown") or []), _diff(opened, whole=told.get("whole") is True)
    files = diff.files if diff is not None else ()
    return Reading(
        _seconds(told.get("touches") or []),
        seen_files(files, seen),
        unseen_places(files, seen),
        unsent,
    )


def told_comments(told: Any) -> tuple[Comment, ...]:
    """Return the comments that *told* tells of.

    Raises:
        BadReading: If one is none.
    """
    if not isinstance(told, list):
        raise BadReading("comments are a list of objects with path, line and text")
    return tuple(map(_comment, told))


def _comment(told: Any) -> Comment:
    said = told if isinstance(told, Mapping) else {}
    path, line, text = said.get("path"), said.get("line"), said.get("text")
    removed = said.get("removed", False)
    if not isinstance(path, str) or not isinstance(text, str) or not text.strip():
        raise BadReading(f"a comment has a path and a text, unlike {told!r:.80}")
    if not isinstance(line, int) or not isinstance(removed, bool):
        raise BadReading(f"a comment has a line, and removed is true or false, unlike {told!r:.80}")
    return Comment(path, line, text.strip(), removed)


def _diff(opened: Opened, *, whole: bool) -> Diff | None:
    return opened.diff if whole else opened.news


def _keys(told: Any) -> frozenset[HunkKey]:
    if not isinstance(told, list) or not all(map(_is_key, told)):
        raise BadReading("shown is a list of hunks: [path, number] each")
    return frozenset((path, number) for path, number in told)


def _is_key(told: Any) -> bool:
    return (
        isinstance(told, list)
        and len(told) == _KEY_PARTS
        and isinstance(told[0], str)
        and isinstance(told[1], int)
    )


def _seconds(told: Any) -> float:
    """Return the active seconds of stretches of touches; between two stretches nobody reads."""
    if not isinstance(told, list):
        raise BadReading("touches is a list of stretches, each a list of seconds")
    attention, seconds = Attention(0.0), 0.0
    for stretch in filter(None, told):
        if not isinstance(stretch, list) or not all(map(_is_time, stretch)):
            raise BadReading("touches is a list of stretches, each a list of seconds")
        attention.back(stretch[0])
        for at in stretch:
            attention.touch(at)
        seconds = attention.leave(stretch[-1])
    return seconds


def _is_time(told: Any) -> bool:
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return is_number and math.isfinite(told)
