"""A Textual app while it runs: what its screen reads, and waiting for a fact on it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual.app import App, ScreenStackError
from textual.pilot import Pilot

_LOOKS = 400
_BETWEEN_SECONDS = 0.01


View = TypeVar("View", bound=App[Any])


class Screen(Generic[View]):
    """*view* as *pilot* drives it."""

    def __init__(self, view: View, pilot: "Pilot[Any]") -> None:
        self.view = view
        self.pilot = pilot

    @property
    def shown(self) -> str:
        """The whole screen as its cells read; empty where the app has left and nothing stands."""
        try:
            strips = self.view.screen._compositor.render_strips()
        except ScreenStackError:
            return ""
        return "\n".join("".join(part.text for part in strip) for strip in strips)

    async def until(self, fact: Callable[[], bool]) -> None:
        """Return once *fact* is true."""
        for _ in range(_LOOKS):
            if fact():
                return
            await self.pilot.pause(_BETWEEN_SECONDS)
        raise AssertionError(f"it never came true; the screen:\n{self.shown}")

    async def sees(self, *texts: str) -> None:
        """Return once the screen shows all *texts*."""
        await self.until(lambda: all(text in self.shown for text in texts))

    async def asked(self, kind: type) -> None:
        """Return once a screen of *kind* is in front."""
        await self.until(lambda: isinstance(self.view.screen, kind))
