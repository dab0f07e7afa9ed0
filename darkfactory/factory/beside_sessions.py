"""Checks that run beside sessions: a watch for each session, threads and a tester for all."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.line import Line
from darkfactory.gate.testing import HarnessTester
from darkfactory.harness.wanted import Wanted
from darkfactory.processes.probe import probe
from darkfactory.sessions.hosts import HostState, find_host

T = TypeVar("T")


class BesideSessions:
    """What one kind of checks runs on, up to *at_once* of them.

    Args:
        name: Who tells what they find, in the logs of sessions.
        wanted: Who waits for their harness runs.
    """

    def __init__(self, line: Line, name: str, *, at_once: int, wanted: Wanted) -> None:
        self._line = line
        self._name = name
        self._wanted = wanted
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._tester: HarnessTester | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anybody has asked for the tester."""
        return self._tester is not None

    @property
    def tester(self) -> HarnessTester:
        """A runner of its own, so that it can be ended alone and holds up no gate."""
        if self._tester is None:
            line, wanted = self._line, self._wanted
            self._tester = HarnessTester(
                line.state, line.settings, line.hub, probe(), wanted=wanted
            )
        return self._tester

    @asynccontextmanager
    async def watching(self, watch: Coroutine[None, None, None]) -> AsyncIterator[None]:
        """Let *watch* go on for as long as the block does."""
        task = asyncio.ensure_future(watch)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def run(self, work: Callable[[], T]) -> T:
        """Do *work* in a thread once one is free."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def tell(self, session: str, type_: str, data: Mapping[str, object], *, durable: bool) -> None:
        """Tell it in the log of *session*, unless that is over.

        Raises:
            DiskFull: If the disk has no room.
        """
        if find_host(os.fspath(self._line.state.session(session))).state is HostState.ALIVE:
            log = Stream(self._line.state.streams, f"s/{session}")
            writer = Writer(log, producer=self._name, session=session, once=True)
            writer.write(type_, dict(data), durable=durable)

    def stop(self) -> None:
        """End what runs and begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._tester is not None:
            self._tester.stop()
