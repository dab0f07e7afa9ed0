"""What people see: functions from values to text, so that a golden file can hold a screen."""

from collections.abc import Mapping, Sequence

from darkfactory.cli.output import one_line, plain
from darkfactory.domain.item import Plan
from darkfactory.domain.session import State
from darkfactory.factory.brief import Brief
from darkfactory.factory.status import Status
from darkfactory.sessions.view import SessionView

_WIDTH = 80


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = _WIDTH) -> str:
    """Return *rows* under *header* in columns; the last one takes what is left of *width*."""
    cleaned = [[plain(" ".join(cell.split())) for cell in row] for row in rows]
    sizes = [
        max(len(header[at]), *(len(row[at]) for row in cleaned)) if cleaned else len(header[at])
        for at in range(len(header))
    ]
    left = max(10, width - sum(sizes[:-1]) - 2 * (len(sizes) - 1))
    lines = []
    for row in (list(header), *cleaned):
        cells = [cell.ljust(size) for cell, size in zip(row[:-1], sizes[:-1], strict=True)]
        lines.append("  ".join([*cells, one_line(row[-1], left)]).rstrip())
    return "\n".join(lines)


def age(seconds: float | None) -> str:
    """Return a span of time as people say it: 42s, 7m, 3h, 2d."""
    if seconds is None:
        return "?"
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "m"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f}{name}"
    return f"{seconds / 86400:.0f}d"


def count(number: float) -> str:
    """Return a number of tokens as people say it: 950, 12k, 3.4M."""
    if number < 1000:  # noqa: PLR2004 - a thousand is a thousand
        return f"{number:.0f}"
    if number < 1_000_000:  # noqa: PLR2004 - likewise
        return f"{number / 1000:.0f}k"
    return f"{number / 1_000_000:.1f}M"


def plan_table(plan: Plan, *, width: int = _WIDTH) -> str:
    """Render a plan by lane, in the order in which its items start."""
    rows = [
        (
            str(row.rank),
            row.item.id,
            row.lane,
            row.item.priority,
            f"duplicate of {row.duplicate_of}" if row.duplicate_of else row.item.title,
        )
        for row in sorted(plan.items, key=lambda row: (row.lane, row.rank))
    ]
    text = table(("RANK", "ITEM", "LANE", "PRIO", "TITLE"), rows, width=width)
    if plan.unassigned:
        left = [(row.item.id, "; ".join(row.reasons)) for row in plan.unassigned]
        text += "\n\n" + table(("NO LANE", "BECAUSE"), left, width=width)
    return text


def session_table(sessions: Sequence[SessionView], *, width: int = _WIDTH) -> str:
    """Render sessions with the evidence for what they are said to do."""
    rows = [
        (
            view.id,
            view.lane,
            view.outcome or view.state,
            age(view.age_seconds),
            count(view.tokens),
            _evidence(view),
        )
        for view in sessions
    ]
    return table(("SESSION", "LANE", "STATE", "AGE", "TOKENS", "EVIDENCE"), rows, width=width)


def status_screen(status: Status, *, width: int = _WIDTH) -> str:
    """Render the whole factory."""
    lanes = [
        (
            lane.name,
            *(
                str(number) if number else "."
                for number in (
                    lane.todo,
                    lane.working,
                    lane.waiting,
                    lane.landed,
                    lane.bounced,
                    lane.failed,
                )
            ),
        )
        for lane in status.lanes
    ]
    header = ("LANE", "TODO", "WORKING", "WAITING", "LANDED", "BOUNCED", "FAILED")
    parts = [table(header, lanes, width=width)]
    open_ones = [view for view in status.sessions if view.state != "ended"]
    if open_ones:
        parts.append(session_table(open_ones, width=width))
    running = "df run works" if status.running else "df run is not running"
    limit = f" of {status.brain_space}" if status.brain_space else ""
    oldest = f", oldest {age(status.oldest_seconds)}" if status.waiting else ""
    said = (
        running,
        f"gate: {status.waiting} waiting{oldest}",
        f"open decisions: {status.open_decisions}{limit}",
        f"tokens: {count(status.budget['tokens_used'])}",
    )
    parts.append(_joined(said, width))
    return "\n\n".join(parts)


def brief_screen(brief: Brief, *, width: int = _WIDTH) -> str:
    """Render one line a session and the line that says where attention belongs."""
    lines = [
        one_line(
            f"{row.session}: {row.mission} | {row.state} | {row.evidence}"
            + (f" | blocked: {row.blocker}" if row.blocker else "")
            + f" | next: {row.next}",
            max(width, 160),
        )
        for row in brief.rows
    ]
    return "\n".join([*lines, "", f"Attention: {brief.attention}"]).lstrip("\n")


def _joined(parts: Sequence[str], width: int) -> str:
    """Return *parts* side by side, on as many lines as *width* asks for."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} | {part}"
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return "\n".join(lines)


def _evidence(view: SessionView) -> str:
    """Return what a state rests on: the last action with its age, or why it is as it is."""
    when = view.evidence.get("event_age_seconds")
    seen = f"{age(when)} ago" if isinstance(when, int | float) else ""
    why = str(view.evidence.get("why") or "")
    if view.state is State.WORKING and view.last_action:
        return f"{view.last_action} ({seen})"
    return f"{why} ({seen})" if seen else why


def facts(body: dict[str, object]) -> str:
    """Render one thing's facts, a line each, long texts below their name."""
    width = max(map(len, body))
    lines = []
    for name, value in body.items():
        if value in (None, "", [], {}):
            continue
        text = plain(_fact(value))
        if "\n" in text:
            inner = "\n".join(f"  {line}" for line in text.splitlines())
            lines.append(f"{name}:\n{inner}")
        else:
            lines.append(f"{name:<{width}}  {text}")
    return "\n".join(lines)


def _fact(value: object) -> str:
    """Return *value* as words: the parts of a mapping or a list side by side."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in value.items() if part is not None)
    if isinstance(value, list | tuple):
        return "; ".join(_fact(part) for part in value)
    return str(value)
