"""All of lanes.yaml as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from darkfactory.domain.lane import Allow, Lane


class AgentKind(StrEnum):
    """Which adapter speaks to an agent."""

    MOCK = "mock"
    CLAUDE_CODE = "claude-code"
    CODEX = "codex"
    ACP = "acp"


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """One entry of ``agents:``. *command* is the program (None: found on PATH by the adapter).

    *script* is the mock's, relative to the repository root. *args* are appended to the agent's own
    command line. *pass_env* names variables of the caller that the agent sees.
    """

    name: str
    kind: AgentKind
    model: str | None = None
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    script: str | None = None


@dataclass(frozen=True, slots=True)
class HarnessSettings:
    """The project's own checks: *command* runs at the root of the tree under test, 0 is green."""

    command: str
    quick: str | None = None
    timeout_seconds: float = 600.0
    env: Mapping[str, str] = field(default_factory=dict)
    network: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps over all lanes; None or 0 is no cap."""

    lanes: int = 8
    brain_space: int = 20
    review_minutes: int = 0
    tokens: int | None = None
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """How workspaces are made; *keep* are ignored folders that survive a reset."""

    kind: str = "clone"
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How the gate tests and lands; *pager* is the shell command that shows a diff to people.

    *union* are patterns of files that keep the lines of both sides where they conflict.
    """

    runners: int = 2
    pretest: int = 2
    forge: str = "local"
    pager: str | None = None
    union: tuple[str, ...] = ()


class FactKind(StrEnum):
    """What people are told who are not there."""

    APPROVAL = "approval"
    WAITING = "waiting"
    FAILED = "failed"
    FINISHED = "finished"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Hook:
    """Tells facts of the kinds *on* to a shell *command* or to a *webhook*, whichever there is."""

    on: tuple[FactKind, ...]
    command: str | None = None
    webhook: str | None = None
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole lanes.yaml. *base* and *backlog* None mean: the checked-out branch, what exists."""

    harness: HarnessSettings
    lanes: tuple[Lane, ...]
    agents: Mapping[str, AgentSettings]
    base: str | None = None
    backlog: tuple[str, ...] | None = None
    allow: Allow = field(default_factory=Allow)
    limits: Limits = field(default_factory=Limits)
    protected: tuple[str, ...] = (".github/**", "lanes.yaml")
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    notify: tuple[Hook, ...] = ()

    def lane(self, name: str) -> Lane | None:
        """Return the lane called *name*, or None."""
        return next((lane for lane in self.lanes if lane.name == name), None)
