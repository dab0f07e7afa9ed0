"""The wire shape of lanes.yaml; schema and documentation are made from it.

None of these classes leaves the package: ``values.settings_of`` makes the domain's values of them.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from darkfactory.config.fields import (
    OWN_VARIABLES,
    Argv,
    Branch,
    Command,
    Duration,
    Environment,
    InnerPath,
    Line,
    Many,
    Money,
    MoneyCap,
    Name,
    Port,
    ProgramLine,
    SkillName,
    Texts,
    TokenCap,
    Tokens,
    Url,
    Variable,
    Within,
)
from darkfactory.domain.grace import ASK_BEFORE_SECONDS, FORCE_AFTER_REQUESTS, FORCE_AFTER_SECONDS
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.patterns import LONGEST_TITLE
from darkfactory.domain.settings import AgentKind, FactKind

SKILLS_AT_MOST = 5
TASTE_AT_MOST = 7
HOOKS_AT_MOST = 20

Priority = Literal["P0", "P1", "P2", "P3"]
Family = Literal["loop", "error", "edit", "burn", "talk", "truth", "scope", "harness"]
Score = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, le=0.5)]


def _key(what: str, example: Any, default: Any = ...) -> Any:
    """Return a key with its description, an example, and the default *as it would be written*."""
    return Field(default, description=what, examples=[example], validate_default=True)


class Section(BaseModel):
    """A mapping of known keys. A key without a value counts as left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        fields = cls.model_fields
        return {
            key: value
            for key, value in given.items()
            if value is not None or key not in fields or fields[key].is_required()
        }


class HarnessSection(Section):
    """The project's own checks: the ground truth of every session and of the gate."""

    command: Command = _key(
        "Shell command, run at the root of the tree under test. Exit status 0 is green.",
        "python -m pytest -q",
    )
    quick: Command | None = _key(
        "A cheaper check, run at new states of the tree while an agent works.",
        "python -m pytest -q tests/unit",
        None,
    )
    timeout: Duration = _key("How long one run may take.", "10m", "10m")
    env: Environment = _key("Variables that the command sees.", {"CI": "1"}, {})
    network: bool = _key("Whether the command may use the network.", False, True)


class AllowSection(Section):
    """What agents and harness may reach beyond a session's own folders."""

    write: Texts = _key("Folders they may write to; `~` is your home.", ["~/.cache/pip"], [])
    read: Texts = _key("Folders they may read that confinement would hide.", ["/opt/sdk"], [])
    connect: Annotated[tuple[Port, ...], Many(single=False)] = _key(
        "TCP ports that agent programs may connect to.", [443], [443]
    )


class LaneAllowSection(AllowSection):
    """What sessions of this lane may reach in addition to the top-level `allow`."""

    connect: Annotated[tuple[Port, ...], Many(single=False)] = _key(
        "Further TCP ports that agent programs may connect to.", [5432], []
    )


class LimitsSection(Section):
    """Caps over all lanes together."""

    lanes: Annotated[int, Within(1, 1024)] = _key(
        "Sessions at once over all lanes; `df run --lanes` overrides it.", 8, 8
    )
    brain_space: Annotated[int, Within(0, 100_000)] = _key(
        "Open human decisions at which no new session starts; 0 switches this off.", 20, 20
    )
    review_minutes: Annotated[int, Within(0, 100_000)] = _key(
        "Minutes of review that may wait, as predicted, before no new session starts; 0 is no cap.",
        60,
        0,
    )
    tokens: TokenCap | None = _key("Tokens of a whole run; 0 is no cap.", "5M", None)
    usd: MoneyCap | None = _key("US dollars of a whole run; 0 is no cap.", 50, None)


class AgentSection(Section):
    """One coding agent, by the name that lanes call it."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": AgentKind.ACP.value}}},
            "then": {"required": ["command"], "properties": {"command": {"type": "array"}}},
        }
    )

    kind: Annotated[AgentKind, Field(strict=False)] = _key(
        "Which protocol the program speaks; `acp` is the Agent Client Protocol.",
        "claude-code",
    )
    model: Line | None = _key("Model to ask the program for.", "sonnet", None)
    command: ProgramLine | None = _key(
        "The program and its first arguments. Required for `acp`; the others are found on PATH."
        " In them, in `args` and in `env`, `{port}` is a free port of loopback to which the session"
        " may connect and no other session may, and `{token}` beside it a secret of this run.",
        ["gemini", "--acp"],
        None,
    )
    args: Argv = _key(
        "Arguments appended to the agent's own command line.", ["-c", "model_provider=local"], []
    )
    env: Environment = _key(
        f"Variables that the agent sees; not {', '.join(OWN_VARIABLES)}: sessions have their own.",
        {"LOG_LEVEL": "warn"},
        {},
    )
    pass_env: Annotated[tuple[Variable, ...], Many()] = _key(
        "Names of your variables that the agent sees too.", ["OPENAI_API_KEY"], []
    )
    script: Line | None = _key(
        "What a `mock` agent plays, a path from the root of the repository.", "mock.yaml", None
    )


class WorkspaceSection(Section):
    """How the private working copies of sessions are made."""

    kind: Literal["clone", "worktree"] = _key(
        "`clone` is a pool of clones that share objects; `worktree` uses git worktrees.",
        "clone",
        "clone",
    )
    keep: Annotated[tuple[InnerPath, ...], Many()] = _key(
        "Ignored folders that survive when a workspace is used again, in the gate too: what the"
        " harness of one change writes there, that of the next one finds.",
        [".venv", "node_modules"],
        [],
    )


class GateSection(Section):
    """How the gate tests and lands changes."""

    runners: Annotated[int, Within(1, 64)] = _key("Harness runs at once.", 2, 2)
    pretest: Annotated[int, Within(0, 1000)] = _key(
        "Waiting changes whose merge is tested before an approval; 0 is none.", 2, 2
    )
    forge: Literal["local", "github"] = _key(
        "Where changes are shown: only here, or as pull requests too.", "local", "local"
    )
    pager: Command | None = _key(
        "Shell command that `o` on the review screen opens a diff in, run as you. The diff is its"
        " standard input; `$DF_HUB`, `$DF_BASE` and `$DF_HEAD` name the repository and both"
        " commits. Left out: `$PAGER`, or `less`.",
        "delta --paging always",
        None,
    )
    union: Texts = _key(
        "Patterns of files that keep the lines of both sides where they conflict, as fits a"
        " changelog. Lines may come twice or out of order, so the result is tested and named.",
        ["CHANGELOG.md"],
        [],
    )


_NOTIFY = """\
One way to tell people who are not there.

Each fact is told once, by whichever `df run` or `df serve` works; nothing that was before the hook
is. [notify.md](notify.md) shows what a hook is given, and when it may be told twice."""


class NotifySection(Section):
    """One hook: what it tells, and to whom."""

    model_config = ConfigDict(json_schema_extra={"description": _NOTIFY})

    on: Annotated[tuple[Annotated[FactKind, Field(strict=False)], ...], Many(at_least=1)] = _key(
        "What is told: `approval`, an agent asks for your yes; `waiting`, a change waits for your"
        " verdict; `failed`, a session has failed, crashed, been nuked or run out of its budget or"
        " time; `finished`, a run is over; `frozen`, the gate lands nothing more.",
        ["approval", "waiting"],
    )
    command: Command | None = _key(
        "Shell command, run as you at the root of your repository. The fact is JSON on its standard"
        " input and in variables, never a part of the command.",
        'notify-send "Dark Factory" "$DF_NOTIFY_TEXT"',
        None,
    )
    webhook: Url | None = _key(
        "Address to which the fact is posted as JSON. Redirects are not followed.",
        "https://example.org/hook",
        None,
    )
    timeout: Duration = _key("How long one try may take.", "30s", "30s")


class MatchSection(Section):
    """Which items the lane takes: an item for which any key holds."""

    labels: Texts = _key("Labels, one of which the item has.", ["bug"], [])
    title: Line | None = _key(
        f"Regular expression that is found in the first {LONGEST_TITLE} characters of the title; "
        "capitals do not matter. One that a title could make slow is refused.",
        "crash|regress",
        None,
    )
    paths: Texts = _key("Patterns, one of which matches a path of the item.", ["src/**"], [])
    priority: Annotated[tuple[Priority, ...], Many()] = _key(
        "Priorities, P0 first.", ["P0", "P1"], []
    )


_GRACE = f"""\
Limits of one session; a key that is left out is no limit.

A session that has used up its `tokens`, `usd` or `turns` is not cut off in the middle of a step. It
is asked once, by a steer that `df sessions follow` shows, to leave the tree in a working state and
end its turn. For that it has {FORCE_AFTER_SECONDS:.0f} seconds or {FORCE_AFTER_REQUESTS} further \
requests to the model, whichever is over first,
and may so exceed its budget by as much. If it ends its turn in that time, what it did goes to the
gate like any other work. If not, the turn is cut and the agent is ended; what it did is kept and
not offered. Either way the session ends as `budget`.

`minutes` is firm. {ASK_BEFORE_SECONDS:.0f} seconds before they are over (a tenth of them, if that \
is less) the session
is asked in the same way; when they are over it is ended as `timed_out`. What is ended so is tried
again while the lane has `attempts` left; a used-up budget is not. What a session waits for a person
to answer an approval is not counted, up to its `minutes` once more."""


class BudgetSection(Section):
    """Limits of one session, and the grace that it has to finish once they are reached."""

    model_config = ConfigDict(json_schema_extra={"description": _GRACE})

    tokens: Tokens | None = _key("Tokens, input and output.", "400k", None)
    usd: Money | None = _key("US dollars.", 3, None)
    minutes: Annotated[float, Field(gt=0, le=10_080)] | None = _key(
        "Minutes by the clock; a fraction will do.", 30, None
    )
    turns: Tokens | None = _key("Requests to the model.", 60, None)


class WaffleSection(Section):
    """Scores from 0 to 1 at which the waffle detector acts; each at least the one before."""

    warn: Score = _key("Score that marks the session.", 0.5, 0.5)
    steer: Score = _key("Score that sends the agent a steer quoting the evidence.", 0.7, 0.7)
    nuke: Score = _key("Score that ends the session; its work goes to quarantine.", 0.9, 0.9)
    off: Annotated[tuple[Family, ...], Many()] = _key(
        "Families of signals that do not count.", ["talk"], []
    )


class LoopSection(Section):
    """Goes on turn after turn for as long as a measured value gets better.

    After `every` turns the tree is measured in a clone of its own, confined like the harness: the
    reward is a better value than the best before. The agent is told, and goes on. After `patience`
    checks in a row without a reward, after `turns` turns, or when no test fails any more, the
    session ends, and the best tree is offered at the gate. A value that cannot be measured is no
    reward. Whoever can change what prints the number can change the number: a change to a file
    that `command` runs by its name is told at the gate as touching the harness; put what that
    reads under `protected`. While no `df run` works, nothing is measured and the session
    waits. Budgets, the waffle detector, and what people ask of a session hold in a loop as ever.
    """

    every: Annotated[int, Within(1, 1000)] = _key("Turns between two checks.", 3, 1)
    command: Command | None = _key(
        "Shell command whose last line of output ends with the number. Left out: how many tests "
        "fail, by the harness; the goal is then 0.",
        "python bench.py",
        None,
    )
    better: Literal["lower", "higher"] = _key(
        "Which number of `command` is the better one.", "higher", "lower"
    )
    patience: Annotated[int, Within(1, 1000)] = _key(
        "Checks in a row without a reward that end the session.", 3, 2
    )
    turns: Annotated[int, Within(1, 10_000)] = _key("Turns of the agent at most.", 50, 30)
    prompt: Line = _key("What the agent is told to go on with.", "Go on.", "Go on.")


class BatchSection(Section):
    """Lets a person say yes to several waiting changes of this lane at once.

    That is `df gate batch LANE`, or `b` on the review screen. It takes only what is green on the
    base as it is now and what nothing has to be said of; a random fifth of it is to be opened
    before ([gate.md](gate.md#several-at-once)).
    """

    files: Annotated[int, Within(1, 1000)] = _key(
        "Files that the changes of one batch touch, together at most.", 20, 20
    )
    lines: Annotated[int, Within(1, 100_000)] = _key(
        "Lines that they add and remove, together at most.", 200, 400
    )


class LaneSection(Section):
    """One swim lane. An item that fits several goes to the first in the file.

    With `autonomy: land` only what is green, low in risk and quiet lands without a person; all that
    must hold is told in [landing-alone.md](landing-alone.md).
    """

    match: MatchSection = _key("Which items the lane takes.", {"labels": ["bug"]}, {})
    default: bool = _key(
        "Whether the lane takes what no other lane does; true on at most one.", True, False
    )
    agent: Annotated[tuple[Name, ...], Many()] = _key(
        "Names from `agents`, preferred first; the next one is used after a nuked attempt. "
        "Left out: the first agent of `agents`.",
        ["codex", "claude"],
        [],
    )
    autonomy: Annotated[Autonomy, Field(strict=False)] = _key(
        "How far an agent may go alone: `observe` reads, `suggest` edits and asks before each "
        "command, `propose` edits and runs commands, `land` also lands low-risk green changes.",
        "propose",
        "propose",
    )
    sessions: Annotated[int, Within(1, 1024)] = _key("Sessions at once in this lane.", 2, 1)
    attempts: Annotated[int, Within(1, 100)] = _key(
        "Sessions that one `df run` may give an item, one after another. The one session after a "
        "nuke comes on top; what was nuked twice waits for a person.",
        2,
        2,
    )
    skills: Annotated[tuple[SkillName, ...], Many(at_most=SKILLS_AT_MOST)] = _key(
        f"Folders of `skills/` that every session gets; at most {SKILLS_AT_MOST}.",
        ["commit", "run-tests"],
        [],
    )
    holdout: Share = _key(
        "Share of the items whose sessions are not given a skill, drawn for each skill by itself, "
        "so that `df retro` can tell what the skill does; never a guard, nor one that is proven "
        "([skills.md](skills.md#holdouts)).",
        0.1,
        0,
    )
    budget: BudgetSection = _key("Limits of one session.", {"tokens": "400k"}, {})
    silence: Duration = _key(
        "A turn without any output of the agent for this long ends as stalled; an approval that"
        " nobody answers for this long is denied.",
        "5m",
        "5m",
    )
    owns: Texts = _key(
        "Patterns of the files this lane may edit; other edits are flagged, not refused.",
        ["src/**", "tests/**"],
        [],
    )
    harness: Command | None = _key("Replaces `harness.command` here.", "make check", None)
    waffle: WaffleSection = _key("When the waffle detector acts.", {"nuke": 0.95}, {})
    taste: Annotated[tuple[Line, ...], Many(at_most=TASTE_AT_MOST)] = _key(
        f"Yes/no questions for the person at the gate; at most {TASTE_AT_MOST}.",
        ["Would I maintain this?"],
        [],
    )
    prompt: str = _key(
        "Extra words for every session of the lane.", "Keep the public API as it is.\n", ""
    )
    allow: LaneAllowSection = _key(
        "Added to the top-level `allow` for this lane.", {"connect": [5432]}, {}
    )
    loop: LoopSection | None = _key(
        "Go on turn after turn while a measured value gets better. Left out: the session ends "
        "with its turn.",
        {"every": 3, "command": "python bench.py", "patience": 2},
        None,
    )
    batch: BatchSection | None = _key(
        "Allow one yes to several changes of this lane. Left out: each wants a yes of its own.",
        {"files": 20, "lines": 200},
        None,
    )


class LanesFile(Section):
    """How a repository is worked: its checks, its agents, its lanes."""

    version: Annotated[int, Within(1, 1)] = _key("Version of this format.", 1, 1)
    base: Branch | None = _key(
        "Branch that changes land on. Left out: the checked-out branch.", "main", None
    )
    backlog: Texts | None = _key(
        "Sources of items: files, folders, `github:OWNER/REPO`. Left out: whichever of "
        "`backlog.yaml`, `backlog.md` and `backlog/` exist.",
        ["backlog.yaml"],
        None,
    )
    harness: HarnessSection = _key("The project's own checks.", {"command": "python -m pytest -q"})
    allow: AllowSection = _key(
        "What agents and harness may reach besides; a lane's own `allow` adds to it.",
        {"write": ["~/.cache/pip"]},
        {},
    )
    limits: LimitsSection = _key("Caps of a whole run.", {"lanes": 8}, {})
    protected: Texts = _key(
        "Patterns of files whose change is flagged as touching the harness.",
        [".github/**", "lanes.yaml"],
        [".github/**", "lanes.yaml"],
    )
    agents: dict[Name, AgentSection] = _key(
        "Coding agents by name. Left out: `codex` and `claude`, each of its own kind.",
        {"claude": {"kind": "claude-code", "model": "sonnet"}},
        {},
    )
    workspace: WorkspaceSection = _key("How working copies are made.", {"kind": "clone"}, {})
    gate: GateSection = _key("How changes are tested and landed.", {"runners": 2}, {})
    notify: Annotated[
        tuple[NotifySection, ...], Many(at_most=HOOKS_AT_MOST, single=False, unique=False)
    ] = _key(
        f"Ways to tell people who are not there; at most {HOOKS_AT_MOST}.",
        [{"on": ["waiting"], "webhook": "https://example.org/hook"}],
        [],
    )
    lanes: dict[Name, LaneSection] = _key(
        "Swim lanes by name, in the order in which items are offered to them. Without lanes only "
        "the gate works.",
        {"bugs": {"match": {"labels": ["bug"]}}},
        {},
    )
