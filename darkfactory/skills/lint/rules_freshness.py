"""Rules T and E: whether what a skill says still holds, and whether anything tries it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from darkfactory.config import yamltree
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

_FRESH = timedelta(days=365)
_DATE = re.compile(r"\b(20[0-4]\d)[-/](0[1-9]|1[0-2])(?:[-/](0[1-9]|[12]\d|3[01]))?\b(?![-/\w])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPELT = re.compile(
    rf"\b({'|'.join(_MONTHS)})[a-z]{{0,6}}\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(20[0-4]\d)\b"
)
_MODEL = re.compile(
    r"\b(?:gpt-[3-9][\w.-]*|claude-(?:opus|sonnet|haiku|instant|[2-9])[\w.-]*|gemini-[1-9][\w.-]*"
    r"|o[134]-(?:mini|preview|pro)|llama-?[2-9][\w.-]*|mistral-(?:large|small)[\w.-]*)"
)
_MODEL_HINTS = ("gpt-", "claude-", "gemini-", "o1-", "o3-", "o4-", "llama", "mistral-")
_RELATIVE = re.compile(
    r"\b(?:currently(?! (?:checked|open|selected|active|installed|running|staged))"
    r"|recently|nowadays|as of (?:now|today|this writing)|brand[- ]new|new in|(?<!as )soon)\b"
)
_RELATIVE_HINTS = ("currently", "recently", "nowadays", "as of ", "brand", "new in", "soon")
_SCENARIO = "scenario.yaml"
_FEWEST_SCENARIOS = 6
_PROMPT = re.compile(r'"(?:prompt|query)"\s{0,5}:')
_NEAR_MISS = re.compile(
    r"\bkind:\s{0,5}[\"']?(?:trigger|negative)\b|[\"']?should_trigger[\"']?\s{0,5}:\s{0,5}false"
)


def _old_dates(skill: ParsedSkill) -> Iterator[Spot]:
    if skill.today is None:
        return
    for number, line in skill.body.prose:
        for said in _dates(line[:2000].lower()) if "20" in line else ():
            if said < skill.today - _FRESH:
                yield Spot(f"a date of more than a year ago: {said:%Y-%m}", number)
                return


def _dates(line: str) -> Iterator[date]:
    """Yield the days and months that *line* names; of a month the first day."""
    for year, month, day in _DATE.findall(line):
        yield date(int(year), int(month), min(int(day or 1), 28))
    for name, year in _SPELT.findall(line):
        yield date(int(year), _MONTHS.index(name) + 1, 1)


def _models(skill: ParsedSkill) -> Iterator[Spot]:
    for number, near in skill.whole.near(*_MODEL_HINTS):
        found = _MODEL.search(near)
        if found and number >= skill.body.first:
            yield Spot(f"names the model {found[0]}", number)
            return


def _no_version(skill: ParsedSkill) -> Iterator[Spot]:
    _, metadata = skill.head.entries.get("metadata", (0, None))
    inside = isinstance(metadata, yamltree.Mapping) and "version" in metadata.entries
    if not (inside or skill.sidecar.version or "version" in skill.head.entries):
        yield Spot("the skill has no version", 1)


def _relative_time(skill: ParsedSkill) -> Iterator[Spot]:
    if not any(word in skill.prose for word in _RELATIVE_HINTS):
        return
    for number, line in skill.body.prose:
        found = _RELATIVE.search(line[:2000].lower())
        if found:
            yield Spot(f"a time relative to an unknown day: {found[0]}", number)
            return


def _no_evals(skill: ParsedSkill) -> Iterator[Spot]:
    if not _scenarios(skill):
        yield Spot("the skill has no scenarios", file="evals")


def _few_evals(skill: ParsedSkill) -> Iterator[Spot]:
    scenarios = _scenarios(skill)
    if 0 < scenarios < _FEWEST_SCENARIOS:
        yield Spot(f"{scenarios} of at least {_FEWEST_SCENARIOS} scenarios", file="evals")


def _no_near_miss(skill: ParsedSkill) -> Iterator[Spot]:
    texts = (skill.evals or {}).values()
    if _scenarios(skill) and not any(_NEAR_MISS.search(text) for text in texts):
        yield Spot("no scenario is merely near to the skill's case", file="evals")


def _scenarios(skill: ParsedSkill) -> int:
    """Return the number of scenario folders, or of the prompts of an ``evals.json``."""
    evals = skill.evals or {}
    folders = sum(name.endswith(f"/{_SCENARIO}") for name in evals)
    return folders or len(_PROMPT.findall(evals.get("evals.json", "")))


RULES = (
    Rule(
        "T001", "no date in the body is more than a year old",
        "what held then may not hold now, and nobody sees it",
        "look whether it still holds; then say from which version on",
        _old_dates,
    ),
    Rule(
        "T002", "no model is named by its id",
        "the id is withdrawn before the skill is looked at again",
        "say what kind of model is meant, or where its id is looked up",
        _models,
    ),
    Rule(
        "T003", "the skill has a version",
        "what a session had can only be told of skills with one",
        "add `version:` to df.yaml",
        _no_version, "info",
    ),
    Rule(
        "T005", "no time is relative to the day of writing",
        "a reader does not know that day",
        "name the version or the date",
        _relative_time, "info",
    ),
    Rule(
        "E001", "the skill has scenarios",
        "without one nobody knows whether the skill helps or hurts",
        "add evals/NAME/scenario.yaml",
        _no_evals,
    ),
    Rule(
        "E002", "the skill has at least six scenarios",
        "fewer cannot tell a help from chance",
        "add scenarios until there are six",
        _few_evals,
    ),
    Rule(
        "E003", "a scenario is merely near to the skill's case",
        "only such a one shows that the skill is not loaded for everything",
        "add a scenario with `kind: negative`",
        _no_near_miss,
    ),
)  # fmt: skip
