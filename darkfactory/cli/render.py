"""What people see: functions from values to text, so that a golden file can hold a screen.

Each takes the columns of the terminal; None is a pipe, where nothing is cut.
"""

from collections.abc import Sequence

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat, width_of
from darkfactory.cli.sparkline import BLOCKS, sparkline
from darkfactory.cli.words import age, count, state_word, without
from darkfactory.domain.item import Plan
from darkfactory.domain.session import State
from darkfactory.factory.status import AtTheGate, LaneCount, Status, stopped_words
from darkfactory.factory.untriaged import untriaged_words
from darkfactory.sessions.view import SessionView

_WIDTH = 80
_PLAN = (
    Column("RANK", right=True),
    Column("ITEM"),
    Column("LANE"),
    Column("PRIO", spare=1),
    Column("TITLE"),
)
_SESSION = (
    Column("SESSION"),
    Column("LANE", spare=3),
    Column("STATE"),
    Column("TIME", spare=4, right=True),
    Column("SEEN", right=True),
    Column("TOKENS", spare=2, right=True),
    Column("WAFFLE", spare=1, right=True),
    Column("RISK", spare=3, right=True),
    Column("EVIDENCE"),
)
_DOUBT = (Column("WAFFLING"), Column("ASKS FOR"), Column("BECAUSE"))
_DOUBTED = 3
_SCORES = 6
_ALWAYS = ("todo", "working", "waiting", "landed", "bounced", "failed")
_SELDOM = ("reported", "cancelled", "closed")
_LANE = 16
"""How much of a lane's name the places beside it leave at least."""


def plan_table(plan: Plan, *, width: int | None = _WIDTH) -> str:
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
    text = table(_PLAN, rows, width=width)
    if plan.unassigned:
        left = [(row.item.id, "; ".join(row.reasons)) for row in plan.unassigned]
        columns = (Column("NO LANE"), Column("BECAUSE"))
        text += "\n\n" + table(columns, left, width=width, whole=True)
    return text


def lane_table(lanes: Sequence[LaneCount], *, width: int | None = _WIDTH) -> str:
    """Render how many items of each lane stand where; rare places only where there are any.

    Places that do not fit beside the others have a table of their own below, with the lanes that
    have something there.
    """
    seldom = [name for name in _SELDOM if any(getattr(lane, name) for lane in lanes)]
    first, *more = _side_by_side([*_ALWAYS, *seldom], lanes, width)
    tables = [_counts(lanes, first, width)]
    for names in more:
        found = [lane for lane in lanes if any(getattr(lane, name) for name in names)]
        if found:
            tables.append(_counts(found, names, width))
    return "\n\n".join(tables)


def _side_by_side(
    names: Sequence[str], lanes: Sequence[LaneCount], width: int | None
) -> list[list[str]]:
    """Return the places in groups, each of which *width* has room for beside a lane's name."""
    if width is None:
        return [list(names)]
    lane = min(_LANE, max((width_of(lane.name) for lane in lanes), default=0))
    groups: list[list[str]] = [[]]
    for name in names:
        if lane + sum(2 + len(one) for one in (*groups[-1], name)) > width and groups[-1]:
            groups.append([])
        groups[-1].append(name)
    return groups


def _counts(lanes: Sequence[LaneCount], names: Sequence[str], width: int | None) -> str:
    columns = (Column("LANE"), *(Column(name.upper(), right=True) for name in names))
    rows = [
        (lane.name or "(no lane)", *(str(getattr(lane, name) or ".") for name in names))
        for lane in lanes
    ]
    return table(columns, rows, width=width)


def session_table(
    sessions: Sequence[SessionView], *, width: int | None = _WIDTH, marks: str = BLOCKS
) -> str:
    """Render sessions with the evidence for what they are said to do.

    Args:
        marks: What the terminal can draw the score over time with; a pipe has the score alone.
    """
    rows = [
        (
            view.id,
            view.lane,
            state_word(view.outcome or view.state),
            age(view.age_seconds),
            age(view.evidence.get("event_age_seconds")),
            count(view.tokens),
            _waffle(view, marks if width is not None else ""),
            "" if view.risk is None else f"{view.risk:.2f}",
            view.last_action if _acts(view) else _why(view),
        )
        for view in sessions
    ]
    return table(_SESSION, rows, width=width)


def doubt_table(sessions: Sequence[SessionView], *, width: int | None = _WIDTH) -> str:
    """Render why sessions are doubted, the most doubtful first; empty where none is."""
    doubted = [view for view in sessions if view.is_doubted]
    doubted.sort(key=lambda view: -(view.waffle or 0.0))
    if not doubted:
        return ""
    shown = doubted if width is None else doubted[:_DOUBTED]
    rows = [(view.id, view.waffle_action.upper(), view.waffle_because) for view in shown]
    more = len(doubted) - len(shown)
    text = table(_DOUBT, rows, width=width)
    return f"{text}\nand {more} more: df sessions show SESSION tells why" if more else text


def status_screen(status: Status, *, width: int | None = _WIDTH, marks: str = BLOCKS) -> str:
    """Render the whole factory."""
    homeless = [status.no_lane] if status.no_lane != LaneCount("") else []
    parts = [lane_table([*status.lanes, *homeless], width=width)]
    open_ones = [view for view in status.sessions if view.state is not State.ENDED]
    if open_ones:
        parts.append(session_table(open_ones, width=width, marks=marks))
        parts += filter(None, [doubt_table(open_ones, width=width)])
    said = status_line(status, width=width)
    if status.stopped and not status.running:
        said += f"\n{stopped_words(status.stopped)}"
    if status.untriaged:
        said += f"\n{untriaged_words(status.untriaged)}"
    if status.held:
        said += f"\nnothing new starts: {status.held}"
    for one in status.demoted:
        said += f"\n{flat(one.words)}"
    if status.frozen is not None:
        said += f"\n{flat('landing is frozen: ' + status.frozen['reason'])}"
    if status.left is not None:
        said += f"\n{status.left.words}"
    return "\n\n".join([*parts, said])


def status_line(status: Status, *, width: int | None = _WIDTH) -> str:
    """Return what holds for the whole factory, side by side where *width* allows it."""
    limit = f" of {status.brain_space}" if status.brain_space else ""
    said = (
        _of_run(status),
        _of_gate(status.gate),
        f"open decisions: {status.open_decisions}{limit}",
        *_reading(status),
        *_spent(status),
    )
    return _joined(said, width)


def _reading(status: Status) -> list[str]:
    """Return how much review waits, where it is limited."""
    budget = status.review.budget
    return [f"review: {status.review.minutes:.0f} of {budget} min"] if budget else []


def _of_run(status: Status) -> str:
    if status.suspended is not None:
        return f"df run is stopped by a signal: kill -CONT {status.suspended}"
    return "df run works" if status.running else "df run is not running"


def _of_gate(gate: AtTheGate) -> str:
    oldest = f", the oldest for {age(gate.oldest_seconds)}" if gate.waiting else ""
    others = ("deferred", "checking", "approved")
    said = [f", {number} {name}" for name in others if (number := getattr(gate, name))]
    return f"gate: {gate.waiting} waiting{oldest}{''.join(said)}"


def _why(view: SessionView) -> str:
    return without(str(view.outcome), str(view.evidence.get("why") or ""))


def _waffle(view: SessionView, marks: str) -> str:
    """Return the score behind what it was before; nothing where nothing was ever doubted."""
    if not view.waffle and not any(view.waffle_scores):
        return ""
    score = f"{view.waffle or 0.0:.2f}"
    drawn = sparkline(view.waffle_scores, marks=marks, most=_SCORES) if marks else ""
    return f"{drawn} {score}" if drawn else score


def _acts(view: SessionView) -> bool:
    return view.state is State.WORKING and bool(view.last_action)


def _spent(status: Status) -> list[str]:
    """Return what was used, against the limits of a run where there are any."""
    budget = status.budget
    said = [f"tokens: {count(budget['tokens_used'])}"]
    if budget["usd_used"]:
        said.append(f"USD: {budget['usd_used']:.2f}")
    if budget["tokens"]:
        said.append(f"run: {count(budget['run_tokens'])} of {count(budget['tokens'])} tokens")
    if budget["usd"]:
        said.append(f"run: {budget['run_usd']:.2f} of {budget['usd']:.2f} USD")
    return said


def _joined(parts: Sequence[str], width: int | None) -> str:
    """Return *parts* side by side, on as many lines as *width* asks for."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} | {part}"
        if width is None or len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return "\n".join(lines)
