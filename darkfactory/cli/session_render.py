"""One session as people see it: what became of it, what it used, what it left."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.cli.course_render import course_lines
from darkfactory.cli.prose import quoted, wrapped
from darkfactory.cli.sparkline import BLOCKS
from darkfactory.cli.words import age, count, loop_words, shortened, state_word, without
from darkfactory.domain.counting import counted

_WIDTH = 80
_NAMES = 12
_OURS = "refs/df/"
_LOOK = ("git", "--git-dir", ".darkfactory/hub.git", "show")


def session_screen(
    body: Mapping[str, Any], *, width: int | None = _WIDTH, marks: str = BLOCKS
) -> str:
    """Render one session, a fact a line; what is not known has none.

    Args:
        marks: What the terminal can draw the score over time with.
    """
    evidence = body["evidence"]
    state = str(body["outcome"] or body["state"])
    why = without(state.replace("_", " "), str(evidence.get("why") or "no reason is on record"))
    lines = wrapped(f"{body['id']}  ", f"{state_word(state)}: {why}", width, hang=2)
    if body["title"]:
        lines += wrapped("", body["title"], width)
    lines.append("")
    for name, text in _facts(body):
        lines += wrapped(f"{name:<{_NAMES}}", text, width)
    course = course_lines(body["course"], width=width, marks=marks)
    lines += ["", *course] if course else []
    if body["summary"]:
        lines += ["", "The agent says:", *quoted(body["summary"], width)]
    return "\n".join(lines)


def _facts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each fact that is known, with its name."""
    for name, parts in (
        ("item", (body["item"], f"attempt {body['attempt']}")),
        ("lane", (body["lane"], body["autonomy"])),
        ("agent", (body["agent"], body["version"], body["model"])),
    ):
        if parts[0]:
            yield name, ", ".join(str(part) for part in parts if part)
    seen = body["evidence"].get("event_age_seconds")
    last = f"; its last event {age(seen)} ago" if seen is not None else ""
    yield "time", f"{age(body['age_seconds'])}{last}"
    yield "used", _used(body["usage"])
    if body["waffle"] is not None:
        yield "waffle", f"{body['waffle']:.2f}"
        yield "risk", "not calibrated" if body["risk"] is None else f"{body['risk']:.2f}"
    if body["checkpoints"]:
        yield "loop", loop_words(body["checkpoints"])
    yield "log", counted(body["events"], "event")
    yield from _surroundings(body)
    for asked in body["approvals"]:
        yield "approval", f"{asked['request']}: {asked['command']}"
    for note in body["notes"]:
        yield "note", shortened(str(note))


def _surroundings(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what held the session, and where its work is."""
    if body["confinement"]:
        held = ", ".join(f"{name} {by}" for name, by in body["confinement"].items())
        yield "confined", held if body["confined"] else f"NO: {held}"
    if body["workspace"]:
        yield "workspace", str(body["workspace"])
    kept = body["preserved"] or {}
    if any(kept.values()):
        yield "preserved", ", ".join(str(where) for where in kept.values() if where)
    if str(kept.get("ref") or "").startswith(_OURS):
        yield "look at it", shlex.join([*_LOOK, str(kept["ref"])])


def _used(usage: Mapping[str, Any]) -> str:
    said = [f"{count(usage['tokens'])} tokens"]
    if usage["requests"]:
        said.append(counted(usage["requests"], "request"))
    if usage["cost_usd"]:
        said.append(f"{usage['cost_usd']:.2f} USD")
    return ", ".join(said)
