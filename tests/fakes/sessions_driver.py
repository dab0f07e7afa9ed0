"""Dark Factory as tests/session_conformance drives it: ``SESSIONS_DRIVER`` is this file."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.served import Served, serve
from tests.fakes.warm import Running
from tests.session_conformance.driver import WORDS, Driver

LANES = """\
version: 1
harness: {command: "true"}
limits: {lanes: 64, brain_space: 0}
notify:
  - on: [approval, waiting]
    command: 'echo "$DF_NOTIFY_FACT" >> "$HOME/told-$DF_NOTIFY_SESSION"'
agents: {mock: {kind: mock, script: mock.yaml}}
lanes:
  ask:
    {match: {labels: [ask]}, agent: mock, autonomy: suggest, sessions: 32, waffle: &patient
      {off: [burn, edit, error, harness, loop, scope, talk, truth]}}
  bugs: {match: {labels: [bug]}, agent: mock, autonomy: propose, sessions: 32, waffle: *patient}
"""
MOST = 24
_HALF = {"say": "Half of it.", "do": [{"read": "{cwd}/calc.py"}]}
_ENDLESS = [_HALF, {"say": "Thinking.", "sleep": 0.2, "forever": True}]
_ASKING = [{"say": "May I?", "do": [{"shell": "echo yes > answer.txt"}]}, {"say": "I might."}]


class FactoryDriver(Driver):
    """One factory with a server and an item for each session that is asked for."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._served: Served = serve(factory)
        self._run: Running | None = None
        self._started = 0
        super().__init__(self._served.url, self._served.token)

    def endless_session(self) -> str:
        return self._start("endless", "tool.finished")

    def asking_session(self) -> str:
        return self._start("asking", "approval.requested")

    def restart(self) -> None:
        self._served.process.kill()
        self._served.process.wait()
        self._served = serve(self._factory)

    def kill_agent(self, session: str) -> None:
        self.kill_orchestrator()  # or it would start another one
        os.kill(self._factory.host(session)["pid"], signal.SIGKILL)

    def kill_orchestrator(self) -> None:
        if self._run is not None:
            self._run.kill()
            self._run.wait()
        self._run = None

    def append_token(self, session: str) -> str:
        said = self._factory.json("serve", "token", "--scope", "append", "--session", session)
        return str(said["token"])

    def told_away(self, session: str) -> list[str]:
        told = Path(self._factory.environment["HOME"]) / f"told-{session}"
        return told.read_text().split() if told.exists() else []

    def _start(self, kind: str, until: str) -> str:
        """Start the next item of *kind* and return its session once the log tells *until*."""
        self.kill_orchestrator()  # one run at a time; what it has started goes on
        self._started += 1
        item = f"{kind}-{self._started:02}"
        self._run = self._factory.start("run", "--item", item)
        session = f"s-{item}-1"
        self._factory.wait_for(until, f"s/{session}")
        return session


def _script() -> dict[str, Any]:
    heard = {"turns": [{"say": "Heard."}]}
    told = [{"marker": words, **heard} for words in WORDS]
    kinds = [("endless", _ENDLESS), ("asking", _ASKING)]
    return {"sessions": [*({"marker": kind, "turns": turns} for kind, turns in kinds), *told]}


@contextmanager
def make_driver() -> Iterator[Driver]:
    """Give a factory and its server; all ends with it."""
    numbers = [f"{number:02}" for number in range(1, MOST)]
    items = [bug(f"endless-{number}") for number in numbers]
    items += [{**bug(f"asking-{number}"), "labels": ["ask"]} for number in numbers]
    with tempfile.TemporaryDirectory() as folder:
        factory = make_factory(Path(folder), _script(), items, lanes=LANES)
        try:
            yield FactoryDriver(factory)
        finally:
            factory.end()
