"""What every agent adapter promises.

An adapter is two pure things. :class:`Adapter` turns a session into a :class:`Launch` (arguments,
environment, files). :class:`Conversation` turns lines of the program's output and wishes of people
into :class:`Step` values. Neither touches a file, a process or a clock: the session host does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from darkfactory.domain.lane import Autonomy, Budget
from darkfactory.domain.settings import AgentSettings
from darkfactory.errors import NotReady


class AgentMissing(NotReady):
    """The agent's program is not installed."""

    code = "agent.missing"

    def __init__(self, agent: str, program: str) -> None:
        super().__init__(
            f"agent {agent!r}: no program {program!r} on PATH",
            fix=f"install it, or set agents.{agent}.command in lanes.yaml",
        )


class AutonomyNotEnforceable(NotReady):
    """The agent and this host together cannot hold the lane's autonomy level."""

    code = "agent.autonomy"

    def __init__(self, agent: str, autonomy: str, missing: str) -> None:
        super().__init__(
            f"agent {agent!r} cannot be held to {autonomy!r} here: {missing}",
            fix="install what is missing, lower the autonomy, or accept it with --unconfined",
        )


@dataclass(frozen=True, slots=True)
class SkillsAt:
    """Where a kind of agent sees its session's skills, beside the copies that its launch names.

    *workspace* are folders below the workspace that get a copy of each; *beside* are folders there,
    or of the machine, in which it finds skills that could take the place of ours. *read* is the
    sentence by which a prompt has the skills read; NAME stands for the name of each.
    *catalogue* is how many characters of names and descriptions it shows a model, None: unknown.
    """

    workspace: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    read: str = "Read the SKILL.md of each before you go on."
    catalogue: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the program can do; the host and the factory ask before they rely on it."""

    steer: bool = False
    interrupt: bool = False
    approve: bool = False
    resume: bool = False
    usage: bool = False
    cost: bool = False
    sandbox: bool = False
    sandbox_needs_bubblewrap: bool = False
    """Whether that sandbox starts only where bubblewrap is installed and works."""
    skills: SkillsAt = SkillsAt()
    mcp: bool = False
    """Whether it can be given servers of the Model Context Protocol."""
    network: bool = True
    """Whether the program itself must reach its model over the network."""


@dataclass(frozen=True, slots=True)
class SkillFolder:
    """One skill to inject: *path* is a folder to copy, without ``evals/`` and ``df.yaml``."""

    name: str
    description: str
    path: str


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server of the Model Context Protocol that a session may use.

    *command* is what the agent starts; it speaks over its pipes. Tools of it are ``NAME/TOOL``.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """All that decides how an agent starts.

    *workspace*, *home* and *temp* are absolute; *home* is the session's private home and empty but
    for what :attr:`Launch.files` puts there. *resume* is the agent's own conversation id.
    *fence* is what confines the process tree: ``bubblewrap``, ``landlock`` or ``none``.

    The last four are for an agent that has a sandbox of its own. *write* are absolute paths beyond
    workspace, home and temp that its commands may change, *hide* those nothing may read;
    *open_network* tells that the lane lets commands and web tools reach the network. *unconfined*
    tells that a person accepted what this host cannot hold (``--unconfined``).
    """

    session: str
    agent: AgentSettings
    autonomy: Autonomy
    workspace: str
    home: str
    temp: str
    prompt: str
    program: tuple[str, ...]
    budget: Budget = field(default_factory=Budget)
    skills: Sequence[SkillFolder] = ()
    mcp: Sequence[McpServer] = ()
    resume: str | None = None
    fence: str = "none"
    script: str | None = None
    """Text of the mock's script file."""
    write: Sequence[str] = ()
    hide: Sequence[str] = ()
    open_network: bool = False
    unconfined: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start the program.

    *argv* is the agent's own command line; *env* its own variables (HOME included); *files* are
    texts to write first, by path relative to the private home; *native* is its conversation id
    when we choose it. *copies* are folders to copy into the home: (source, relative target).
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    copies: Sequence[tuple[str, str]] = ()
    native: str | None = None


@dataclass(frozen=True, slots=True)
class Emit:
    """Put an event into the session's stream. *agent* and *parent* only for sub-agents."""

    type: str
    data: Mapping[str, Any]
    agent: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Write *line* (bytes with its newline) to the program's standard input."""

    line: bytes


@dataclass(frozen=True, slots=True)
class CloseInput:
    """Close the program's standard input: it should end by itself now."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The program has taken control message *control*: *how* is ``now`` or ``queued``."""

    control: str
    how: str = "now"


@dataclass(frozen=True, slots=True)
class Refused:
    """The program cannot do what control message *control* asks."""

    control: str
    reason: str


@dataclass(frozen=True, slots=True)
class Native:
    """The program told its own conversation id, model and version (None: not told)."""

    id: str | None = None
    model: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The program cannot take up the conversation that it was to resume: another one is needed."""


Step = Emit | Send | CloseInput | Applied | Refused | Native | Lost


class Conversation(Protocol):
    """A dialogue with one running agent program.

    Steps come in the order in which they must be done. The conversation emits ``turn.started``
    (trigger) and ``turn.finished`` (reason, text: the last words) itself, and between them
    ``message``, ``thought``, ``tool.*``, ``file.changed``, ``usage``, ``approval.requested``,
    ``denied``, ``retry``, ``warning`` and ``error`` events with the data of docs/protocol.md.
    Usage: one event of scope ``request`` for each model request, ``total_session`` never falling
    and never counting a resumed conversation's past twice (*total_before*).
    """

    def open(self, *, trigger: str) -> list[Step]:
        """Return the first steps: handshake, prompt. *trigger* is start, steer or resume."""
        ...

    def hear(self, line: bytes) -> list[Step]:
        """Return what one line of standard output means; garbage is a ``warning``."""
        ...

    def steer(self, control: str, text: str) -> list[Step]:
        """Return the steps that give *text* to the agent; a new turn when it is idle."""
        ...

    def interrupt(self, control: str) -> list[Step]:
        """Return the steps that end the running turn and leave the conversation usable."""
        ...

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        """Return the steps that answer approval *request*."""
        ...

    def finish(self) -> list[Step]:
        """Return the steps that let the program end by itself; it is idle."""
        ...

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        """Return what must be said once the program is gone: open calls, an unfinished turn."""
        ...


class Adapter(Protocol):
    """One kind of agent."""

    kind: str
    capabilities: Capabilities
    default_program: str

    def refusal(self, request: LaunchRequest) -> str | None:
        """Return what is missing to hold the autonomy level on this host, or None."""
        ...

    def prepare(self, request: LaunchRequest) -> Launch:
        """Return how to start the program. Pure: nothing is written, nothing is looked up."""
        ...

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        """Return a conversation for the program that :meth:`prepare` described.

        Args:
            request: The JSON form of the session's spec that the host holds; keys used by
                adapters: ``prompt``, ``autonomy``, ``resume``, ``native``, ``workspace``,
                ``model``, ``total_before`` (tokens) and ``cost_before`` (USD) of the resumed
                conversation, ``agent_args``.
        """
        ...
