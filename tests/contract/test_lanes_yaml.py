"""Every key of lanes.yaml, written out once, means what docs/lanes.md promises."""

from darkfactory.config.loading import parse_settings
from darkfactory.domain.lane import Allow, Autonomy, Budget, Lane, Match, WaffleLimits
from darkfactory.domain.settings import (
    AgentKind,
    AgentSettings,
    GateSettings,
    HarnessSettings,
    Limits,
    Settings,
    WorkspaceSettings,
)

TEXT = """\
version: 1
base: trunk                          # where changes land
backlog: [backlog.yaml, "github:acme/anvil"]
harness:
  command: make check
  quick: make quick
  timeout: 15m
  env: {CI: "1", LANG: C.UTF-8}
  network: false
allow: {write: ["~/.cache/pip"], read: ["/opt/sdk"], connect: [443, 8443]}
limits:
  lanes: 6
  brain_space: 12
  tokens: 5M
  usd: 50
protected: [".github/**", "lanes.yaml", "Makefile"]
agents:
  codex:  {kind: codex, model: gpt-5-codex, args: [-c, model_provider=x, -c, "providers.x={}"]}
  claude: {kind: claude-code, model: sonnet, command: [/opt/claude], pass_env: [ANTHROPIC_API_KEY]}
  mock:   {kind: mock, script: mock.yaml}
  gemini: {kind: acp, command: [gemini, --acp], env: {NO_COLOR: "1"}}
workspace: {kind: worktree, keep: [".venv", "node_modules"]}
gate: {runners: 3, pretest: 0, forge: github}
lanes:
  bugs:
    match: {labels: [bug], title: "crash|regress", paths: ["src/**"], priority: [P0, P1]}
    default: false
    agent: [codex, claude]
    autonomy: land
    sessions: 3
    attempts: 4
    skills: [commit, run-tests]
    budget: {tokens: 400k, usd: 3, minutes: 0.5, turns: 60}
    silence: 90s
    owns: ["src/**", "tests/**"]
    harness: make bugs
    waffle: {warn: 0.4, steer: 0.6, nuke: 0.8, off: [talk, burn]}
    taste: ["Would I maintain this?", "Is it the smallest change?"]
    prompt: |
      Fix the cause.
      Add a test.
    allow: {write: [/data], connect: [5432]}
  rest:
    default: true
    autonomy: observe
"""

EXPECTED = Settings(
    harness=HarnessSettings(
        command="make check",
        quick="make quick",
        timeout_seconds=900.0,
        env={"CI": "1", "LANG": "C.UTF-8"},
        network=False,
    ),
    lanes=(
        Lane(
            name="bugs",
            match=Match(("bug",), "crash|regress", ("src/**",), ("P0", "P1")),
            default=False,
            agents=("codex", "claude"),
            autonomy=Autonomy.LAND,
            sessions=3,
            attempts=4,
            skills=("commit", "run-tests"),
            budget=Budget(tokens=400_000, usd=3.0, minutes=0.5, turns=60),
            silence_seconds=90.0,
            owns=("src/**", "tests/**"),
            harness="make bugs",
            waffle=WaffleLimits(0.4, 0.6, 0.8, ("talk", "burn")),
            taste=("Would I maintain this?", "Is it the smallest change?"),
            prompt="Fix the cause.\nAdd a test.\n",
            allow=Allow(("/data",), (), (5432,)),
        ),
        Lane(name="rest", default=True, agents=("codex",), autonomy=Autonomy.OBSERVE),
    ),
    agents={
        "codex": AgentSettings(
            "codex",
            AgentKind.CODEX,
            model="gpt-5-codex",
            args=("-c", "model_provider=x", "-c", "providers.x={}"),
        ),
        "claude": AgentSettings(
            "claude",
            AgentKind.CLAUDE_CODE,
            model="sonnet",
            command=("/opt/claude",),
            pass_env=("ANTHROPIC_API_KEY",),
        ),
        "mock": AgentSettings("mock", AgentKind.MOCK, script="mock.yaml"),
        "gemini": AgentSettings(
            "gemini", AgentKind.ACP, command=("gemini", "--acp"), env={"NO_COLOR": "1"}
        ),
    },
    base="trunk",
    backlog=("backlog.yaml", "github:acme/anvil"),
    allow=Allow(("~/.cache/pip",), ("/opt/sdk",), (443, 8443)),
    limits=Limits(lanes=6, brain_space=12, tokens=5_000_000, usd=50.0),
    protected=(".github/**", "lanes.yaml", "Makefile"),
    workspace=WorkspaceSettings("worktree", (".venv", "node_modules")),
    gate=GateSettings(runners=3, pretest=0, forge="github"),
)


def test_every_key_of_lanes_yaml_arrives_as_a_value() -> None:
    assert parse_settings(TEXT) == EXPECTED


def test_values_are_of_the_type_the_domain_says() -> None:
    settings = parse_settings(TEXT)
    lane = settings.lanes[0]

    assert isinstance(lane.autonomy, Autonomy)
    assert isinstance(settings.agents["mock"].kind, AgentKind)
    assert isinstance(lane.budget.tokens, int)
    assert isinstance(lane.budget.usd, float)
    assert isinstance(settings.limits.tokens, int)
    assert all(isinstance(found, tuple) for found in (lane.skills, lane.owns, settings.protected))
