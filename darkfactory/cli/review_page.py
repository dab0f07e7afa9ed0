"""One change as rows of a screen: facts, then the diff; which row is what stays known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from darkfactory.changes.hunks import PLAIN_FILE, Hunk, Row
from darkfactory.changes.reading import HunkKey, ReadingFile, folded_words
from darkfactory.changes.word_marks import Span, word_marks
from darkfactory.cli.output import plain, width_of
from darkfactory.cli.review_facts import fact_rows
from darkfactory.domain.counting import counted
from darkfactory.factory.review import Diff, Opened
from darkfactory.gate.comments import Comment

_MOST_ROWS = 5000
_LONGEST_LINE = 2000
_TAB = 4
_GUTTER = 9
_STYLES = {"+": "added", "-": "removed", " ": ""}

Part = tuple[str, str]
"""Some text, and the name of the style that it is shown in."""


@dataclass(frozen=True, slots=True)
class Code:
    """The row of a hunk that a row of the screen shows from *start* to *end*."""

    hunk: int
    at: int
    start: int
    end: int
    moved: bool


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row of the screen: *parts*, or the *code* that they are made of when it is drawn.

    *hunk* is the index of the hunk that it belongs to, *file* the path of its file. It is a *stop*
    for who goes from hunk to hunk.
    """

    parts: tuple[Part, ...] = ()
    code: Code | None = None
    hunk: int | None = None
    file: str = ""
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A hunk on the page: its rows are those from *first* to *last*, both counted."""

    key: HunkKey
    hunk: Hunk
    file: ReadingFile
    risky: bool
    first: int
    last: int


@dataclass(slots=True)
class Marks:
    """What a reader has done on a change: hunks seen, files unfolded, comments written."""

    seen: set[HunkKey] = field(default_factory=set)
    unfolded: set[str] = field(default_factory=set)
    comments: list[Comment] = field(default_factory=list)
    whole: bool = False
    """Whether all of it is shown, not only what is new to its reader."""


class Page:
    """All rows of one change at one width.

    Args:
        marks: What is shown as seen, unfolded and said.
    """

    def __init__(self, opened: Opened, marks: Marks, width: int) -> None:
        self.opened = opened
        self.rows: list[PageRow] = []
        self.hunks: list[Placed] = []
        self.more = 0
        self._marks = marks
        self._width = max(width, _GUTTER + 10)
        self._words: dict[int, dict[int, tuple[Span, ...]]] = {}
        for row in fact_rows(opened, self._width, whole=marks.whole):
            self.rows.append(PageRow((row,)))
        self._write_diff()

    def parts(self, at: int) -> tuple[Part, ...]:
        """Return the row *at* as it is drawn."""
        row = self.rows[at]
        if row.code is not None:
            return tuple(self._code_parts(row.code))
        if row.stop and row.hunk is not None:
            return (self._head_of(self.hunks[row.hunk]),)
        return row.parts

    def code_at(self, at: int) -> tuple[ReadingFile, Row] | None:
        """Return which line of which file the row *at* shows, None where it shows none."""
        code = self.rows[at].code
        if code is None:
            return None
        placed = self.hunks[code.hunk]
        return placed.file, placed.hunk.rows[code.at]

    def hunk_near(self, at: int, step: int) -> int | None:
        """Return the first row of the next hunk behind row *at*, or before it for a *step* of -1.

        Headers of folded files count, for there is something to be unfolded.
        """
        found = [number for number, row in enumerate(self.rows) if row.stop]
        if step > 0:
            return next((number for number in found if number > at), None)
        return next((number for number in reversed(found) if number < at), None)

    def _write_diff(self) -> None:
        diff = self._shown()
        if diff is None:
            self._say("", ("reading the diff …", "dim"))
            return
        for file_at, file in enumerate(diff.files):
            self._write_file(diff, file_at, file)
        self.more += diff.more
        if self.more:
            lines = counted(self.more, "more changed line")
            self._say("", (f"{lines}: o opens all", "warn"))
        if not diff.files:
            self._say("", ("nothing but the base has changed", "dim"))

    def _shown(self) -> Diff | None:
        opened = self.opened
        return opened.since if opened.since is not None and not self._marks.whole else opened.diff

    def _write_file(self, diff: Diff, file_at: int, file: ReadingFile) -> None:
        folded = file.folded and file.path not in self._marks.unfolded
        self._say(file.path, ("", ""))
        for number, parts in enumerate(_head_of(file, folded=folded)):
            self.rows.append(PageRow(parts, file=file.path, stop=folded and number == 0))
        for hunk_at, hunk in enumerate(() if folded else file.hunks):
            if len(self.rows) >= _MOST_ROWS:
                self.more += sum(row.mark != " " for row in hunk.rows)
            else:
                self._write_hunk(diff, (file_at, hunk_at), file, hunk)

    def _write_hunk(
        self, diff: Diff, place: tuple[int, int], file: ReadingFile, hunk: Hunk
    ) -> None:
        number, first = len(self.hunks), len(self.rows)
        key = (file.path, place[1])
        risky = file.is_risky(hunk)
        self.hunks.append(Placed(key, hunk, file, risky, first, first))
        self.rows.append(PageRow(hunk=number, file=file.path, stop=True))
        flags = file.flags_at(hunk)
        for row_at, row in enumerate(hunk.rows):
            if len(self.rows) >= _MOST_ROWS:
                self.more += sum(one.mark != " " for one in hunk.rows[row_at:])
                break
            self._write_row(number, row_at, row, moved=(*place, row_at) in diff.moved)
            for words in flags.get(row_at, ()):
                self._note(number, f"! {words}", "warn")
            self._write_comments(number, row)
        self.hunks[number] = Placed(key, hunk, file, risky, first, len(self.rows) - 1)

    def _head_of(self, placed: Placed) -> Part:
        """Return the line above a hunk as it is now: what is on the screen becomes seen."""
        box = "[seen]" if placed.key in self._marks.seen else "[    ]"
        mark = "  risky" if placed.risky else ""
        head = f"{box} line {placed.hunk.first}{mark}  {plain(placed.hunk.heading)}"
        return head.rstrip()[: self._width], "hunk"

    def _write_row(self, number: int, row_at: int, row: Row, *, moved: bool) -> None:
        placed = self.hunks[number]
        text = _shown_text(row.text)
        for start, end in _broken(text, self._width - _GUTTER):
            code = Code(number, row_at, start, end, moved)
            self.rows.append(PageRow(code=code, hunk=number, file=placed.file.path))

    def _write_comments(self, number: int, row: Row) -> None:
        for comment in self._marks.comments:
            if _is_on(comment, self.hunks[number].file, row):
                self._note(number, f"| {comment.text}", "asked")

    def _note(self, number: int, text: str, style: str) -> None:
        for start, end in _broken(plain(text), self._width - _GUTTER):
            shown = " " * (_GUTTER - 2) + plain(text)[start:end]
            self.rows.append(PageRow(((shown, style),), hunk=number))

    def _say(self, file: str, *parts: Part) -> None:
        self.rows.append(PageRow(parts, file=file))

    def _code_parts(self, code: Code) -> Iterator[Part]:
        row = self.hunks[code.hunk].hunk.rows[code.at]
        style = "moved" if code.moved else _STYLES[row.mark]
        number = f"{row.new or row.old:>5}" if code.start == 0 else " " * 5
        sign = f"{row.mark}{'m' if code.moved else ' '}" if code.start == 0 else "  "
        yield f"{number} {sign} ", "dim" if row.mark == " " or code.moved else style
        text = _shown_text(row.text)
        marks = () if code.moved or text != row.text else self._marks_of(code)
        at = code.start
        for start, end in marks:
            inside = (max(start, at), min(end, code.end))
            if inside[0] < inside[1]:
                yield text[at : inside[0]], style
                yield text[inside[0] : inside[1]], f"{style}_word"
                at = inside[1]
        yield text[at : code.end], style

    def _marks_of(self, code: Code) -> tuple[Span, ...]:
        """Return what differs in a row: asked when it is drawn, for most rows never are."""
        if code.hunk not in self._words:
            self._words[code.hunk] = word_marks(self.hunks[code.hunk].hunk.rows)
        return self._words[code.hunk].get(code.at, ())


def _head_of(file: ReadingFile, *, folded: bool) -> Iterator[tuple[Part, ...]]:
    """Yield what stands above the hunks of *file*, or in their place."""
    head = f"{plain(file.path)}  +{file.patch.changed('+')} -{file.patch.changed('-')}"
    said = "PROTECTED" if file.protected else file.kind
    said = f"{folded_words(file)}: v unfolds" if folded else said
    yield (f"== {head}  ", "file"), (said, "warn" if file.protected else "dim")
    if file.patch.old_path != file.path:
        yield ((f"   was {plain(file.patch.old_path)}", "dim"),)
    for note in file.patch.notes:
        yield ((f"   {plain(note.removesuffix(PLAIN_FILE))}", "dim"),)
    shown = {flag for hunk in file.hunks for flag in file.flags_of(hunk)}
    for flag in file.flags:
        if flag not in shown:
            yield ((f"   ! {plain(flag.words)}", "warn"),)


def _is_on(comment: Comment, file: ReadingFile, row: Row) -> bool:
    if comment.removed != (row.mark == "-"):
        return False
    path = file.patch.old_path if comment.removed else file.path
    return comment.path == path and comment.line == (row.old if comment.removed else row.new)


def _shown_text(text: str) -> str:
    """Return a line of code as it is shown: nothing a terminal obeys, tabs as blanks, an end."""
    shown = plain(text.rstrip("\r")).expandtabs(_TAB)
    if len(shown) <= _LONGEST_LINE:
        return shown
    return f"{shown[:_LONGEST_LINE]} … {len(shown) - _LONGEST_LINE} more characters: o opens all"


def _broken(text: str, width: int) -> Sequence[Span]:
    """Return the parts of *text* that fit into *width* columns each; at least one."""
    if len(text) <= width and text.isascii():
        return ((0, len(text)),)
    parts, start, columns = [], 0, 0
    for at, letter in enumerate(text):
        columns += width_of(letter)
        if columns > width:
            parts.append((start, at))
            start, columns = at, width_of(letter)
    return (*parts, (start, len(text)))
