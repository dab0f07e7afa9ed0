"""Threads that work for a screen, and the queue in which they tell it what came of it."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

News = TypeVar("News")


class Newsroom(Generic[News]):
    """A queue of news; its threads end with the program, whatever they wait for."""

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[News | Exception] = queue.SimpleQueue()

    def tell(self, news: News) -> None:
        """Put *news* behind those that wait."""
        self._news.put(news)

    def take(self) -> Iterator[News]:
        """Yield the news that are there now.

        Raises:
            Exception: What nobody foresaw, from the thread that met it.
        """
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, Exception):
                raise news
            yield news

    def start(self, work: Callable[..., None], *arguments: Any) -> None:
        """Begin *work* in a thread of its own."""
        threading.Thread(target=self._work, args=(work, *arguments), daemon=True).start()

    def _work(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 - raised again where the screen takes its news
            self._news.put(error)
