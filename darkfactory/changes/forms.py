"""What of a test in any language never runs, what it lets pass, and the rows it is run with."""

import re
from collections.abc import Iterator

_LONGEST_TABLE = 4000
_MOST_ROWS = 200
_RETURN = re.compile(r"^(?P<indent>[ \t]+)return\b;?[ \t]*$", re.MULTILINE)
_NEVER = re.compile(
    r"^(?P<indent>[ \t]*)if[ \t]*\(?[ \t]*(?:false|0|False)[ \t]*\)?(?=[ \t{:])", re.MULTILINE
)
_LEAD = re.compile(r"[ \t]*")
_TABLE = re.compile(
    r"\.each\s{0,9}\(\s{0,9}(?=\[)|\[\](?:struct\s{0,9}\{[^{}]{0,500}\}|\w{1,80})\s{0,9}(?=\{)"
)
_RANGE = re.compile(r"\brange\b")
_NEAR = re.compile(
    r"(?:assertEquals|assertNotEquals|InDelta|_NEAR|in_delta|WithDelta|within|closeTo|Offset)\b"
    r"[^\n]*?[, (](?P<delta>\d+(?:\.\d*)?(?:[eE]-?\d+)?)[dfF]?\s*\)*$"
)
_DIGITS = re.compile(r"toBeCloseTo\([^\n]*,\s*(?P<digits>\d+)\s*\)")
_THREE = re.compile(r"assert\w*Equals\(([^,()]|\([^()]*\))*,([^,()]|\([^()]*\))*,")


def unreached(body: str) -> Iterator[tuple[int, int]]:
    """Yield where *body* cannot be reached: behind a bare ``return``, within ``if (false)``.

    What belongs together is told by how far it is indented.
    """
    for one in _RETURN.finditer(body):
        yield one.end(), _end(body, one.end(), len(one["indent"]))
    for one in _NEVER.finditer(body):
        line_end = body.find("\n", one.end())
        end = line_end if line_end >= 0 else len(body)
        yield one.end(), _end(body, end, len(one["indent"]) + 1)


def _end(body: str, start: int, indent: int) -> int:
    """Return where the lines behind *start* end that are indented by *indent* at least."""
    at = start
    while (line_end := body.find("\n", at)) >= 0:
        lead = _LEAD.match(body, line_end + 1)
        begins = lead.end() if lead else line_end + 1
        if begins < len(body) and body[begins] != "\n" and begins - line_end - 1 < indent:
            return line_end
        at = line_end + 1
    return len(body)


def rows_of(body: str) -> tuple[str, ...] | None:
    """Return the rows of the first written table of *body*, None where it has none."""
    table = _TABLE.search(body)
    if table is None or (table[0].startswith("[]") and not _RANGE.search(body)):
        return None
    rows, depth, begun = [], 0, table.end() + 1
    for at in range(table.end(), min(len(body), table.end() + _LONGEST_TABLE)):
        letter = body[at]
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 or (depth == 1 and letter == ","):
            row = " ".join(body[begun:at].split())
            rows += [row] if row else []
            begun = at + 1
        if depth == 0:
            return tuple(rows[:_MOST_ROWS])
    return None


def tolerance_of(text: str) -> float:
    """Return how far the check *text* lets a value be off, 0 where it is exact."""
    digits = _DIGITS.search(text)
    if digits:
        return float(10.0 ** -min(int(digits["digits"]), 300) / 2)
    near = _NEAR.search(text)
    if near is None or ("Equals(" in text and not _THREE.search(text)):
        return 0.0
    return float(near["delta"])
