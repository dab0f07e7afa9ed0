"""A bench on which any kind of agent can be tried: workspace, home, program and its model.

The mock plays the script itself; a real agent's model is the scripted one. Real programs come
from ``python -m scripts.clients install``; without them their tests are skipped with the reason,
or fail where ``DARKFACTORY_REQUIRE_CLIENTS`` is set.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.acp.known import ASKING
from darkfactory.agents.protocol import Adapter, LaunchRequest, SkillFolder
from darkfactory.agents.registry import adapter
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind, AgentSettings
from scripts import clients
from tests.fakes.agent_driver import AgentDriver
from tests.fakes.event_contract import problems_in
from tests.fakes.scripted_model import ScriptedModel

ITEM = "ITEM-1"
PROMPT = f"# {ITEM}: add() subtracts\n\nFix it.\n"
BUGGY = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
ACP_AGENT = Path(__file__).with_name("acp_agent.py")
OPENCODE_MODEL = "anthropic/claude-sonnet-4-5"  # in its built-in catalogue
CODE_MODEL = "gpt-6.1-sol"  # in Codex's own catalogue: it writes code that calls tools
_CLIENT: Mapping[str, str] = {AgentKind.CLAUDE_CODE: "claude", AgentKind.CODEX: "codex"}
_WORDS = {"opencode": ("acp",)}


def script(*turns: Mapping[str, Any], **others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a script of *turns* for the item, and of *others* by marker (``_`` becomes ``-``)."""
    sessions = [{"marker": ITEM, "turns": list(turns)}]
    sessions += [
        {"marker": marker.replace("_", "-"), "turns": list(played)}
        for marker, played in others.items()
    ]
    return {"sessions": sessions, "default": {"turns": [{"say": "no script for this prompt"}]}}


@dataclass(slots=True)
class Stage:
    """A script being played. *model* is None for programs that play the script themselves."""

    bench: "Bench"
    played: Mapping[str, Any]
    model: ScriptedModel | None
    stack: ExitStack
    runs: list[AgentDriver] = field(default_factory=list)

    def start(
        self,
        *,
        prompt: str = PROMPT,
        autonomy: Autonomy = Autonomy.PROPOSE,
        resume: str | None = None,
        before: Mapping[str, Any] | None = None,
        skills: Sequence[SkillFolder] = (),
        machine: Mapping[str, str] | None = None,
        program: tuple[str, ...] | None = None,
    ) -> AgentDriver:
        """Start the agent on *prompt*; it ends with the stage at the latest."""
        request = self.request(prompt=prompt, autonomy=autonomy, resume=resume, skills=skills)
        if program:
            request = _with_program(request, program)
        run = AgentDriver(
            self.bench.adapter,
            request,
            trigger="resume" if resume else "start",
            before=before,
            env={**self._model_env(), **(machine or {})},
        )
        self.runs.append(run)
        return self.stack.enter_context(run)

    def request(
        self,
        *,
        prompt: str = PROMPT,
        autonomy: Autonomy = Autonomy.PROPOSE,
        resume: str | None = None,
        skills: Sequence[SkillFolder] = (),
    ) -> LaunchRequest:
        """Return the launch request of the bench's agent."""
        bench = self.bench
        return LaunchRequest(
            session="s-1",
            agent=AgentSettings(
                name=bench.kind.value,
                kind=bench.kind,
                model=bench.model,
                args=self._model_args(),
            ),
            autonomy=autonomy,
            workspace=str(bench.workspace),
            home=str(bench.home),
            temp=str(bench.temp),
            prompt=prompt,
            program=bench.program,
            resume=resume,
            skills=skills,
            script=json.dumps(self.played),
        )

    def reached(self, text: str) -> bool:
        """Tell whether *text* got to the model, or to the mock, in any request so far."""
        if self.model is not None:
            return any(request.holds(text) for request in list(self.model.requests))
        return any(text in json.dumps(json.loads(line)) for run in self.runs for line in run.raw)

    def _model_env(self) -> dict[str, str]:
        if self.model is None:
            return {}
        return {
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": "dummy",
            "SCRIPTED_KEY": "dummy",
            "CODEX_CONFIG": json.dumps(codex_acp_config(self.model.url)),
            "OPENCODE_CONFIG_CONTENT": json.dumps(opencode_config(self.model.url)),
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
        }

    def _model_args(self) -> tuple[str, ...]:
        if self.model is None or self.bench.kind is not AgentKind.CODEX:
            return ()
        provider = (
            f'{{name="scripted",base_url="{self.model.url}/v1",wire_api="responses",'
            'env_key="SCRIPTED_KEY",request_max_retries=2}'
        )
        return ("-c", "model_provider=scripted", "-c", f"model_providers.scripted={provider}")


@dataclass(frozen=True, slots=True)
class Bench:
    """One kind of agent with a workspace that holds a bug (``calc.py``)."""

    kind: AgentKind
    model: str | None
    program: tuple[str, ...]
    root: Path
    client: str | None = None

    @property
    def adapter(self) -> Adapter:
        return adapter(self.kind)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def home(self) -> Path:
        return self.root / "session" / "home"

    @property
    def script(self) -> Path:
        return self.root / "script.json"

    @property
    def temp(self) -> Path:
        return self.root / "session" / "tmp"

    def told(self, requests: Sequence[tuple[int, int, int]]) -> list[tuple[int, ...]]:
        """Return in which figures the agent tells of the model *requests* of one turn."""
        if self.kind is AgentKind.ACP:
            return [tuple(map(sum, zip(*requests, strict=True)))]
        return list(requests)

    @contextmanager
    def play(self, played: Mapping[str, Any]) -> Iterator[Stage]:
        """Set the stage for *played*; at its end every run must have kept the event contract."""
        with ExitStack() as stack:
            model = stack.enter_context(ScriptedModel(played)) if self.client else None
            self.script.write_text(json.dumps(played))
            stage = Stage(self, played, model, stack)
            yield stage
        for run in stage.runs:
            assert problems_in(run.events) == []


def make_bench(
    kind: AgentKind, root: Path, *, model: str | None = None, client: str | None = None
) -> Bench:
    """Return a bench for *kind* below *root*; skip or fail where its program is missing.

    Args:
        client: The real program behind an agent of the Agent Client Protocol.
    """
    (root / "workspace").mkdir(parents=True)
    (root / "workspace" / "calc.py").write_text(BUGGY)
    client = client or _CLIENT.get(kind)
    words = _WORDS.get(client or "", ())
    program = (str(installed(client)), *words) if client else _scripted(kind, root)
    return Bench(kind, model, program, root, client)


def acp_agent(script: Path, *options: str) -> tuple[str, ...]:
    """Return the command that starts the small agent of the Agent Client Protocol."""
    return (sys.executable, "-I", str(ACP_AGENT), str(script), *options)


def codex_acp_config(url: str) -> dict[str, Any]:
    """Return what a user of codex-acp gives it in CODEX_CONFIG to use the model at *url*."""
    provider = {
        "name": "scripted",
        "base_url": f"{url}/v1",
        "wire_api": "responses",
        "env_key": "SCRIPTED_KEY",
        "request_max_retries": 2,
    }
    return {
        "model": CODE_MODEL,
        "model_provider": "scripted",
        "model_providers": {"scripted": provider},
    }


def opencode_config(url: str) -> dict[str, Any]:
    """Return what a user of opencode gives it in OPENCODE_CONFIG_CONTENT to use the same."""
    options = {"baseURL": f"{url}/v1", "apiKey": "dummy"}
    return {
        "model": OPENCODE_MODEL,
        "small_model": OPENCODE_MODEL,
        "autoupdate": False,
        "lsp": False,
        "share": "disabled",
        "provider": {"anthropic": {"options": options}},
    }


def client_program(kind: str) -> Path:
    """Return the installed program of a kind of agent, or of that name; skip or fail without."""
    return installed(_CLIENT.get(kind, kind))


def installed(client: str) -> Path:
    """Return the installed program called *client*; skip or fail where there is none."""
    try:
        return clients.program(client)
    except clients.ClientMissing as missing:
        reason = f"{missing.problem}; {missing.fix}"
        if os.environ.get("DARKFACTORY_REQUIRE_CLIENTS"):
            pytest.fail(reason)
        pytest.skip(reason)


def _scripted(kind: AgentKind, root: Path) -> tuple[str, ...]:
    if kind is AgentKind.ACP:
        return acp_agent(root / "script.json", "--name", ASKING[0].says, "--steering")
    return (adapter(kind).default_program,)


def _with_program(request: LaunchRequest, program: tuple[str, ...]) -> LaunchRequest:
    from dataclasses import replace

    return replace(request, program=program)
