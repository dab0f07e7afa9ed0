"""What of the text of a change is read, and what is too much of it.

Reading costs time by the token, whatever a text says, so what is read is bounded by them. What is
left out is named: nobody may take it for clean.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from darkfactory.changes.places import Place

_MOST_MARKS = 20_000
"""About 70 KiB of what a change alters in tests, and in code; a second of reading at most."""
_WIDEST_LINE = 10_000
_MARKS = "\n([{,.=@'\"`;<- "
_TOP = re.compile(r"^(?:(?P<mark>@)|[^\s)\]}#'\"@])", re.MULTILINE)
_DECLARES = re.compile(
    r"^[ \t]*+(?:(?P<mark>@|#\[|\[[A-Z])|[xf]?(?:it|test|specify|scenario)\b|TEST|(?:pub )?fn "
    r"|func |(?:public )?(?:function|void) |def )",
    re.MULTILINE,
)
_DEFINES = re.compile(r"(?:@[^\n]*\n)*+(?:async )?(?:def|class) (\w+)")
_DEF = re.compile(r"\bdef (\w+)")


@dataclass(frozen=True, slots=True)
class FileText:
    """A file on both sides of a change; None: it is not there, or could not be read.

    *helpers* are functions that check something and stand, the same on both sides, where the text
    was left blank.
    """

    path: str
    before: str | None
    after: str | None
    helpers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Readable:
    """The *files* that are read, and which are not, each with the reason."""

    files: tuple[FileText, ...]
    unread: tuple[Place, ...]


def readable(files: Iterable[FileText], *, most_marks: int = _MOST_MARKS) -> Readable:
    """Return *files* without what is the same on both sides, as far as that is not too much."""
    left = most_marks
    taken, unread = [], []
    for file in map(changed_only, files):
        needed = marks(file)
        if needed > left:
            unread.append(Place(file.path, 0, "is not read whole: it is too large"))
        elif _is_wide(file):
            unread.append(Place(file.path, 0, "is not read whole: its lines are too long"))
        else:
            left -= needed
            taken.append(file)
    return Readable(tuple(taken), tuple(unread))


def marks(file: FileText) -> int:
    """Return about how many tokens the longer side of *file* has, which is what reading costs."""
    return max(_marks(side or "") for side in (file.before, file.after))


def _marks(text: str) -> int:
    free = text.count("  ") + text.count("\n\n")
    return sum(map(text.count, _MARKS)) - free + len(text) // 16


def changed_only(file: FileText) -> FileText:
    """Return *file* with blank lines for the definitions that are the same on both sides.

    Only for what is defined once: another one of its name would take its place.
    """
    if not file.before or not file.after:
        return file
    is_python = file.path.endswith(".py")
    before, after = (_blocks(side, is_python=is_python) for side in (file.before, file.after))
    same = {name for name, text in before.items() if text and after.get(name) == text}
    helpers = frozenset(one for name in same if is_python for one in _helpers(before[name]))
    old, new = (
        _blanked(side, same, is_python=is_python) if same else side
        for side in (file.before, file.after)
    )
    return FileText(file.path, old, new, helpers)


def _is_wide(file: FileText) -> bool:
    sides = (file.before or "", file.after or "")
    return any(len(line) > _WIDEST_LINE for side in sides for line in side.split("\n"))


def _parts(text: str, *, is_python: bool) -> Iterator[tuple[str, str]]:
    """Yield *text* in parts, each with the name of what it defines, empty for none."""
    begins = _TOP if is_python else _DECLARES
    start, marked = 0, False
    for one in begins.finditer(text):
        if not marked:
            yield _named(text[start : one.start()], is_python=is_python)
            start = one.start()
        marked = one["mark"] is not None
    yield _named(text[start:], is_python=is_python)


def _named(part: str, *, is_python: bool) -> tuple[str, str]:
    if is_python:
        defined = _DEFINES.match(part)
        return (defined[1] if defined else ""), part
    declared = _DECLARES.match(part)
    return (part.partition("\n")[0] if declared else ""), part


def _blocks(text: str, *, is_python: bool) -> dict[str, str]:
    """Return what is defined by its names, empty for what is there twice."""
    found: dict[str, str] = {}
    for name, part in _parts(text, is_python=is_python):
        if name:
            found[name] = "" if name in found else part.rstrip()
    return found


def _blanked(text: str, names: set[str], *, is_python: bool) -> str:
    return "".join(
        "\n" * part.count("\n") if name in names else part
        for name, part in _parts(text, is_python=is_python)
    )


def _helpers(block: str) -> Iterable[str]:
    """Yield the functions of a block that check something and are no tests."""
    starts = [*_DEF.finditer(block)]
    ends = [*(one.start() for one in starts), len(block)][1:]
    for one, end in zip(starts, ends, strict=False):
        if not one[1].startswith("test") and "assert " in block[one.end() : end]:
            yield one[1]
