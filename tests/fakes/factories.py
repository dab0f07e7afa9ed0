"""A repository with a factory in it, driven through the real command in a process of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from darkfactory.domain.event import Event
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from tests.fakes import warm
from tests.fakes.repositories import make_repository
from tests.fakes.warm import Running

LANES = """\
version: 1
harness: {{command: "{harness}", timeout: 1m}}
limits: {{lanes: 8, brain_space: 0}}
agents:
  mock: {{kind: mock, script: mock.yaml}}
lanes:
  bugs: {{match: {{labels: [bug]}}, agent: mock, sessions: 8{extra}}}
  rest: {{default: true, agent: mock}}
"""

CALC = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
CHECK = "python3 -c 'import calc; assert calc.add(2, 2) == 4'"
HANG_SECONDS = 40.0


def edit_calc(marker: str, **more: Any) -> dict[str, Any]:
    """Return a script session that mends calc.py."""
    edit = {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a + b"}
    return {
        "marker": marker,
        "turns": [{"say": "Looking.", "do": [{"edit": edit}], **more}, {"say": "Fixed it."}],
    }


def write_note(marker: str, **more: Any) -> dict[str, Any]:
    """Return a script session that leaves a file named after its marker."""
    write = {"path": f"{{cwd}}/notes/{marker}.txt", "content": f"{marker}\n"}
    return {
        "marker": marker,
        "turns": [{"say": "Writing.", "do": [{"write": write}], **more}, {"say": "Written."}],
    }


@dataclass
class Factory:
    """One repository under test. Every process that is started is ended at the end."""

    root: Path
    started: list[Running] = field(default_factory=list)

    @property
    def state(self) -> StateFolder:
        return StateFolder(self.root / ".darkfactory")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root.parent / "home"),
            "LANG": "C.UTF-8",
            "DARKFACTORY_USER": "tester",
            "COLUMNS": "80",
        }

    def df(
        self,
        *arguments: str,
        expect: int | None = 0,
        env: Mapping[str, str] | None = None,
        seconds: float = HANG_SECONDS,
    ) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        environment = {**self.environment, **(env or {})}
        done = warm.run(arguments, cwd=self.root, env=environment, timeout=seconds)
        if expect is not None and done.returncode != expect:
            raise AssertionError(
                f"df {' '.join(arguments)} exited {done.returncode}, not {expect}\n"
                f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            )
        return done

    def json(self, *arguments: str, expect: int | None = 0) -> Any:
        """Run a reading command and return its JSON."""
        return json.loads(self.df(*arguments, "--json", expect=expect).stdout)

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdout: IO[str] | None = None,
        cwd: Path | None = None,
    ) -> Running:
        """Start a command and leave it running."""
        with (self.root.parent / "stderr.txt").open("a") as said:
            process = warm.start(
                arguments,
                cwd=cwd or self.root,
                env={**self.environment, **(env or {})},
                stdout=stdout or said,
                stderr=said,
            )
        self.started.append(process)
        return process

    def events(self, path: str = "factory") -> list[Event]:
        """Return the events of a stream."""
        return [event for _, event in Stream(self.state.streams, path).read()]

    def wait(self, what: Callable[[], bool], *, seconds: float = HANG_SECONDS) -> None:
        """Wait until a fact holds."""
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                raise AssertionError("the fact did not come true in time")
            time.sleep(0.02)

    def wait_for(self, type_: str, path: str = "factory", **data: Any) -> Event:
        """Wait until a stream has an event of a type whose data holds *data*; return it."""
        found: list[Event] = []

        def there() -> bool:
            found.extend(
                event
                for event in self.events(path)
                if event.type == type_
                and all(event.data.get(key) == value for key, value in data.items())
            )
            return bool(found)

        self.wait(there)
        return found[0]

    def host(self, session: str) -> dict[str, Any]:
        """Return host.json of *session*."""
        body: dict[str, Any] = json.loads((self.state.session(session) / "host.json").read_text())
        return body

    def end(self) -> None:
        """End what this factory's tests left running, by the pids on record."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for folder in (self.root / ".darkfactory" / "sessions").glob("*"):
            self._end_session(folder)

    def _end_session(self, folder: Path) -> None:
        from darkfactory.processes.identity import ProcessId, is_alive
        from darkfactory.processes.sweep import MARKER, kill_marked

        host = folder / "host.json"
        if host.exists():
            body = json.loads(host.read_text())
            process = ProcessId(body["pid"], str(body["start"]), str(body["boot"]))
            if is_alive(process):
                os.kill(process.pid, signal.SIGKILL)
        kill_marked(MARKER, os.path.realpath(folder))


def make_factory(
    folder: Path,
    script: Mapping[str, Any],
    items: list[dict[str, Any]],
    *,
    files: Mapping[str, str] | None = None,
    harness: str = "true",
    lane: str = "",
    lanes: str | None = None,
) -> Factory:
    """Make a repository with lanes.yaml, backlog.yaml and mock.yaml.

    Args:
        lane: More keys of lane ``bugs``, as YAML flow text.
        lanes: The whole of lanes.yaml instead.
    """
    extra = f", {lane}" if lane else ""
    text = lanes or LANES.format(harness=harness, extra=extra)
    contents = {
        "calc.py": CALC,
        ".gitignore": "__pycache__/\n",
        "lanes.yaml": text,
        "backlog.yaml": json.dumps(items),
        "mock.yaml": json.dumps(script),
        **(files or {}),
    }
    root = folder / "repository"
    make_repository(root, contents)
    (folder / "home").mkdir(exist_ok=True)
    return Factory(root)


def bug(name: str, **more: Any) -> dict[str, Any]:
    """Return a backlog item of lane ``bugs``."""
    return {"id": name, "title": f"Mend {name}", "labels": ["bug"], "done_when": "true", **more}


def ended(factory: Factory) -> Iterator[str]:
    """Yield the outcome of each session end that the factory stream tells."""
    for event in factory.events():
        if event.type == "session.ended":
            yield str(event.data["outcome"])
