"""Rules about a skill and what is around it: its lanes, its evals, the documentation it repeats."""

from collections.abc import Iterator
from datetime import timedelta

from darkfactory.domain.lane import Lane
from darkfactory.skills.lint.links import addresses
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Severity, Spot
from darkfactory.skills.lint.shingles import repeated_share, windows
from darkfactory.skills.lint.text import CHARACTERS_A_TOKEN

_MOST_CHARACTERS = 4000
_BEST_COUNT, _MOST_COUNT = 3, 5
_TURNS = 30
_STALE = timedelta(days=90)
_MOST_REPEATED = 0.15
# Beside the library, seen from the folder of a skill, as each file of a finding is.
_LANES = "../../lanes.yaml"


def _catalogue(skill: ParsedSkill) -> Iterator[Spot]:
    for lane in skill.project.lanes_with(skill.name):
        first = next((name for name in lane.skills if name in skill.project.sizes), "")
        if first == skill.name:  # a lane is told of once
            yield from _lane_catalogue(skill, lane)


def _lane_catalogue(skill: ParsedSkill, lane: Lane) -> Iterator[Spot]:
    size = sum(skill.project.sizes.get(name, 0) for name in lane.skills)
    if size > _MOST_CHARACTERS:
        message = f"lane {lane.name}: names and descriptions are {size} characters"
        yield Spot(message, file=_LANES)
    count = len(lane.skills)
    if count > _BEST_COUNT:
        severity: Severity = "error" if count > _MOST_COUNT else "info"
        yield Spot(f"lane {lane.name} has {count} skills", file=_LANES, severity=severity)


def _cost(skill: ParsedSkill) -> Iterator[Spot]:
    entry = skill.project.sizes.get(skill.name, 0) // CHARACTERS_A_TOKEN
    for lane in skill.project.lanes_with(skill.name):
        turns = lane.budget.turns or _TURNS
        each = entry + skill.body_tokens
        price = skill.project.price
        money = "" if price is None else f", USD {each * turns * price / 1_000_000:.2f}"
        message = (
            f"lane {lane.name}: a session that loads it sends about {each * turns} tokens of it "
            f"({each} in each of {turns} requests{money})"
        )
        yield Spot(message, skill.body.first)


def _not_tried(skill: ParsedSkill) -> Iterator[Spot]:
    tried, today = skill.project.tried.get(skill.name), skill.today
    if tried is None or today is None:
        return
    if today - tried.on > _STALE:
        days = (today - tried.on).days
        yield Spot(f"the evals ran {days} days ago, on {tried.on}", file="evals")
    agents = {name for lane in skill.project.lanes_with(skill.name) for name in lane.agents}
    for name in sorted(agents & skill.project.models.keys() & tried.models.keys()):
        if skill.project.models[name] not in tried.models[name]:
            yield Spot(
                f"agent {name} has model {skill.project.models[name]}, the evals ran with "
                f"{', '.join(sorted(tried.models[name]))}",
                file="evals",
            )


def _mirrored(skill: ParsedSkill) -> Iterator[Spot]:
    if not skill.project.mirrors:
        return
    found = windows(skill.body.lines)
    for name, text in skill.project.mirrors.items():
        share = repeated_share(found, [text])
        if share > _MOST_REPEATED:
            message = f"{round(100 * share)} % of the body stand in the documentation: {name}"
            yield Spot(message, skill.body.first)


def _silent_links(skill: ParsedSkill) -> Iterator[Spot]:
    for text in skill.texts.values():
        for line, address in addresses(text):
            problem = skill.project.answers.get(address)
            if problem:
                yield Spot(f"{address} does not answer: {problem}", line, text.name)


RULES = (
    Rule(
        "Z005", "the skills of a lane fit into half of a catalogue, and are at most three",
        "agents cut descriptions where their catalogue is full, and many skills help less than few",
        "give the lane fewer skills, or make two of them one",
        _catalogue, around=True,
    ),
    Rule(
        "Z006", "it is known what a session pays for the skill",
        "what is in the context is sent with every request",
        "shorten the body, or give the skill to fewer lanes",
        _cost, "info", around=True,
    ),
    Rule(
        "T006", "the evals ran in the last 90 days, and with the models of its lanes",
        "a new model may not need the skill any more, or may follow it differently",
        "run them again: df evals run",
        _not_tried, around=True,
    ),
    Rule(
        "L005", "the body does not repeat a mirror of documentation",
        "the documentation is kept up to date, the copy is not",
        "name the address of the documentation, and keep what it does not say",
        _mirrored, around=True,
    ),
    Rule(
        "L006", "each link to the network answers",
        "an agent that is sent to a page that is gone guesses what it held",
        "mend the address, or take the link out",
        _silent_links, "info", around=True,
    ),
)  # fmt: skip
