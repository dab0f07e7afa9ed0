"""The script format's rules: which script a message picks, which turn comes next, what fills it.

Pure, and free of imports: the mock program loads this at every start, and the scripted model that
stands behind real agents in the tests goes by the same rules.
"""

from collections.abc import Collection, Mapping, Sequence

SPENT = {"say": "The script has no more turns."}
UNSCRIPTED = {"turns": [{"say": "no script for this prompt"}]}


def markers_in(text: str, markers: Sequence[str]) -> list[str]:
    """Return those of *markers* that *text* holds, in their own order.

    A marker that occurs only inside a longer one (ITEM-1 in ITEM-10) is not held.
    """
    rest, held = text, set()
    for marker in sorted(markers, key=len, reverse=True):
        if marker in rest:
            held.add(marker)
            rest = rest.replace(marker, "\0")
    return [marker for marker in markers if marker in held]


def marker_after(
    text: str, markers: Sequence[str], current: str | None, seen: Collection[str]
) -> str | None:
    """Return the marker that a conversation follows once a user has said *text*.

    What was not *seen* before wins over what was, so that a message that repeats the item's id
    and adds a new marker switches; of several new ones the last in the script does. A message
    without a new marker and with the *current* one, or with none, goes on.
    """
    held = markers_in(text, markers)
    fresh = [marker for marker in held if marker not in seen]
    if fresh:
        return fresh[-1]
    return current if not held or current in held else held[-1]


def turns_of(script: Mapping[str, object], marker: str | None) -> list[dict[str, object]]:
    """Return the turns that *script* holds for *marker* (None: its default)."""
    sessions = script.get("sessions")
    for session in sessions if isinstance(sessions, list) else ():
        if session["marker"] == marker:
            return list(session.get("turns") or ())
    default = script.get("default") or UNSCRIPTED
    return list(default.get("turns") or ()) if isinstance(default, dict) else []


def turn_at(turns: Sequence[dict[str, object]], number: int) -> dict[str, object]:
    """Return model turn *number* (from 0) of *turns*, with ``repeat`` and ``forever`` unrolled."""
    reach = 0
    for turn in turns:
        repeat = turn.get("repeat", 1)
        reach += repeat if isinstance(repeat, int) else 1
        if turn.get("forever") or number < reach:
            return turn
    return dict(SPENT)


def usage_of(turn: Mapping[str, object], number: int) -> dict[str, int]:
    """Return the tokens that model turn *number* reports; ``cached`` is a part of ``input``."""
    usage = {"input": 1000 + 100 * number, "output": 50, "cached": 0, "reasoning": 0}
    given = turn.get("usage")
    return {**usage, **given} if isinstance(given, dict) else usage


def fill(value: object, words: Mapping[str, str]) -> object:
    """Return *value* with ``{word}`` replaced in each of its texts."""
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace("{" + word + "}", text)
        return value
    if isinstance(value, list):
        return [fill(part, words) for part in value]
    if isinstance(value, dict):
        return {key: fill(part, words) for key, part in value.items()}
    return value
