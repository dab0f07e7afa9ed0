"""What the commands share that take the whole terminal."""

import os
import select
import sys
from typing import Any, ClassVar

from textual.app import App
from textual.events import Event, InputEvent

_WATCH_SECONDS = 1.0


class WholeScreen(App[None]):
    """A screen in the terminal's own colours, which ends when its terminal is gone.

    A terminal that goes tells its command by SIGHUP. One that was started without a controlling
    terminal, or told to outlive it, would stay for ever and read the end of its input in a loop.
    """

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, **options: Any) -> None:
        super().__init__(ansi_color=True, **options)  # or NO_COLOR would turn all letters black

    def on_load(self) -> None:
        """Take the colours of the terminal, light or dark; watch whether it is there."""
        self.theme = "ansi-dark"
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            descriptor = sys.__stdin__.fileno()
            self.set_interval(_WATCH_SECONDS, lambda: self._mind(descriptor))

    async def on_event(self, event: Event) -> None:
        """Pass over what was typed behind the end: nothing stands any more that could take it."""
        if self.screen_stack or not isinstance(event, InputEvent):
            await super().on_event(event)

    def _mind(self, terminal: int) -> None:
        if hung_up(terminal):
            self.exit()


def hung_up(terminal: int) -> bool:
    """Tell whether nobody is at the other end of *terminal* any more."""
    try:
        poll = select.poll()
        poll.register(terminal, 0)  # nothing is asked for: a hang-up is told all the same
        return any(told & (select.POLLHUP | select.POLLNVAL) for _, told in poll.poll(0))
    except (AttributeError, OSError):  # a system without poll tells by SIGHUP or not at all
        return not os.isatty(terminal)
