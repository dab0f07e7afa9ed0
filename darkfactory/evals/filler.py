"""Skills that have nothing to do with a task: they part content from mere length and presence."""

import itertools
from collections.abc import Container

_NULL = "keep-house-plants"
_NULL_HEAD = """\
---
name: keep-house-plants
description: Care for house plants. Use when a pot, a leaf or a watering plan is the subject.
---

# Keep house plants

"""
_ADVICE = (
    "Water in the morning, and only when the upper third of the soil has dried. ",
    "Turn the pot by a quarter each week so that the stem grows straight. ",
    "Wipe dust off broad leaves with a damp cloth; it takes their light. ",
    "A yellow leaf near the soil is old age, one near the tip is hunger. ",
    "Repot in spring, into a pot that is two fingers wider and no more. ",
    "Keep ferns away from the heater and cacti away from the bathroom. ",
)
_SUBJECTS = (
    (
        "brew-coffee",
        "Brew coffee by hand. Use when a filter, a grinder or a kettle is the subject.",
    ),
    ("tie-knots", "Tie knots in rope. Use when a load, a boat or a tent is to be held by a line."),
    ("tune-guitars", "Tune guitars. Use when strings sound false or a capo moves them."),
    ("bake-bread", "Bake bread with sourdough. Use when flour, water and time are the subject."),
    ("read-maps", "Read maps on paper. Use when a path, a slope or a bearing is the subject."),
)


def null_skill(text: str) -> tuple[str, str]:
    """Return name and SKILL.md of an irrelevant skill that is as long as *text*."""
    made = _NULL_HEAD
    number = 0
    while len(made) < len(text):
        made += _ADVICE[number % len(_ADVICE)]
        number += 1
        if number % len(_ADVICE) == 0:
            made = made.rstrip() + "\n\n"
    least = len(_NULL_HEAD) + 1
    return _NULL, made[: max(len(text), least)].rstrip() + "\n"


def distractors(count: int, *, but: Container[str] = ()) -> dict[str, str]:
    """Return names and SKILL.md of *count* irrelevant skills, none with a name of *but*."""
    every = map(_distractor, itertools.count())
    return dict(itertools.islice((one for one in every if one[0] not in but), count))


def _distractor(number: int) -> tuple[str, str]:
    name, description = _SUBJECTS[number % len(_SUBJECTS)]
    turn = number // len(_SUBJECTS)
    name = f"{name}-{turn + 1}" if turn else name
    body = "".join(_ADVICE)
    return name, f"---\nname: {name}\ndescription: {description}\n---\n\n# {name}\n\n{body}\n"
