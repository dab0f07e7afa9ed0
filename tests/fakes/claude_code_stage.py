"""Claude Code on the bench: how the tests that drive the real program start and question it."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from darkfactory.agents.claude_code import ADAPTER
from darkfactory.agents.protocol import Conversation, Launch, LaunchRequest
from darkfactory.processes.bounds import Bounds, HostFences
from darkfactory.processes.fence import fence
from tests.fakes.agent_bench import Bench, Stage
from tests.fakes.agent_driver import AgentDriver

Turn = Mapping[str, Any]
KEY = "dummy-key-of-a-test"
DIED_WITHIN_SECONDS = 10
_BUSY = "busy-as-a-bee"
STAY_BUSY = f"python3 -c 'import time; [time.sleep(0.05) for _ in range(2400)]' {_BUSY}"
STUBBORN = (
    "python3 -c 'import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; "
    f"[time.sleep(0.05) for _ in range(2400)]' {_BUSY}"
)
DETACHED = f"setsid nohup {STAY_BUSY} >/dev/null 2>&1 & {STAY_BUSY}"
CAN_CONNECT = (
    'python3 -c "import os, socket, urllib.parse as u; '
    "port = u.urlparse(os.environ['ANTHROPIC_BASE_URL']).port; "
    "print(socket.socket().connect_ex(('127.0.0.1', port)) == 0)\""
)
COUNT_KEYS_OF_OTHERS = "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c dummy-key"


def start(
    stage: Stage,
    *,
    adapter: Any = ADAPTER,
    args: tuple[str, ...] = (),
    before: Mapping[str, Any] | None = None,
    machine: Mapping[str, str] | None = None,
    **changes: Any,
) -> AgentDriver:
    """Start the program with *changes* to its launch request."""
    asked = stage.request()
    asked = replace(asked, agent=replace(asked.agent, args=args), **changes)
    env = {"ANTHROPIC_API_KEY": KEY, "CLAUDE_CODE_MAX_RETRIES": "3", **(machine or {})}
    if stage.model:
        env["ANTHROPIC_BASE_URL"] = stage.model.url
    trigger = "resume" if asked.resume else "start"
    run = AgentDriver(adapter, asked, trigger=trigger, before=before, env=env)
    stage.runs.append(run)
    return stage.stack.enter_context(run)


def bash(command: str, **more: Any) -> dict[str, Any]:
    return {"tool": {"name": "Bash", "input": {"command": command, "description": "x", **more}}}


def write(path: str | Path) -> dict[str, Any]:
    return {"write": {"path": str(path), "content": "written\n"}}


def task(prompt: str) -> dict[str, Any]:
    given = {"description": "d", "prompt": prompt, "subagent_type": "general-purpose"}
    return {"tool": {"name": "Agent", "input": given}}


def outputs(agent: AgentDriver) -> list[str]:
    return [event.data["output"] for event in agent.of("tool.finished")]


def statuses(agent: AgentDriver) -> list[str]:
    return [event.data["status"] for event in agent.of("tool.finished")]


def reasons(agent: AgentDriver) -> list[str]:
    return [event.data["reason"] for event in agent.of("turn.finished")]


def busy(agent: AgentDriver) -> list[psutil.Process]:
    """Return the processes of the agent that run the command which stays busy."""
    return [process for process in agent.descendants() if _BUSY in " ".join(_words(process))]


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        words: list[str] = process.cmdline()
        return words
    return []


class Fenced:
    """The adapter with its program inside the factory's own fence."""

    def __init__(self, bounds: Bounds, host: HostFences) -> None:
        self._bounds = bounds
        self._host = host

    def prepare(self, request: LaunchRequest) -> Launch:
        launch = ADAPTER.prepare(request)
        line = fence(launch.argv, self._bounds, host=self._host, inner_sandbox=True)
        assert line.files == "bubblewrap"
        return replace(launch, argv=line.argv)

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        return ADAPTER.converse(request)


def fenced(bench: Bench, stage: Stage, host: HostFences) -> Fenced:
    assert stage.model is not None
    port = int(stage.model.url.rpartition(":")[2])
    for folder in (bench.home, bench.temp):
        folder.mkdir(parents=True, exist_ok=True)
    program = Path(bench.program[0])
    bounds = Bounds(
        write=(str(bench.workspace), str(bench.home)),
        hide=(),
        show=(str(program.parent), str(program.resolve().parent)),
        temp=str(bench.temp),
        network="ports",
        ports=(port,),
    )
    return Fenced(bounds, host)
