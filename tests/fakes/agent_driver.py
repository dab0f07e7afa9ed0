"""Run an agent adapter without the session host: what the host does, in one small thread.

::

    with AgentDriver(adapter, request) as agent:
        agent.wait_for("tool.started", kind="shell")
        agent.interrupt()
        agent.wait_for_turn()
        agent.finish()

Every wait ends: with what was waited for, or with ``AssertionError`` that shows the events.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from darkfactory.agents.protocol import (
    Adapter,
    Applied,
    CloseInput,
    Emit,
    Launch,
    LaunchRequest,
    Native,
    Refused,
    Send,
    Step,
)
from darkfactory.agents.registry import adapter
from darkfactory.processes.sweep import MARKER, kill_marked
from darkfactory.sessions.own_port import with_own_port

WAIT_SECONDS = 45.0
_END = "the end of the program"
_KEPT = ("PATH", "LANG", "LC_ALL", "TERM")


class AgentDriver:
    """One running agent. *events* are what its conversation emitted, in order.

    Args:
        before: Keys of the spec that a resumed conversation brings (``total_before`` …).
        env: Variables of the machine, over which the adapter's own are laid.
    """

    def __init__(
        self,
        adapter: Adapter,
        request: LaunchRequest,
        *,
        trigger: str = "start",
        before: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.events: list[Emit] = []
        self.answers: dict[str, Applied | Refused] = {}
        self.native: Native = Native()
        self.raw: list[bytes] = []
        self._changed = threading.Condition(threading.RLock())
        self._controls = 0
        self._gone: tuple[int] | None = None
        self.launch = adapter.prepare(request)
        self._spec = _spec(request, self.launch, before or {})
        self._conversation = adapter.converse(self._spec)
        self._trigger = trigger
        _write_files(request, self.launch)
        machine = {key: os.environ[key] for key in _KEPT if key in os.environ}
        self._mark = f"{request.session}-{uuid.uuid4().hex}"
        machine |= {"TMPDIR": request.temp, MARKER: self._mark}
        whole = {**machine, **(env or {}), **request.agent.env, **self.launch.env}
        argv, environment, _ = with_own_port(self.launch.argv, whole)
        self.process = subprocess.Popen(
            argv,
            cwd=request.workspace,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._readers = [threading.Thread(target=self._listen), threading.Thread(target=self._note)]
        self._complaints = bytearray()

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        self._do(self._conversation.open(trigger=self._trigger))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        kill_marked(MARKER, self._mark)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                pipe.close() if pipe else None

    @property
    def native_id(self) -> str | None:
        """The conversation's id: told by the program, or chosen by the adapter."""
        return self.native.id or self.launch.native

    @property
    def complaints(self) -> str:
        """What the program wrote to standard error."""
        return self._complaints.decode("utf-8", "replace")

    def of(self, *types: str) -> list[Emit]:
        """Return the events of *types* so far."""
        with self._changed:
            return [event for event in self.events if event.type in types]

    def total(self) -> int:
        """Return the tokens of the session as the newest usage tells them."""
        used = self.of("usage")
        return int(used[-1].data["total_session"]) if used else 0

    def descendants(self) -> list[psutil.Process]:
        """Return what the program has started and what still runs."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def wait_for(
        self, type_: str, *, after: int = 0, seconds: float = WAIT_SECONDS, **data: Any
    ) -> Emit:
        """Return the first event of *type_* from number *after* on whose data hold *data*."""

        def found() -> Emit | None:
            return next((e for e in self.events[after:] if _matches(e, type_, data)), None)

        event: Emit = self._wait(found, f"{type_} {data}", seconds)
        return event

    def wait_for_turn(self, *, after: int = 0, seconds: float = WAIT_SECONDS) -> Emit:
        """Return the first ``turn.finished`` from number *after* on."""
        return self.wait_for("turn.finished", after=after, seconds=seconds)

    def wait_until(
        self, fact: Callable[[], object], what: str, *, seconds: float = WAIT_SECONDS
    ) -> None:
        """Block until *fact* holds; it is asked again with each line and every 20 ms."""
        self._wait(lambda: fact() or None, what, seconds)

    def steer(self, text: str) -> str:
        """Give *text* to the agent; return the control message's id."""
        control = self._control()
        self._with_lock(lambda: self._conversation.steer(control, text))
        return control

    def interrupt(self) -> str:
        """Ask the agent to end its turn; return the control message's id."""
        control = self._control()
        self._with_lock(lambda: self._conversation.interrupt(control))
        return control

    def answer(self, request: str, *, approve: bool, note: str = "") -> str:
        """Answer approval *request*; return the control message's id."""
        control = self._control()
        self._with_lock(
            lambda: self._conversation.answer(control, request, approve=approve, note=note)
        )
        return control

    def wait_for_answer(self, control: str, *, seconds: float = WAIT_SECONDS) -> Applied | Refused:
        """Return how control message *control* was taken."""
        taken: Applied | Refused = self._wait(
            lambda: self.answers.get(control), f"answer to {control}", seconds
        )
        return taken

    def finish(self, *, seconds: float = WAIT_SECONDS) -> int:
        """Let the idle program end by itself; return its exit status."""
        self._with_lock(self._conversation.finish)
        return self.wait_for_exit(seconds=seconds)

    def kill(self) -> int:
        """Kill the program alone; return its exit status. What it started ends with the run."""
        self.process.kill()
        return self.wait_for_exit()

    def wait_for_exit(self, *, seconds: float = WAIT_SECONDS) -> int:
        """Return the exit status once the program is gone and all it said was heard."""
        gone: tuple[int] = self._wait(lambda: self._gone, _END, seconds)
        return gone[0]

    def _control(self) -> str:
        self._controls += 1
        return f"c-{self._controls}"

    def _wait(self, fact: Callable[[], Any], what: str, seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        with self._changed:
            while (found := fact()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or (self._gone and what != _END):
                    raise AssertionError(self._report(what))
                self._changed.wait(min(left, 0.02))
            return found

    def _report(self, what: str) -> str:
        shown = "\n".join(f"  {e.type} {dict(e.data)}"[:300] for e in self.events[-40:])
        ended = f"ended with {self._gone[0]}" if self._gone else "still runs"
        return f"waited in vain for {what}; it {ended}; events:\n{shown}\n{self.complaints[-2000:]}"

    def _listen(self) -> None:
        output = self.process.stdout
        for line in output or ():
            self.raw.append(line)
            with self._changed:
                self._do(self._conversation.hear(line.rstrip(b"\n")))
        status = self.process.wait()
        exit_code, number = (status, None) if status >= 0 else (None, -status)
        self._with_lock(lambda: self._conversation.ended(exit_code, number))
        with self._changed:
            self._gone = (status,)
            self._changed.notify_all()

    def _note(self) -> None:
        for line in self.process.stderr or ():
            self._complaints += line

    def _with_lock(self, ask: Callable[[], Iterable[Step]]) -> None:
        with self._changed:
            self._do(ask())

    def _do(self, steps: Iterable[Step]) -> None:
        with self._changed:
            for step in steps:
                self._step(step)
            self._changed.notify_all()

    def _step(self, step: Step) -> None:
        match step:
            case Emit():
                self.events.append(step)
            case Send():
                self._write(step.line)
            case CloseInput():
                self._write(None)
            case Applied() | Refused():
                self.answers[step.control] = step
            case Native():
                self.native = Native(
                    step.id or self.native.id,
                    step.model or self.native.model,
                    step.version or self.native.version,
                )

    def _write(self, line: bytes | None) -> None:
        pipe = self.process.stdin
        with contextlib.suppress(OSError, ValueError):  # gone or deaf: its end tells the rest
            if pipe and line is None:
                pipe.close()
            elif pipe and line:
                pipe.write(line)
                pipe.flush()


def _matches(event: Emit, type_: str, data: Mapping[str, Any]) -> bool:
    return event.type == type_ and all(event.data.get(key) == data[key] for key in data)


def _spec(request: LaunchRequest, launch: Launch, before: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "session": request.session,
        "prompt": request.prompt,
        "autonomy": str(request.autonomy),
        "resume": request.resume,
        "native": launch.native,
        "workspace": request.workspace,
        "model": request.agent.model,
        "agent_args": list(request.agent.args),
        "total_before": 0,
        "cost_before": 0.0,
        **before,
    }


def _write_files(request: LaunchRequest, launch: Launch) -> None:
    home = Path(request.home)
    for folder in (home, Path(request.temp)):
        folder.mkdir(parents=True, exist_ok=True)
    for place, text in launch.files.items():
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(text, encoding="utf-8")
    for source, place in launch.copies:
        shutil.copytree(source, home / place, dirs_exist_ok=True)
    for skill in request.skills:
        for shelf in adapter(request.agent.kind).capabilities.skills.workspace:
            copy = Path(request.workspace) / shelf / skill.name
            shutil.copytree(skill.path, copy, dirs_exist_ok=True)
