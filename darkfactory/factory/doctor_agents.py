"""The agents of lanes.yaml: whether they are installed, and whether this host can hold them."""

import os
from collections.abc import Iterator
from contextlib import suppress

from darkfactory.agents.mock.checking import parse_script
from darkfactory.agents.protocol import (
    Adapter,
    AgentMissing,
    AutonomyNotEnforceable,
    LaunchRequest,
)
from darkfactory.agents.registry import adapter
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import FactoryError
from darkfactory.factory.check_skills import check_skills
from darkfactory.factory.findings import Finding, attention, fine, unknown
from darkfactory.processes.fence import fence
from darkfactory.processes.probe import probe
from darkfactory.sessions.confine import Places, confinement_of, session_bounds
from darkfactory.sessions.prepare import find_program, program_version, read_script


def program(agent: AgentSettings, state: StateFolder, settings: Settings) -> Iterator[Finding]:
    """Yield whether the program of *agent* is there and what version it says it is."""
    name = f"agent {agent.name}"
    used = [lane.name for lane in settings.lanes if agent.name in lane.agents]
    try:
        found = find_program(agent, adapter(agent.kind), os.environ)
    except FactoryError as error:
        if used:
            raise
        yield unknown(name, f"{error.problem}; no lane uses it")
        return
    version = program_version(agent.kind, found)
    if agent.kind is AgentKind.MOCK:
        yield _script(name, agent, state)
    elif version is None:
        fix = f"try `{found[0]} --version`; install it anew if that fails"
        yield attention(name, f"{found[0]} does not tell its version", fix)
    else:
        yield fine(name, version)


def lane(lane: Lane, state: StateFolder, settings: Settings) -> Iterator[Finding]:
    """Yield whether this host can hold *lane* to its autonomy with each agent that is there."""
    name = f"lane {lane.name}"
    for notice in check_skills((lane,), settings, state.repository):
        yield attention(name, notice.problem, notice.fix)
    held = []
    for agent in map(settings.agents.__getitem__, lane.agents):
        with suppress(AgentMissing):  # a finding of its own
            speaker = adapter(agent.kind)
            found = find_program(agent, speaker, os.environ)
            held.append(f"{agent.name} {_held(agent, speaker, found, lane, state, settings)}")
    if held:
        yield fine(name, f"{lane.autonomy}: {'; '.join(held)}")
    else:
        yield unknown(name, f"{lane.autonomy}: none of its agents is installed")


def _script(name: str, agent: AgentSettings, state: StateFolder) -> Finding:
    """Return what a mock plays, read as a session would read it.

    Raises:
        ScriptUnreadable: If its script cannot be read.
        BadScript: If it cannot be played.
    """
    text = read_script(agent, os.fspath(state.repository))
    if text is None or agent.script is None:
        return fine(name, "a mock, plays no script")
    parse_script(text, agent.script)
    return fine(name, f"a mock, plays {agent.script}")


def _held(
    agent: AgentSettings,
    speaker: Adapter,
    found: tuple[str, ...],
    lane: Lane,
    state: StateFolder,
    settings: Settings,
) -> str:
    """Return in words what holds *agent* in *lane*, by the very rules that a session starts by."""
    folder = state.session("doctor")
    places = Places(*(os.fspath(folder / name) for name in ("workspace", "home", "temp")))
    bounds = session_bounds(
        places,
        state=state,
        settings=settings,
        lane=lane,
        capabilities=speaker.capabilities,
        program=found,
        environment=os.environ,
    )
    inner = speaker.capabilities.sandbox
    fenced = fence(found, bounds, host=probe(), inner_sandbox=inner)
    request = LaunchRequest(
        session="doctor",
        agent=agent,
        autonomy=lane.autonomy,
        workspace=places.workspace,
        home=places.home,
        temp=places.temp,
        prompt="",
        program=found,
        fence=fenced.files,
    )
    refusal = speaker.refusal(request)
    if refusal is not None:
        raise AutonomyNotEnforceable(agent.name, lane.autonomy, refusal)
    _, holds = confinement_of(fenced, inner_sandbox=inner, lane=lane, unconfined=False)
    return f"held by {holds['files']}, network {holds['network']}"
