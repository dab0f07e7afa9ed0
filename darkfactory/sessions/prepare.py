"""Make everything ready for a session host: home, prompt, fence, command line, spec.

Each step can be taken again after a crash; nothing has started when it is done.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from darkfactory.agents.protocol import (
    Adapter,
    AgentMissing,
    AutonomyNotEnforceable,
    Launch,
    LaunchRequest,
    McpServer,
)
from darkfactory.agents.registry import adapter
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Budget, Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import UsageError
from darkfactory.files import write_atomic
from darkfactory.processes.bounds import HostFences
from darkfactory.processes.fence import fence
from darkfactory.sessions.confine import (
    Places,
    confinement_of,
    expand,
    hidden_beside,
    own_sandbox,
    session_bounds,
)
from darkfactory.sessions.own_port import TOKEN, with_own_port
from darkfactory.sessions.redact import is_secret
from darkfactory.sessions.served import way_in
from darkfactory.sessions.skill_copies import SessionSkills, lay_copies
from darkfactory.sessions.spec import (
    HARD_DEADLINE_SECONDS,
    PROMPT_FILE,
    SessionSpec,
    save_spec,
)
from darkfactory.workspaces.slot import Workspace

_ALWAYS_PASSED = ("PATH", "LANG", "LANGUAGE", "TZ")
_VERSION_SECONDS = 20


class ScriptUnreadable(UsageError):
    """The script of a mock agent cannot be read."""

    code = "mock.unreadable"

    def __init__(self, agent: str, script: str, why: str) -> None:
        super().__init__(
            f"the script {script!r} of agent {agent!r} cannot be read: {why}",
            fix=f"set agents.{agent}.script to a file below the repository root",
        )


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One run of one session, decided but not yet prepared.

    *hide* are absolute paths that it must not read, beside those that no session may; *show* are
    those inside of them that it may read.
    """

    session: str
    item: Item
    lane: Lane
    agent: AgentSettings
    attempt: int
    epoch: int
    prompt: str
    workspace: Workspace
    budget: Budget
    trigger: str = "start"
    resume: str | None = None
    skills: SessionSkills = field(default_factory=SessionSkills)
    mcp: Sequence[McpServer] = ()
    hide: Sequence[str] = ()
    show: Sequence[str] = ()
    total_before: int = 0
    cost_before: float = 0.0
    requests_before: int = 0
    unconfined: bool = False
    until_loaded: str = ""
    branch: str = "main"
    calibration: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that only needs its host: *environment* is all that host and agent see."""

    folder: str
    spec: SessionSpec
    environment: Mapping[str, str] = field(repr=False)


def prepare_session(
    request: SessionRequest,
    *,
    state: StateFolder,
    settings: Settings,
    host: HostFences,
    caller: Mapping[str, str],
) -> Prepared:
    """Write the session's folder and return what starts it.

    Args:
        host: What this machine can confine with.
        caller: The environment of whoever runs the factory; only what lanes.yaml names passes.

    Raises:
        AgentMissing: If the agent's program is not installed.
        AutonomyNotEnforceable: If the agent cannot be held to the lane's autonomy.
        NotConfinable: If this host cannot.
    """
    speaker = adapter(request.agent.kind)
    folder = os.fspath(state.session(request.session))
    places = _make_places(folder, request.workspace)
    program = find_program(request.agent, speaker, caller)
    way = way_in(state, request.session)
    bounds = session_bounds(
        places,
        state=state,
        settings=settings,
        lane=request.lane,
        capabilities=speaker.capabilities,
        program=program,
        environment=caller,
        way=way,
    )
    bounds = replace(bounds, hide=(*bounds.hide, *request.hide), show=(*bounds.show, *request.show))
    inner = own_sandbox(speaker.capabilities, host)
    side = fence(program, bounds, host=host, inner_sandbox=inner).files
    asked = _launch_request(request, state, settings, places, program, side)
    asked = replace(asked, hide=hidden_beside(bounds))
    refusal = speaker.refusal(asked)
    if refusal is not None and not request.unconfined:
        raise AutonomyNotEnforceable(request.agent.name, request.lane.autonomy, refusal)
    launch = speaker.prepare(asked)
    _fill_home(places.home, launch)
    problems = lay_copies(places.workspace, request.skills)
    given = {**request.agent.env, **launch.env}
    argv, filled, own = with_own_port(launch.argv, given)
    passed = _passed(request.agent, places, caller, own_tmp=side != "landlock")
    environment = {**passed, **filled, **way.variables}
    if bounds.network == "ports":
        bounds = replace(bounds, ports=(*bounds.ports, *own))
    fenced = fence(argv, bounds, host=host, inner_sandbox=inner)
    holds_itself = inner and refusal is None  # a sandbox that cannot start holds nothing
    confined, confinement = confinement_of(
        fenced, inner_sandbox=holds_itself, lane=request.lane, unconfined=request.unconfined
    )
    spec = replace(
        _spec(request, state, settings, places),
        argv=fenced.argv,
        version=program_version(request.agent.kind, program),
        native=launch.native,
        warnings=tuple(problems),
        confined=confined and refusal is None,
        confinement=confinement,
        secret_names=tuple(
            sorted(
                name
                for name, value in environment.items()
                if is_secret(name, value) or (own and TOKEN in given.get(name, ""))
            )
        ),
    )
    write_atomic(os.path.join(folder, PROMPT_FILE), request.prompt)
    save_spec(folder, spec)
    return Prepared(folder, spec, environment)


def _spec(
    request: SessionRequest, state: StateFolder, settings: Settings, places: Places
) -> SessionSpec:
    """Return what is known of the spec before the agent's launch is."""
    return SessionSpec(
        session=request.session,
        item=request.item.id,
        title=request.item.title,
        lane=request.lane.name,
        attempt=request.attempt,
        epoch=request.epoch,
        kind=request.agent.kind,
        agent=request.agent.name,
        autonomy=request.lane.autonomy,
        argv=(),
        workspace=places.workspace,
        hub=os.fspath(state.hub),
        base=request.workspace.base,
        streams=os.fspath(state.streams),
        prompt=request.prompt,
        trigger=request.trigger,
        model=request.agent.model,
        resume=request.resume,
        workspace_seconds=round(request.workspace.seconds, 4),
        keep=settings.workspace.keep,
        workspace_kind=settings.workspace.kind,
        branch=request.branch,
        skills=tuple(asdict(ref) for _, ref in request.skills.pairs),
        withheld=tuple(asdict(ref) for ref in request.skills.withheld),
        reminder=request.skills.again,
        rules=tuple(request.skills.rules),
        catalogue=request.skills.catalogue,
        shadows=tuple(request.skills.shadows),
        mcp=tuple(asdict(server) for server in request.mcp),
        until_loaded=request.until_loaded,
        agent_args=request.agent.args,
        silence_seconds=request.lane.silence_seconds,
        waffle=asdict(request.lane.waffle),
        calibration=request.calibration,
        owns=request.lane.owns,
        loop=asdict(request.lane.loop) if request.lane.loop else None,
        deadline_seconds=_deadline(request.budget),
        tokens=request.budget.tokens,
        usd=request.budget.usd,
        turns=request.budget.turns,
        total_before=request.total_before,
        cost_before=request.cost_before,
        requests_before=request.requests_before,
    )


def find_program(
    agent: AgentSettings, speaker: Adapter, caller: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the agent's program as absolute path and its fixed arguments.

    Raises:
        AgentMissing: If it is not on PATH.
    """
    words = agent.command or (speaker.default_program,)
    found = shutil.which(os.path.expanduser(words[0]), path=caller.get("PATH", os.defpath))
    if found is None:
        raise AgentMissing(agent.name, words[0])
    return (os.path.abspath(found), *words[1:])


@lru_cache(maxsize=64)
def program_version(kind: AgentKind, program: tuple[str, ...]) -> str | None:
    """Return what *program* says of its version, None if it does not; asked once a process."""
    from darkfactory import __version__

    if kind is AgentKind.MOCK:
        return __version__
    try:
        answer = subprocess.run(
            [*program, "--version"],
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_SECONDS,
            check=False,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.decode("utf-8", "replace").strip().splitlines()
    return words[0][:100] if answer.returncode == 0 and words else None


def _make_places(folder: str, workspace: Workspace) -> Places:
    places = Places(
        os.fspath(workspace.path),
        os.path.join(folder, "home"),
        os.path.join(folder, "tmp"),
        os.fspath(workspace.shared) if workspace.shared else None,
        os.fspath(workspace.lender) if workspace.lender else None,
    )
    for path in (folder, places.home, places.temp):
        os.makedirs(path, mode=0o700, exist_ok=True)
    return places


def _launch_request(
    request: SessionRequest,
    state: StateFolder,
    settings: Settings,
    places: Places,
    program: tuple[str, ...],
    side: str,
) -> LaunchRequest:
    repository = os.fspath(state.repository)
    return LaunchRequest(
        session=request.session,
        agent=request.agent,
        autonomy=request.lane.autonomy,
        workspace=places.workspace,
        home=places.home,
        temp=places.temp,
        prompt=request.prompt,
        program=program,
        budget=request.budget,
        skills=[folder for folder, _ in request.skills.pairs],
        mcp=request.mcp,
        resume=request.resume,
        fence=side,
        script=read_script(request.agent, repository),
        write=expand((*settings.allow.write, *request.lane.allow.write), repository),
        unconfined=request.unconfined,
    )


def read_script(agent: AgentSettings, repository: str) -> str | None:
    """Return the text of the script that *agent* plays, None where it has none.

    Raises:
        ScriptUnreadable: If it cannot be read.
    """
    if agent.script is None:
        return None
    try:
        with open(os.path.join(repository, agent.script), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ScriptUnreadable(agent.name, agent.script, why) from error


def _fill_home(home: str, launch: Launch) -> None:
    for source, target in launch.copies:
        shutil.copytree(source, os.path.join(home, target), dirs_exist_ok=True)
    for name, text in launch.files.items():
        path = os.path.join(home, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_atomic(path, text, mode=0o600)


def _passed(
    agent: AgentSettings,
    places: Places,
    caller: Mapping[str, str],
    *,
    own_tmp: bool,
) -> dict[str, str]:
    """Return all that the agent sees of the environment of the *caller*."""
    made = {
        name: value
        for name, value in caller.items()
        if name in _ALWAYS_PASSED or name.startswith("LC_") or name in agent.pass_env
    }
    made.setdefault("PATH", os.defpath)
    made["HOME"] = places.home
    if not own_tmp:
        made["TMPDIR"] = places.temp
    return made


def _deadline(budget: Budget) -> float:
    return HARD_DEADLINE_SECONDS if budget.minutes is None else budget.minutes * 60
