"""The lines of a Markdown checklist: which are items, which belong to one, and which are neither.

As GitHub shows it: code and comments are no items, and a box that is indented below another one is
a step of that. What looks like work and becomes no item is kept by line, so that it can be said.
"""

import re
from dataclasses import dataclass, field

_MARKER = r"(?:[-*+]|\d{1,9}[.)])"
_BOX = re.compile(rf"[ \t]*{_MARKER}[ \t]+\[(?P<mark>[ xX])\](?:[ \t]+(?P<title>.*))?")
# `- []`, `-[ ]`, `- [-]`, `[ ]`, `> - [ ]`, but no link and no footnote.
_NEARLY = re.compile(rf"[ \t>]*(?:{_MARKER}[ \t]*\[[^\[\]]?\]|\[[ xX]?\])(?![(:\[])")
_BULLET = re.compile(rf"[ \t]*{_MARKER}[ \t]+(?P<text>\S.*)")
_RULE = re.compile(r"[ \t]*([-*])(?:[ \t]*\1){2,}[ \t]*")
_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_STEP_INDENT = 2


@dataclass(slots=True)
class Box:
    """A box that is an item: where it stands, and the lines that are indented below it.

    *heads* are the entries without a box that it is indented below, outermost first.
    """

    line: int
    indent: int
    title: str
    closed: bool
    heads: tuple[str, ...]
    below: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    """The lines below that are open boxes."""


@dataclass(slots=True)
class Checklist:
    """What the lines of a text are. Everything but *boxes* holds numbers of lines."""

    boxes: list[Box] = field(default_factory=list)
    bullets: list[int] = field(default_factory=list)
    """Entries of lists that have no box, and head no entry that has one."""
    nearly: list[int] = field(default_factory=list)
    """Boxes that are written wrongly."""
    hidden: list[int] = field(default_factory=list)
    """Boxes behind the start of code or of a comment that never ends."""


def has_box(text: str) -> bool:
    """Tell whether *text* has a line with a box."""
    return any(_BOX.fullmatch(line) for line in text.split("\n"))


def read_boxes(text: str) -> Checklist:
    """Return what the lines of *text* are."""
    reader = _Reader()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        reader.take(number, line)
    return reader.end()


def width(line: str) -> int:
    """Return how far *line* is indented; a tab reaches to the next multiple of four."""
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))


@dataclass(slots=True)
class _Head:
    """A bullet without a box, which boxes may stand below."""

    line: int
    indent: int
    text: str
    has_box: bool = False


class _Reader:
    def __init__(self) -> None:
        self._found = Checklist()
        self._item: Box | None = None
        self._closing: re.Pattern[str] | None = None  # what ends the code or comment we are in
        self._hidden: list[int] = []
        self._heads: list[_Head] = []

    def take(self, number: int, line: str) -> None:
        """Tell what the next line is."""
        if self._item is not None and line.strip() and not self._is_below(line):
            self._item = self._closing = None  # code inside of an item ends with it
        if self._item is not None:
            self._item.below.append(line)
        if self._closing is not None:
            self._skip(number, line)
        elif (closing := _closing(line)) is not None:
            self._closing, self._hidden = closing, []
        else:
            self._sort(number, line)

    def end(self) -> Checklist:
        """Return everything that was found."""
        self._close_heads(0)
        if self._closing is not None:
            self._found.hidden = self._hidden
        return self._found

    def _is_below(self, line: str) -> bool:
        """Tell whether *line* is a part of the item; an entry that hardly is indented is none."""
        deeper = width(line) - (self._item.indent if self._item else 0)
        entry = _BULLET.match(line) or _NEARLY.match(line)
        return deeper >= (_STEP_INDENT if entry and self._closing is None else 1)

    def _skip(self, number: int, line: str) -> None:
        if self._closing is not None and self._closing.search(line):
            self._closing = None
        elif self._item is None and _BOX.fullmatch(line):
            self._hidden.append(number)

    def _sort(self, number: int, line: str) -> None:
        box = _BOX.fullmatch(line)
        if self._item is not None:
            if box is not None and box["mark"] == " ":
                self._item.steps.append(number)
            elif box is None and self._item.closed and _NEARLY.match(line):
                self._found.nearly.append(number)
        elif box is not None:
            self._begin(number, line, box)
        elif _NEARLY.match(line):
            self._found.nearly.append(number)
        elif (bullet := _BULLET.fullmatch(line)) and not _RULE.fullmatch(line):
            self._close_heads(width(line))
            self._heads.append(_Head(number, width(line), bullet["text"].rstrip(": \t")))
        elif line.strip() and width(line) == 0:
            self._close_heads(0)

    def _begin(self, number: int, line: str, box: re.Match[str]) -> None:
        self._close_heads(width(line))
        for head in self._heads:
            head.has_box = True
        heads = tuple(head.text for head in self._heads)
        closed = box["mark"] != " "
        self._item = Box(number, width(line), box["title"] or "", closed, heads)
        self._found.boxes.append(self._item)

    def _close_heads(self, indent: int) -> None:
        """Forget the bullets that can head nothing any more; plain are those that never did."""
        while self._heads and self._heads[-1].indent >= indent:
            head = self._heads.pop()
            if not head.has_box:
                self._found.bullets.append(head.line)


def _closing(line: str) -> re.Pattern[str] | None:
    """Return what ends the code or comment that *line* starts, or None where it starts neither."""
    fence = _FENCE.fullmatch(line)
    if fence is not None and not ("`" in fence["fence"] and "`" in fence["info"]):
        return re.compile(rf"^[ \t]*{fence['fence']}{fence['fence'][0]}*[ \t]*$")
    if line.lstrip().startswith("<!--") and "-->" not in line:
        return re.compile("-->")
    return None
