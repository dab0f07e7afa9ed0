"""The end of a run as people see it."""

from darkfactory.cli.columns import Column, table
from darkfactory.cli.prose import wrapped
from darkfactory.cli.words import count, state_word, without
from darkfactory.domain.counting import counted, listed
from darkfactory.factory.closing import Closing
from darkfactory.factory.status import stopped_words
from darkfactory.factory.summary import Summary

_WIDTH = 80
_MOST = 8
_COLUMNS = (Column("WHAT"), Column("WHICH"), Column("BECAUSE"))


def closing_screen(closing: Closing, *, width: int | None = _WIDTH) -> str:
    """Render what a run came to, what did not go well and why, and what waits at the gate."""
    idle = f": {closing.idle.why}" if closing.idle else ""
    lines = wrapped("", closing_line(closing.summary) + idle, width, hang=2)
    shown = closing.troubles[:_MOST]
    if shown:
        rows = [(state_word(one.what), one.id, without(one.what, one.reason)) for one in shown]
        lines += table(_COLUMNS, rows, width=width, whole=True).splitlines()
    more = closing.troubles[_MOST:]
    if more:
        commands = dict.fromkeys(one.listed_by for one in more)
        lines.append(f"and {len(more)} more: {', '.join(commands)}")
    if closing.stopped:
        lines.append(stopped_words(len(closing.stopped)))
    if closing.waiting:
        verb = "waits" if len(closing.waiting) == 1 else "wait"
        changes = counted(len(closing.waiting), "change")
        lines.append(f"gate: {changes} {verb} for your verdict: {listed(closing.waiting)}")
    return "\n".join(lines)


def closing_line(summary: Summary) -> str:
    """Return what a run came to, in one line."""
    if not summary.sessions:
        return "no session was started"
    parts = [
        counted(summary.sessions, "session"),
        *(
            f"{number} {name}"
            for name in ("proposed", "landed", "reported", "failed", "nuked", "cancelled")
            if (number := getattr(summary, name))
        ),
        f"{count(summary.tokens)} tokens",
        f"{summary.cost_usd:.2f} USD" if summary.cost_usd else "",
    ]
    return ", ".join(part for part in parts if part)
