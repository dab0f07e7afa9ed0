"""What a person reads who comes back: a line a session, then where attention belongs."""

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import width_of
from darkfactory.cli.prose import wrapped
from darkfactory.cli.words import age, shortened, state_word
from darkfactory.factory.brief import Brief
from darkfactory.factory.brief_row import BriefRow

_WIDTH = 80
_ENDLESS = 1 << 20
_INDENT = 4
_COLUMNS = tuple(
    map(Column, ("SESSION", "STATE", "MISSION", "EVIDENCE", "SEEN", "RISK", "BLOCKER", "NEXT"))
)


def brief_screen(brief: Brief, *, width: int | None = _WIDTH) -> str:
    """Render one line a session, a paragraph where a terminal is too narrow for one."""
    attention = "\n".join(wrapped("Attention: ", brief.attention, width, hang=_INDENT))
    if not brief.rows:
        return attention
    text = table(_COLUMNS, [_cells(row) for row in brief.rows], width=width and _ENDLESS)
    if width is not None and max(map(width_of, text.splitlines())) > width:
        text = "\n".join(_paragraph(row, width) for row in brief.rows)
    return f"{text}\n\n{attention}"


def _cells(row: BriefRow) -> tuple[str, ...]:
    return (
        row.session or row.item,
        state_word(row.state),
        row.mission,
        shortened(row.evidence),
        _seen(row),
        _risk(row),
        row.blocker,
        row.next,
    )


def _paragraph(row: BriefRow, width: int) -> str:
    """Return the mission, and below it where it stands, what that rests on and what is next."""
    seen = f", last event {_seen(row)}" if row.seen_seconds is not None else ""
    parts = [
        state_word(row.state),
        f"{shortened(row.evidence)}{seen}",
        _risk(row) and f"risk {_risk(row)}",
        row.blocker and f"blocker: {row.blocker}",
        f"next: {row.next}",
    ]
    told = " | ".join(part for part in parts if part)
    head = wrapped(f"{row.session or row.item}: ", row.mission, width, hang=_INDENT)
    return "\n".join([*head, *wrapped(" " * _INDENT, told, width)])


def _seen(row: BriefRow) -> str:
    return "" if row.seen_seconds is None else f"{age(row.seen_seconds)} ago"


def _risk(row: BriefRow) -> str:
    """Return the chance that what runs will fail; of what has ended, its end tells more."""
    if row.offset is None:
        return ""
    return "not calibrated" if row.risk is None else f"{row.risk:.2f}"
