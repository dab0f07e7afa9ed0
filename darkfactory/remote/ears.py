"""Listen to several streams of a server at once: a thread for each, one queue for whoever reads."""

import contextlib
import queue
import threading
from types import TracebackType
from typing import Self

from darkfactory.errors import FactoryError
from darkfactory.remote.batches import Batch
from darkfactory.remote.line import Line

_MOST_WAITING = 64
_LOOK_SECONDS = 0.5


class Ears:
    """What is heard of the streams that are listened to, until the ``with`` block is left."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard: queue.Queue[Batch | FactoryError] = queue.Queue(_MOST_WAITING)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.left.set()

    def listen(self, path: str, offset: str) -> None:
        """Listen to a stream behind *offset* from now on."""
        # A thread that waits for a server must not keep us from ending.
        threading.Thread(target=self._listen, args=(path, offset), daemon=True).start()

    def heard(self, seconds: float) -> Batch | None:
        """Return what comes next, None if nothing does for *seconds*.

        Raises:
            FactoryError: If a stream cannot be listened to.
        """
        try:
            found = self._heard.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if isinstance(found, FactoryError):
            raise found
        return found

    def _listen(self, path: str, offset: str) -> None:
        try:
            for batch in self._line.live(path, offset):
                if batch.told:
                    self._tell(batch)
        except FactoryError as error:
            self._tell(error)

    def _tell(self, what: Batch | FactoryError) -> None:
        while not self._line.left.is_set():
            with contextlib.suppress(queue.Full):
                self._heard.put(what, timeout=_LOOK_SECONDS)
                return
