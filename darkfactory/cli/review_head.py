"""The lines around a change on the review screen: its head, the list of all, the keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.output import cut, flat, padded, width_of
from darkfactory.cli.words import age
from darkfactory.domain.counting import counted
from darkfactory.factory.review import Opened, Waiting

KEYS = "a approve  r rework  c comment  x close  d defer  n/p next  space seen  ? keys"
LONG_KEYS = (
    "a  approve: it lands meanwhile        r  rework: words and comments",
    "c  comment on the line of the cursor  x  close without landing",
    "d  defer to another time              n p  next change, one before",
    "Tab  next hunk, Shift-Tab one before  space  mark it seen, go on",
    "v  unfold a file, fold it again       w  all of it, or what is new",
    "o  open the diff in your pager        Enter  read what has moved",
    "b  one yes to several of its lane     u  take your last yes back",
    "j k PgUp PgDn g G  move               Escape  the list, or back",
    "?  these keys                         q  leave; what is approved lands",
)
_RISK_WORDS = {True: "HARD", False: ""}
_OPENED = {
    (False, False): "",
    (False, True): "FIRST",
    (True, False): "opened",
    (True, True): "opened",
}
"""What is said of a change that was opened, and drawn to be."""


def head_line(opened: Opened | None, waiting: Sequence[Waiting], place: int, width: int) -> str:
    """Return the line that says which change of how many is open, in *width* columns."""
    if opened is None:
        return cut("nothing waits for your verdict" if not waiting else "reading …", width)
    change = opened.change
    hard = next((one.hard for one in waiting if one.id == opened.id), False)
    parts = [
        _RISK_WORDS[hard],
        f"risk {change['risk']['score']:.2f}",
        age(change["age_seconds"]),
        f"{place + 1} of {len(waiting)}" if waiting else "waits no more",
    ]
    right = "  ".join(part for part in parts if part)
    left = cut(f"{flat(opened.id)}  {flat(str(change['title']))}", max(10, width - len(right) - 2))
    return left + " " * max(2, width - width_of(left) - len(right)) + right


def list_rows(waiting: Sequence[Waiting], *, width: int = 70) -> list[tuple[str, str]]:
    """Return what waits as rows of a list, each with its id."""
    lanes = max((len(one.lane) for one in waiting), default=0)
    return [
        (
            one.id,
            cut(
                f"{one.risk:.2f} {padded(one.lane, min(lanes, 12))} {_word(one):<4} "
                f"{flat(one.id)}  {flat(one.title)}",
                width,
            ),
        )
        for one in waiting
    ]


def side_lines(waiting: Sequence[Waiting], current: str | None, width: int, height: int) -> str:
    """Return the part of the list around the *current* change, in *height* lines."""
    at = next((number for number, one in enumerate(waiting) if one.id == current), 0)
    first = max(0, min(at - height // 2, len(waiting) - height))
    lines = [
        cut(
            f"{'>' if one.id == current else ' '} {one.risk:.2f} {_word(one):<4} {flat(one.id)}",
            width,
        )
        for one in waiting[first : first + height]
    ]
    return "\n".join(lines)


def batch_lines(told: Mapping[str, Any], *, width: int = 70) -> list[str]:
    """Return a line for each change that one yes would cover, then what it leaves out and why."""
    names = max((width_of(flat(row["id"])) for row in told["changes"]), default=0)
    taken = [
        f"{_OPENED[bool(row['opened']), bool(row['drawn'])]:<6} {padded(flat(row['id']), names)} "
        f"{counted(row['files'], 'file')} +{row['added']} -{row['removed']}  {flat(row['title'])}"
        for row in told["changes"]
    ]
    left = [f"{flat(row['id'])} by itself: {flat(row['reason'])}" for row in told["left_out"]]
    return [cut(line, width) for line in (*taken, *left)]


def _word(waiting: Waiting) -> str:
    if waiting.hard:
        return "HARD"
    return "ok" if waiting.green else "RED"
