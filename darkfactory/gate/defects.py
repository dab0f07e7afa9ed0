"""Known-bad edits of good lines, as a reviewer has to find them: pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from darkfactory.changes.paths import is_test

_KEY = "_live_9f86d081884c7d659a2feaa0c55ad015"


@dataclass(frozen=True, slots=True)
class Defect:
    """One edit: *rule* says what is wrong, *line* is 1-based, *text* the file with it."""

    path: str
    line: int
    rule: str
    text: str


_CODE: tuple[tuple[str, str, str], ...] = (
    ("off by one", r"\brange\((\w+)\)", r"range(\1 - 1)"),
    ("off by one", r" <= ", " < "),
    ("off by one", r" >= ", " > "),
    ("off by one", r" < ", " <= "),
    ("off by one", r" > ", " >= "),
    ("inverted condition", r"\bif not ", "if "),
    ("inverted condition", r" == ", " != "),
    ("inverted condition", r" && ", " || "),
    ("inverted condition", r" and ", " or "),
    ("dropped check", r"^(\s*)assert .*$", r"\1pass"),
    ("swallowed error", r"^(\s*)raise\b.*$", r"\1pass"),
    ("swallowed error", r"^(\s*)throw\b.*;\s*$", r"\1;"),
    ("wrong result", r"\breturn (\w[\w.]*) \+ ", r"return \1 - "),
    ("secret in the code", r"^([A-Z_]+) = .*$", rf'\g<0>\n\1_KEY = "sk{_KEY}"'),
)
_TESTS: tuple[tuple[str, str, str], ...] = (
    ("weakened test", r"^(\s*assert .+?) == .+$", r"\1"),
    ("weakened test", r"\.toBe\(.*\)", ".toBeDefined()"),
    ("weakened test", r"assertEqual\((.+?), .+\)$", r"assertTrue(\1)"),
)


def defects(path: str, text: str, added: range | list[int]) -> Iterator[Defect]:
    """Yield the defects that the *added* lines of a file can be given, the worst to see first.

    Args:
        added: 1-based numbers of the lines that the change brings.
    """
    lines = text.split("\n")
    for rule, pattern, instead in _TESTS if is_test(path) else _CODE:
        for number in added:
            line = lines[number - 1]
            worse = re.sub(pattern, instead, line, count=1)
            if worse != line:
                whole = [*lines[: number - 1], worse, *lines[number:]]
                yield Defect(path, number, rule, "\n".join(whole))
