"""Real session hosts with mock agents, started as the factory starts them, without a factory.

::

    bench.script("s-1", {"say": "Hi", "do": [...]})
    host = bench.start(autonomy=Autonomy.SUGGEST)
    bench.wait_for("approval.requested")
    bench.control(ControlOp.APPROVE, request="ask-call-1")
    assert bench.ended(host).outcome is Outcome.PROPOSED
"""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Budget, Lane, WaffleLimits
from darkfactory.domain.session import ControlOp
from darkfactory.domain.settings import (
    AgentKind,
    AgentSettings,
    HarnessSettings,
    Settings,
    WorkspaceSettings,
)
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from darkfactory.processes.bounds import HostFences
from darkfactory.processes.identity import process_table
from darkfactory.processes.probe import probe
from darkfactory.processes.sweep import MARKER, kill_marked
from darkfactory.sessions.control import Receipt, request_control
from darkfactory.sessions.prepare import Prepared, SessionRequest, prepare_session
from darkfactory.sessions.spec import SessionEnd, load_end, marker_of
from darkfactory.sessions.start import HostProcess, StartHost, start_host
from darkfactory.waffle.signal import FAMILIES
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import make_repository

SESSION = "s-item-1"
HANG_SECONDS = 30.0
FILES = {"calc.py": "def add(a, b):\n    return a - b\n", ".gitignore": "*.log\n"}
CALLER = ("PATH", "LANG", "LC_ALL")
EDIT = {"edit": {"path": "{cwd}/calc.py", "old": "a - b", "new": "a + b"}}
BOTH_WAYS = pytest.mark.parametrize("start", ["forked", "direct"], indirect=True)
PATIENT = WaffleLimits(off=tuple(sorted(set(FAMILIES.values()))))
"""Limits under which nobody is steered, however an agent goes on."""
UNFENCED = HostFences(None, 0, sockets=False, root=False, python=sys.executable)
"""A host that can confine nothing: what an agent starts may outlive it."""


def make_template(folder: Path) -> Path:
    """Make a repository with a hub in step below *folder*; copies of it make benches."""
    made = make_repository(folder / "repository", FILES)
    open_hub(StateFolder(made.path / ".darkfactory"), "main").sync_base()
    return made.path


class Bench:
    """One repository on which sessions of one item are hosted. All ends with :meth:`end`."""

    def __init__(self, root: Path, template: Path, start: StartHost = start_host) -> None:
        shutil.copytree(template, root, symlinks=True)
        self.root = root
        self.state = StateFolder(root / ".darkfactory")
        self.folder = self.state.session(SESSION)
        self.caller = {name: os.environ[name] for name in CALLER if name in os.environ}
        self.start_host = start
        self.workspaces = WorkspaceSettings()
        self._hosts: list[HostProcess] = []

    @property
    def hub(self) -> Hub:
        return open_hub(self.state, "main")

    @property
    def pool(self) -> Pool:
        return Pool(self.state, "agents", self.hub, kind=self.workspaces.kind)

    @property
    def workspace(self) -> Path:
        found = self.pool.find(SESSION)
        assert found is not None
        return found.path

    def script(self, *turns: Mapping[str, Any], **others: list[Mapping[str, Any]]) -> None:
        """Let the agent play *turns*, and *others* once a message names their marker."""
        sessions = [{"marker": "item-1", "turns": list(turns)}]
        sessions += [{"marker": marker, "turns": played} for marker, played in others.items()]
        (self.root / "mock.yaml").write_text(json.dumps({"sessions": sessions}))

    def prepare(
        self,
        *,
        epoch: int = 1,
        resume: bool = False,
        budget: Budget | None = None,
        agent: Mapping[str, Any] | None = None,
        fences: HostFences | None = None,
        tokens_before: int = 0,
        **lane: Any,
    ) -> Prepared:
        """Make the session ready; its host is not started yet."""
        settings = AgentSettings("mock", AgentKind.MOCK, script="mock.yaml", **(agent or {}))
        level = Lane("bugs", agents=("mock",), **lane)
        request = SessionRequest(
            session=SESSION,
            item=Item("item-1", "Mend add"),
            lane=level,
            agent=settings,
            attempt=1,
            epoch=epoch,
            prompt="# item-1: Mend add\n",
            workspace=self.pool.lease(SESSION, self.hub.commit("refs/heads/main")),
            budget=budget or Budget(),
            trigger="resume" if resume else "start",
            resume=SESSION if resume else None,
            total_before=tokens_before,
            unconfined=fences is UNFENCED,
        )
        return prepare_session(
            request,
            state=self.state,
            settings=Settings(
                HarnessSettings("true"),
                lanes=(level,),
                agents={"mock": settings},
                workspace=self.workspaces,
            ),
            host=fences or probe(),
            caller=self.caller,
        )

    def start(self, prepared: Prepared | None = None, **how: Any) -> HostProcess:
        """Start a host and return it; see :meth:`prepare`."""
        host = self.start_host(prepared or self.prepare(**how))
        self._hosts.append(host)
        return host

    def events(self, *types: str, path: str = f"s/{SESSION}") -> list[Event]:
        """Return the events of a stream, of *types* if any are given."""
        found = [event for _, event in Stream(self.state.streams, path).read()]
        return [event for event in found if event.type in types] if types else found

    def types(self) -> list[str]:
        """Return the types of the session's events in their order."""
        return [event.type for event in self.events()]

    def wait(self, what: Callable[[], Any], *, seconds: float = HANG_SECONDS) -> Any:
        """Wait until *what* gives something true and return it."""
        deadline = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > deadline:
                log = self.folder / "host.log"
                said = log.read_text()[-2000:] if log.exists() else ""
                raise AssertionError(f"it did not come true: {self.types()[-20:]}\n{said}")
            time.sleep(0.01)
        return found

    def wait_for(self, type_: str, *, count: int = 1, **data: Any) -> Event:
        """Wait for the *count*-th event of *type_* on whose data hold *data*."""

        def there() -> Event | None:
            found = [
                event
                for event in self.events(type_)
                if all(event.data.get(key) == value for key, value in data.items())
            ]
            return found[count - 1] if len(found) >= count else None

        event: Event = self.wait(there)
        return event

    def control(self, op: ControlOp, **more: Any) -> Receipt:
        """Ask something of the session and wait until it is done."""
        how = {"by": "ada", "wait_applied": True, **more}
        return request_control(self.state, SESSION, op, **how)

    def status(self, host: HostProcess) -> int:
        """Wait until *host* has ended and return its exit status."""
        self.wait(lambda: host.poll() is not None)
        status = host.poll()
        assert status is not None
        return status

    def ended(self, host: HostProcess, *, status: int = 0) -> SessionEnd:
        """Wait until *host* has ended with *status*; return how the session did."""
        found = self.status(host)
        said = (self.folder / "host.log").read_text()
        assert (found, said if status == 0 else "") == (status, "")
        end = load_end(str(self.folder))
        assert end is not None
        return end

    def raw(self) -> list[Any]:
        """Return the decoded lines of raw.jsonl, as bytes what is no JSON."""
        return list(map(_decoded, (self.folder / "raw.jsonl").read_bytes().split(b"\n")[:-1]))

    def kept(self, ref: str) -> dict[str, str]:
        """Return the files that *ref* of the hub holds."""
        names = self.hub.git("ls-tree", "-r", "--name-only", ref).text.splitlines()
        blobs = ((name, self.hub.git("cat-file", "blob", f"{ref}:{name}")) for name in names)
        return {name: blob.stdout.decode() for name, blob in blobs}

    def marked(self) -> list[int]:
        """Return what runs and belongs to the session."""
        return list(process_table().marked(MARKER, marker_of(str(self.folder))))

    def kill(self, host: HostProcess) -> None:
        """Kill *host* if it still runs, and wait until it has ended."""
        if host.poll() is None:
            os.kill(host.pid, signal.SIGKILL)
        self.status(host)

    def end(self) -> None:
        """End what is left of the hosts and of their agents."""
        for host in self._hosts:
            self.kill(host)
        kill_marked(MARKER, marker_of(str(self.folder)))


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


@contextmanager
def bench_in(folder: Path, template: Path, start: StartHost = start_host) -> Iterator[Bench]:
    """Give a bench below *folder* and end everything on it."""
    made = Bench(folder / "repository", template, start)
    try:
        yield made
    finally:
        made.end()
