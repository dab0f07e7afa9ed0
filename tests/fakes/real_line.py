"""A factory whose agents are the real programs, with one scripted model behind all of them.

lanes.yaml is what a user of such agents writes: a lane for each kind of agent, the program by its
path, the key by the name of its variable, the model's port in ``allow``.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from darkfactory.domain.event import Event
from darkfactory.domain.settings import AgentKind
from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import MARKER
from scripts import clients
from tests.fakes.agent_bench import (
    CODE_MODEL,
    client_program,
    codex_acp_config,
    opencode_config,
)
from tests.fakes.factories import Factory, make_factory
from tests.fakes.scripted_model import Request, ScriptedModel

CLAUDE, CODEX = AgentKind.CLAUDE_CODE, AgentKind.CODEX
CLAUDE_ACP, CODEX_ACP, OPENCODE = "claude-agent-acp", "codex-acp", "opencode"
GEMINI, QWEN = "gemini", "qwen"
KEYS = {
    "ANTHROPIC_API_KEY": "dummy-anthropic-key",
    "SCRIPTED_KEY": "dummy-scripted-key",
    "GEMINI_API_KEY": "dummy-gemini-key",
}
OF_HOME = "WORDS-OF-THE-USERS-HOME"
RUN_SECONDS = 150.0
UNTIL_GO = (
    'python3 -c \'import os, time\nwhile not os.path.exists("go"): time.sleep(0.05)\n'
    'os.remove("go")\''
)
_LANES = """\
version: 1
harness: {{command: python3 -m unittest discover -q, timeout: 2m}}
limits: {{lanes: 8, brain_space: 0}}
allow: {{connect: [{port}], read: ["{clients}"]}}
agents:
{agents}
lanes:
{lanes}
"""
_AGENTS = {
    CLAUDE: """\
  claude-code:
    kind: claude-code
    command: ["{program}"]
    env: {{ANTHROPIC_BASE_URL: "{url}", CLAUDE_CODE_MAX_RETRIES: "2"}}
    pass_env: [ANTHROPIC_API_KEY]""",
    CODEX: """\
  codex:
    kind: codex
    command: ["{program}"]
    model: {model}
    pass_env: [SCRIPTED_KEY]
    args: [-c, model_provider=scripted, -c, '{provider}']""",
    CLAUDE_ACP: """\
  claude-agent-acp:
    kind: acp
    command: ["{program}"]
    env: {{ANTHROPIC_BASE_URL: "{url}", CLAUDE_CODE_MAX_RETRIES: "2"}}
    pass_env: [ANTHROPIC_API_KEY]""",
    CODEX_ACP: """\
  codex-acp:
    kind: acp
    command: ["{program}"]
    env: {{CODEX_CONFIG: '{codex_acp}'}}
    pass_env: [SCRIPTED_KEY]""",
    OPENCODE: """\
  opencode:
    kind: acp
    command: ["{program}", acp]
    env: {{OPENCODE_CONFIG_CONTENT: '{opencode}', OPENCODE_DISABLE_MODELS_FETCH: "1"}}
    pass_env: [ANTHROPIC_API_KEY]""",
    GEMINI: """\
  gemini:
    kind: acp
    command: ["{program}", --acp, -m, gemini-2.5-pro]
    env: {{GOOGLE_GEMINI_BASE_URL: "{url}"}}
    pass_env: [GEMINI_API_KEY]""",
    QWEN: """\
  qwen:
    kind: acp
    command: ["{program}", --acp, --auth-type, anthropic, --approval-mode, yolo]
    env: {{ANTHROPIC_BASE_URL: "{url}", ANTHROPIC_MODEL: claude-sonnet-4-5}}
    pass_env: [ANTHROPIC_API_KEY]""",
}
_LANE = "  {kind}: {{match: {{labels: [{kind}]}}, agent: {kind}, sessions: 4{more}}}"
_PROVIDER = (
    'model_providers.scripted={{name="scripted",base_url="{url}/v1",wire_api="responses",'
    'env_key="SCRIPTED_KEY",request_max_retries=2}}'
)
_TEST = """\
import unittest

import {module}


class Test(unittest.TestCase):
    def test_add(self) -> None:
        self.assertEqual({module}.add(2, 2), 4)
"""
_HOME = (
    ".ssh/id_test",
    ".claude/CLAUDE.md",
    ".claude/skills/mine/SKILL.md",
    ".codex/AGENTS.md",
    ".codex/config.toml",
    ".agents/skills/mine/SKILL.md",
    "CLAUDE.md",
    "AGENTS.md",
)


@dataclass(frozen=True, slots=True)
class Bug:
    """A function that subtracts where it should add, for one agent of the line to mend."""

    kind: str
    number: int = 1

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.number}"

    @property
    def session(self) -> str:
        return f"s-{self.id}-1"

    @property
    def module(self) -> str:
        return f"calc_{self.id.replace('-', '_')}"

    @property
    def title(self) -> str:
        return f"Sums of {self.module} come out too small"

    @property
    def check(self) -> str:
        return f"python3 -m unittest -q test_{self.module}"

    @property
    def busy(self) -> str:
        """A word that only the busy command of this bug and this test process has."""
        return f"busy-{os.getpid()}-{self.id}"

    @property
    def stay_busy(self) -> str:
        """A command that would run for two minutes."""
        return f"python3 -c 'import time; [time.sleep(0.05) for _ in range(2400)]' {self.busy}"

    @property
    def stay_stubborn(self) -> str:
        """The same, deaf to every polite signal, with a second one in a session of its own."""
        deaf = (
            "python3 -c 'import signal as s, time; [s.signal(n, s.SIG_IGN) for n in (1, 2, 15)]"
            f"; [time.sleep(0.05) for _ in range(2400)]' {self.busy}"
        )
        return f"setsid nohup {deaf} >/dev/null 2>&1 & {deaf}"

    def processes(self) -> list[int]:
        """Return the processes that run the busy command, whoever started them."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name().startswith("python") and self.busy in process.cmdline():
                    found.append(process.pid)
        return found

    def files(self) -> dict[str, str]:
        wrong = "def add(a, b):\n    return a - b\n"
        return {
            f"{self.module}.py": wrong,
            f"test_{self.module}.py": _TEST.format(module=self.module),
        }

    def item(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "labels": [str(self.kind)],
            "done_when": self.check,
        }

    def read(self) -> dict[str, Any]:
        return {"read": f"{{cwd}}/{self.module}.py"}

    def edit(self) -> dict[str, Any]:
        path = f"{{cwd}}/{self.module}.py"
        return {"edit": {"path": path, "old": "    return a - b", "new": "    return a + b"}}

    def fixing(self, **first: Any) -> list[dict[str, Any]]:
        """Return the turns that mend it; *first* are more keys of the first one."""
        return [
            {
                "say": "Looking.",
                "do": [self.read()],
                "usage": {"input": 1000, "output": 20},
                **first,
            },
            {"do": [self.edit()], "usage": {"input": 1200, "output": 30, "cached": 900}},
            {"do": [{"shell": self.check}], "usage": {"input": 1300, "output": 31, "cached": 1100}},
            {"say": f"Mended {self.module}.", "usage": {"input": 1400, "output": 10}},
        ]

    def script(self, *turns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the script of its session: *turns*, or those that mend it."""
        return {"marker": self.id, "turns": list(turns) or self.fixing()}


@dataclass
class RealLine(Factory):
    """A factory at work with real agents; *machine* are more variables of the user's."""

    model: ScriptedModel = field(kw_only=True)
    machine: dict[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **KEYS, **self.machine}

    @property
    def home(self) -> Path:
        return self.root.parent / "home"

    def run(self, *arguments: str, expect: int | None = 0) -> "subprocess.CompletedProcess[str]":
        """Run ``df run`` to its end."""
        return self.df("run", *arguments, expect=expect, seconds=RUN_SECONDS)

    def workspace(self, bug: Bug) -> Path:
        """Return where the agent of *bug* works."""
        started = self.wait_for("session.started", f"s/{bug.session}")
        return Path(started.data["workspace"])

    def log(self, bug: Bug, *types: str) -> list[Event]:
        """Return the events of the session on *bug*, of *types* if there are any."""
        return [e for e in self.events(f"s/{bug.session}") if not types or e.type in types]

    def row(self, bug: Bug) -> dict[str, Any]:
        """Return what ``df status`` says of the session on *bug*."""
        rows = self.json("status")["sessions"]
        (found,) = [row for row in rows if row["id"] == bug.session]
        return dict(found)

    def asked(self, bug: Bug, *more: str) -> list[Request]:
        """Return the model requests of the session on *bug*; of markers *more* as well."""
        return [found for found in self.model.turns() if found.marker in (bug.id, *more)]

    def wait_busy(self, bug: Bug) -> None:
        """Wait until the command that stays busy runs."""
        self.wait(lambda: bool(bug.processes()))

    def marked(self, bug: Bug) -> list[int]:
        """Return every process of the session on *bug*."""
        folder = (self.state.session(bug.session)).resolve()
        return sorted(process_table().marked(MARKER, str(folder)))


def used(requests: Sequence[Request]) -> int:
    """Return the tokens of what the model served of *requests*."""
    served = (found.usage for found in requests if found.outcome == "served")
    return sum(usage["input"] + usage["output"] for usage in served)


def told(kind: str, turn: Sequence[Request]) -> int:
    """Return the tokens that an agent tells of a *turn*: opencode only those of its last step."""
    return used(turn[-1:] if kind == OPENCODE else turn)


@contextlib.contextmanager
def real_line(
    folder: Path,
    bugs: Sequence[Bug],
    *,
    scripts: Sequence[Mapping[str, Any]] = (),
    lane: str = "",
    files: Mapping[str, str] | None = None,
    programs: Mapping[str, Path] | None = None,
) -> Iterator[RealLine]:
    """Give a factory with *bugs* to mend; it and all it started end with the context.

    Args:
        scripts: What the model plays; without it each bug is mended.
        lane: More keys of both lanes, as YAML flow text.
        programs: Programs that lie elsewhere than where they were installed.
    """
    kinds = list(dict.fromkeys([CLAUDE, CODEX, *(bug.kind for bug in bugs)]))
    found = {kind: client_program(kind) for kind in kinds} | dict(programs or {})
    played = {"sessions": list(scripts) or [bug.script() for bug in bugs]}
    with ScriptedModel(played) as model:
        lanes = lanes_of(model.url, found, f", {lane}" if lane else "")
        contents = {name: text for bug in bugs for name, text in bug.files().items()}
        made = make_factory(
            folder,
            {},
            [bug.item() for bug in bugs],
            files={**contents, **(files or {})},
            lanes=lanes,
        )
        line = RealLine(made.root, model=model)
        if OPENCODE in kinds:  # its skill tool looks for ripgrep, which comes with Codex
            tools = found[CODEX].parent.parent / "codex-path"
            line.machine["PATH"] = f"{tools}:{os.environ['PATH']}"
        for name in _HOME:
            path = line.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# {OF_HOME}\n")
        try:
            yield line
        finally:
            line.end()


def lanes_of(url: str, programs: Mapping[str, Path], more: str = "") -> str:
    """Return lanes.yaml with *programs* as agents whose model is at *url*."""
    words = {
        "url": url,
        "model": CODE_MODEL,
        "provider": _PROVIDER.format(url=url),
        "codex_acp": json.dumps(codex_acp_config(url)),
        "opencode": json.dumps(opencode_config(url)),
    }
    agents = [_AGENTS[kind].format(program=path, **words) for kind, path in programs.items()]
    return _LANES.format(
        port=url.rpartition(":")[2],
        clients=clients.folder(),
        agents="\n".join(agents),
        lanes="\n".join(_LANE.format(kind=kind, more=more) for kind in programs),
    )


def last_line(output: str) -> dict[str, Any]:
    """Return the last of the JSON lines in *output*."""
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


@contextlib.contextmanager
def real_study(
    folder: Path, files: Mapping[str, str], script: Mapping[str, Any]
) -> Iterator[RealLine]:
    """Give a repository with *files*, Claude Code and Codex, whose model plays *script*."""
    programs: dict[str, Path] = {kind: client_program(kind) for kind in (CLAUDE, CODEX)}
    with ScriptedModel(script) as model:
        lanes = lanes_of(model.url, programs)
        made = make_factory(folder, {}, [], files=files, lanes=lanes)
        line = RealLine(made.root, model=model, machine=dict(KEYS))
        try:
            yield line
        finally:
            line.end()
