"""Wire shape in, domain values out."""

from darkfactory.config.wire import AgentSection, LaneSection, LanesFile
from darkfactory.domain.lane import Allow, BatchCap, Budget, Lane, Loop, Match, WaffleLimits
from darkfactory.domain.settings import (
    AgentKind,
    AgentSettings,
    GateSettings,
    HarnessSettings,
    Hook,
    Limits,
    Settings,
    WorkspaceSettings,
)

DEFAULT_AGENTS = {"codex": AgentKind.CODEX, "claude": AgentKind.CLAUDE_CODE}


def settings_of(file: LanesFile) -> Settings:
    """Return *file*, which has passed all checks, as the domain's values."""
    agents = {name: _agent(name, agent) for name, agent in file.agents.items()} or {
        name: AgentSettings(name, kind) for name, kind in DEFAULT_AGENTS.items()
    }
    first = next(iter(agents))
    return Settings(
        harness=HarnessSettings(
            command=file.harness.command,
            quick=file.harness.quick,
            timeout_seconds=file.harness.timeout,
            env=file.harness.env,
            network=file.harness.network,
        ),
        lanes=tuple(_lane(name, lane, first) for name, lane in file.lanes.items()),
        agents=agents,
        base=file.base,
        backlog=file.backlog,
        allow=Allow(file.allow.write, file.allow.read, file.allow.connect),
        limits=Limits(
            lanes=file.limits.lanes,
            brain_space=file.limits.brain_space,
            review_minutes=file.limits.review_minutes,
            tokens=file.limits.tokens,
            usd=file.limits.usd,
        ),
        protected=file.protected,
        workspace=WorkspaceSettings(file.workspace.kind, file.workspace.keep),
        gate=GateSettings(
            file.gate.runners,
            file.gate.pretest,
            file.gate.forge,
            file.gate.pager,
            file.gate.union,
        ),
        notify=tuple(
            Hook(hook.on, hook.command, hook.webhook, hook.timeout) for hook in file.notify
        ),
    )


def _agent(name: str, agent: AgentSection) -> AgentSettings:
    return AgentSettings(
        name=name,
        kind=agent.kind,
        model=agent.model,
        command=agent.command,
        env=agent.env,
        pass_env=agent.pass_env,
        args=agent.args,
        script=agent.script,
    )


def _lane(name: str, lane: LaneSection, first_agent: str) -> Lane:
    match, budget, waffle = lane.match, lane.budget, lane.waffle
    return Lane(
        name=name,
        match=Match(match.labels, match.title, match.paths, match.priority),
        default=lane.default,
        agents=lane.agent or (first_agent,),
        autonomy=lane.autonomy,
        sessions=lane.sessions,
        attempts=lane.attempts,
        skills=lane.skills,
        holdout=lane.holdout,
        budget=Budget(budget.tokens, budget.usd, budget.minutes, budget.turns),
        silence_seconds=lane.silence,
        owns=lane.owns,
        harness=lane.harness,
        waffle=WaffleLimits(waffle.warn, waffle.steer, waffle.nuke, waffle.off),
        taste=lane.taste,
        prompt=lane.prompt,
        allow=Allow(lane.allow.write, lane.allow.read, lane.allow.connect),
        loop=Loop(**lane.loop.model_dump()) if lane.loop else None,
        batch=BatchCap(lane.batch.files, lane.batch.lines) if lane.batch else None,
    )
