"""Harness runs of prefixes in the background: started, stopped, asked for what they said."""

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from darkfactory.harness.run import Stopped

_T = TypeVar("_T")


class Runs(Generic[_T]):
    """Work that goes on in threads, one for each key. For one thread to use; close it."""

    def __init__(self, runners: int) -> None:
        self._threads = ThreadPoolExecutor(runners, thread_name_prefix="harness")
        self._going: dict[str, tuple[Future[_T], threading.Event]] = {}

    @property
    def going(self) -> Collection[str]:
        """The keys of what was started and neither stopped nor taken."""
        return self._going.keys()

    def start(self, key: str, work: Callable[[Stopped], _T]) -> None:
        """Begin *work*; it is handed what tells it to stop."""
        unwanted = threading.Event()
        self._going[key] = (self._threads.submit(work, unwanted.is_set), unwanted)

    def stop(self, key: str) -> None:
        """Let the work of *key* end without an answer."""
        future, unwanted = self._going.pop(key)
        unwanted.set()
        future.cancel()

    def take(self) -> dict[str, _T]:
        """Return what has been done since the last call, by key.

        Raises:
            Exception: What the work raised; what was stopped here is never asked.
        """
        done = [key for key, (future, _) in self._going.items() if future.done()]
        return {key: self._going.pop(key)[0].result() for key in done}

    def wait(self, seconds: float) -> None:
        """Return once something is done, or *seconds* have passed."""
        futures = [future for future, _ in self._going.values()]
        if futures:
            wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        """Stop all that goes on and wait for its end."""
        for key in list(self._going):
            self.stop(key)
        self._threads.shutdown(cancel_futures=True)
