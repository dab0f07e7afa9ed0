"""What the logs of many sessions have told so far: a long log is read once, not at every look."""

from pathlib import Path

from darkfactory.events.stream import Stream
from darkfactory.sessions.story import Story


class Stories:
    """The stories of the sessions whose logs lie below *streams*. One thread asks at a time."""

    def __init__(self, streams: Path) -> None:
        self._streams = streams
        self._known: dict[str, tuple[int, Story]] = {}

    def of(self, session: str) -> Story:
        """Return what the log of *session* tells up to now; the next call tells the same on."""
        stream = Stream(self._streams, f"s/{session}")
        position, story = self._known.pop(session, (0, Story()))
        if position > stream.end():  # it was lost and begun anew
            position, story = 0, Story()
        for behind, event in stream.read(position):
            story.tell(behind, event)
            position = behind
        self._known[session] = (position, story)
        return story
