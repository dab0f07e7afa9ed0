"""Doubt by place: edits outside of what the lane owns."""

from collections.abc import Iterator

from darkfactory.domain.globs import matching
from darkfactory.waffle.recent import Recent
from darkfactory.waffle.signal import Signal, signal

_PATHS = 32
_ALLOWED = 1


class Scope:
    """The family ``scope``: which files outside were edited."""

    def __init__(self) -> None:
        self.owns: tuple[str, ...] = ()
        """Globs of the lane's own paths; empty: all."""
        self._outside: Recent[str, int] = Recent(_PATHS)

    def changed(self, index: int, path: str) -> None:
        """Take an edit of the file *path* at event *index*."""
        if self.owns and path and matching(path, self.owns) is None:
            self._outside.put(path, index)

    def signals(self) -> Iterator[Signal]:
        """Yield the signal as it is now."""
        count = len(self._outside)
        if count > _ALLOWED:
            yield signal(
                "drift",
                (count - _ALLOWED) / 4,
                tuple(self._outside.values()),
                f"{count} files were edited that the lane does not own",
            )
