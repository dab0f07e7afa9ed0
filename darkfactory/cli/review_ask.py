"""What the review screen asks in boxes of their own: words, a choice, taste, a list, the keys."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from darkfactory.cli.output import plain

_BOX = """
{name} {{ align: center middle; }}
{name} > Vertical {{ width: 76; max-width: 100%; height: auto; max-height: 90%;
    border: round ansi_cyan; padding: 0 1; }}
{name} Input {{ border: none; height: 1; padding: 0; }}
{name} VerticalScroll {{ height: auto; max-height: 14; }}
{name} OptionList {{ border: none; height: auto; max-height: 16; padding: 0; }}
"""

_BACK = ("escape", "ctrl+c")  # who wants out of the command presses the second


def _line(text: str) -> Static:
    return Static(plain(text), markup=False)


class Words(ModalScreen[str | None]):
    """Asks for words in one line; Escape is no answer.

    *value* stands there already; when it is only the *usual* one, typing takes its place.
    """

    CSS = _BOX.format(name="Words")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "back", priority=True)]

    def __init__(
        self, title: str, *, lines: Sequence[str] = (), value: str = "", usual: bool = False
    ) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._value = value
        self._usual = usual

    def compose(self) -> ComposeResult:
        """Lay out the question and the line."""
        with Vertical():
            yield _line(self._title)
            for text in self._lines:
                yield _line(text)
            yield Input(self._value, select_on_focus=self._usual)
            yield Label("Enter sends it, Escape goes back", markup=False)

    def on_input_submitted(self, typed: Input.Submitted) -> None:
        """Take what was typed."""
        self.dismiss(typed.value.strip())

    def action_back(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class Pick(ModalScreen[str | None]):
    """Asks for one of some keys; Escape is no answer, and no other key is one."""

    CSS = _BOX.format(name="Pick")

    def __init__(self, title: str, keys: Mapping[str, str], *, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self._title = title
        self._keys = keys
        self._lines = lines
        self._is_answered = False

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical():
            yield _line(self._title)
            with VerticalScroll(can_focus=False):
                for text in self._lines:
                    yield _line(text)
            for key, words in self._keys.items():
                yield _line(f"{key}  {words}")
            yield _line("Escape goes back")

    def on_key(self, event: Key) -> None:
        """Take the first key that is an answer: more of them may wait behind it."""
        event.stop()
        scroll = {"down": 1, "up": -1, "pagedown": 9, "pageup": -9}.get(event.key)
        if scroll is not None:
            self.query_one(VerticalScroll).scroll_relative(y=scroll, animate=False)
        if not self._is_answered and (event.key in (*self._keys, *_BACK)):
            self._is_answered = True
            self.dismiss(event.key if event.key in self._keys else None)


class Taste(ModalScreen[dict[int, bool] | None]):
    """Asks the taste lines of a lane one after the other; none has to be answered."""

    CSS = _BOX.format(name="Taste")

    def __init__(self, questions: Sequence[str]) -> None:
        super().__init__()
        self._questions = questions
        self._answers: dict[int, bool] = {}
        self._at = 1
        self._lines = [Static(self._text(at), markup=False) for at in self._numbers()]

    def compose(self) -> ComposeResult:
        """Lay out all questions."""
        with Vertical():
            yield from self._lines
            yield _line("y yes  n no  space skips one  Enter skips the rest  Escape goes back")

    def on_key(self, event: Key) -> None:
        """Take an answer to the question that is marked."""
        event.stop()
        if self._at > len(self._questions):
            return  # all is answered; this key came behind the last answer
        if event.key in _BACK:
            self._at = len(self._questions) + 1
            self.dismiss(None)
            return
        if event.key in ("y", "n"):
            self._answers[self._at] = event.key == "y"
        elif event.key == "enter":
            self._at = len(self._questions)
        elif event.key != "space":
            return
        self._at += 1
        for at, line in zip(self._numbers(), self._lines, strict=True):
            line.update(self._text(at))
        if self._at == len(self._questions) + 1:
            self.dismiss(self._answers)

    def _numbers(self) -> range:
        return range(1, len(self._questions) + 1)

    def _text(self, at: int) -> str:
        mark = ">" if at == self._at else " "
        answer = {True: "yes", False: "NO", None: "   "}[self._answers.get(at)]
        return f"{mark} {answer:<3} {plain(self._questions[at - 1])}"


class Choose(ModalScreen[str | None]):
    """Asks for one row of a list."""

    CSS = _BOX.format(name="Choose")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "back", priority=True)]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]], at: int) -> None:
        super().__init__()
        self._title = title
        self._rows = rows
        self._at = at

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical():
            yield _line(self._title)
            yield OptionList(
                *(Option(plain(text), id=name) for name, text in self._rows), markup=False
            )
            yield _line("Enter opens one, Escape goes back")

    def on_mount(self) -> None:
        """Begin at the row that is open."""
        self.query_one(OptionList).highlighted = self._at

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Take the chosen row."""
        self.dismiss(chosen.option_id)

    def action_back(self) -> None:
        """Choose none."""
        self.dismiss(None)
