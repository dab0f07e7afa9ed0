"""What no single key can tell: whether the parts of lanes.yaml fit together."""

from collections.abc import Iterator

from darkfactory.config.problems import Problem, nearest, shown
from darkfactory.config.values import DEFAULT_AGENTS
from darkfactory.config.wire import AgentSection, LaneSection, LanesFile
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.patterns import BadPattern, title_pattern
from darkfactory.domain.settings import AgentKind


def cross_check(file: LanesFile) -> Iterator[Problem]:
    """Yield everything in *file* that contradicts something else in it."""
    for name, agent in file.agents.items():
        yield from _agent(name, agent)
    yield from _hooks(file)
    yield from _lane_names(file)
    yield from _defaults(file)
    for name, lane in file.lanes.items():
        yield from _lane_agents(name, lane, file)
        yield from _title(name, lane)
        yield from _thresholds(name, lane)
        yield from _loop(name, lane)
        yield from _holdout(name, lane)


def _agent(name: str, agent: AgentSection) -> Iterator[Problem]:
    if agent.kind is AgentKind.ACP and agent.command is None:
        yield Problem(
            ("agents", name),
            "has kind acp and no command",
            "add the program and its arguments, for example `command: [gemini, --acp]`",
        )
    if agent.script is not None and agent.kind is not AgentKind.MOCK:
        yield Problem(
            ("agents", name, "script"),
            f"is for the mock agent and this one is {agent.kind.value}",
            "take the script out, or write `kind: mock`",
        )


def _hooks(file: LanesFile) -> Iterator[Problem]:
    seen: dict[tuple[str | None, str | None], int] = {}
    for place, hook in enumerate(file.notify):
        first = seen.setdefault((hook.command, hook.webhook), place)
        if first != place:
            yield Problem(
                ("notify", place),
                f"tells the same as notify[{first}]",
                f"put what both are told into `on` of notify[{first}], and take this one out",
            )
        if (hook.command is None) == (hook.webhook is None):
            yield Problem(
                ("notify", place),
                "has neither a command nor a webhook"
                if hook.command is None
                else "has a command and a webhook",
                'give each hook one of them, for example `command: notify-send "$DF_NOTIFY_TEXT"`',
            )


def _lane_names(file: LanesFile) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in file.lanes:
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            yield Problem(
                ("lanes", name),
                f"differs from lane {first} only in upper and lower case",
                "rename one: their files would be the same on some disks",
            )


def _defaults(file: LanesFile) -> Iterator[Problem]:
    names = [name for name, lane in file.lanes.items() if lane.default]
    for name in names[1:]:
        yield Problem(
            ("lanes", name, "default"),
            f"is true, and lane {names[0]} is the default already",
            "keep `default: true` on one lane",
        )


def _lane_agents(name: str, lane: LaneSection, file: LanesFile) -> Iterator[Problem]:
    known = list(file.agents or DEFAULT_AGENTS)
    for place, agent in enumerate(lane.agent):
        if agent not in known:
            yield Problem(
                ("lanes", name, "agent", place),
                f"names agent {shown(agent)}, which is not under agents; "
                f"did you mean {shown(nearest(agent, known))}?",
                f"use one of: {', '.join(known)}; or define {agent} under agents",
            )


def _title(name: str, lane: LaneSection) -> Iterator[Problem]:
    if lane.match.title is None:
        return
    try:
        title_pattern(lane.match.title)
    except BadPattern as error:
        what = f"({shown(lane.match.title)}) {error.problem}"
        yield Problem(("lanes", name, "match", "title"), what, error.fix)


def _thresholds(name: str, lane: LaneSection) -> Iterator[Problem]:
    given = lane.waffle.model_fields_set
    for low, high in (("warn", "steer"), ("steer", "nuke")):
        least, most = getattr(lane.waffle, low), getattr(lane.waffle, high)
        if least > most:
            key, other = (low, high) if low in given else (high, low)
            values = f"is {getattr(lane.waffle, key)} and {other} {getattr(lane.waffle, other)}"
            yield Problem(
                ("lanes", name, "waffle", key),
                values if other in given else f"{values} by default",
                "order them: warn at most steer, steer at most nuke",
            )


def _loop(name: str, lane: LaneSection) -> Iterator[Problem]:
    if lane.loop is None:
        return
    if lane.autonomy is Autonomy.OBSERVE:
        yield Problem(
            ("lanes", name, "loop"),
            "measures changes, and an observe lane makes none",
            "take the loop out, or give the lane another autonomy",
        )
    if lane.loop.command is None and "better" in lane.loop.model_fields_set:
        yield Problem(
            ("lanes", name, "loop", "better"),
            "is for a command, and this loop counts failing tests: fewer are better",
            "take it out, or add the command that prints the number",
        )


def _holdout(name: str, lane: LaneSection) -> Iterator[Problem]:
    if lane.holdout and not lane.skills:
        yield Problem(
            ("lanes", name, "holdout"),
            f"is {lane.holdout:g}, and this lane gives no skills that could be withheld",
            "name skills of the lane, or take the holdout out",
        )
