"""Doubt by place: edits outside of what the lane owns, or of more files than it ever takes."""

from collections import deque
from collections.abc import Iterator

from darkfactory.domain.globs import matching
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.signal import MOST_EVENTS, Signal, signal
from darkfactory.waffle.usual import Usual

_PATHS = 32
_FILES = 96
_ALLOWED = 1
_FEWEST = 4


class Scope:
    """The family ``scope``: which files were edited, and which of them lie outside."""

    def __init__(self) -> None:
        self.owns: tuple[str, ...] = ()
        """Globs of the lane's own paths; empty: all."""
        self.files = 0
        """How many files were edited; one that comes back after many others counts again."""
        self._known = Seen(_FILES)
        self._latest: deque[int] = deque(maxlen=MOST_EVENTS)
        self._most: float | None = None
        self._outside: Recent[str, int] = Recent(_PATHS)

    def expect(self, usual: Usual | None) -> None:
        """Hold it against what is *usual* from here on; None: any number of files is."""
        self._most = usual.files.p95 if usual and usual.files else None

    def is_first(self, index: int, path: str) -> bool:
        """Take an edit of the file *path* at event *index*; tell whether it is the first of it."""
        first = self._known.is_new(hash(path))
        if first:
            self.files += 1
            self._latest.append(index)
        if self.owns and path and matching(path, self.owns) is None:
            self._outside.put(path, index)
        return first

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        count = len(self._outside)
        outside = (count - _ALLOWED) / 4
        most = self._most
        many = 0.0 if most is None else (self.files - most) / max(_FEWEST, most)
        if outside > 0 and outside >= many:
            because = f"{count} files were edited that the lane does not own"
            yield signal("drift", outside, tuple(self._outside.values()), because)
        elif many > 0:
            because = f"{self.files} files were edited; 95 of 100 sessions of the lane edit no more"
            yield signal("drift", many, tuple(self._latest), f"{because} than {most:g}")
