"""Conditions: what a session is given beside its task."""

import re
from dataclasses import dataclass

from darkfactory.errors import UsageError

CONDITIONS = ("baseline", "mcp", "mcp+skill")
"""What is compared where a suite names nothing else."""
KNOWN = (
    *CONDITIONS,
    "skill",
    "skill@old",
    "skill-inline",
    "null-skill",
    "distractors",
)
MOST_DISTRACTORS = 50
_DISTRACTORS = 4
_MCP = "mcp"
_WAYS = {"skill": "native", "skill-inline": "inline", "null-skill": "null"}
_REVISION = re.compile(r"skill@([A-Za-z0-9@][A-Za-z0-9@{}~^#._/-]{0,99})")
_SEVERAL = re.compile(r"distractors(?::([0-9]{1,2}))?")


class UnknownCondition(UsageError):
    """A word that is no condition, or conditions that exclude each other."""

    code = "evals.condition"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"condition {name!r} {why}",
            fix=f"use one of {', '.join(KNOWN)}, or several of them joined by +",
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """One arm of a study.

    *skill* is how the skill comes: ``native`` as a folder the agent loads, ``inline`` as a part of
    the prompt, ``null`` as an irrelevant one of the same length, or None. *revision* is where it
    is taken from (None: the working tree). *distractors* are other skills beside it.
    """

    name: str
    skill: str | None = None
    revision: str | None = None
    mcp: bool = False
    distractors: int = 0

    @property
    def is_skill_as_it_is(self) -> bool:
        """Whether it gives the skill of the working tree as lanes do: a folder, nothing beside."""
        return self.skill == "native" and self.revision is None and not self.distractors


def parse_condition(name: str) -> Condition:
    """Return the condition called *name*: ``baseline``, ``mcp+skill``, ``skill+distractors:8``.

    Raises:
        UnknownCondition: If it is none.
    """
    if name == "baseline":
        return Condition(name)
    parts = name.split("+")
    skills = [found for part in parts if (found := _skill(part))]
    several = [match for part in parts if (match := _SEVERAL.fullmatch(part))]
    odd = [part for part in parts if not (_skill(part) or _SEVERAL.fullmatch(part) or part == _MCP)]
    if odd:
        raise UnknownCondition(name, f"names {odd[0]!r}, which is none")
    if len(set(parts)) < len(parts) or len(skills) > 1 or len(several) > 1:
        raise UnknownCondition(name, "names something twice")
    distractors = int(several[0][1] or _DISTRACTORS) if several else 0
    if distractors > MOST_DISTRACTORS:
        raise UnknownCondition(name, f"has more than {MOST_DISTRACTORS} distractors")
    way, at = skills[0] if skills else ("native" if distractors else None, None)
    return Condition(name, way, at, _MCP in parts, distractors)


def _skill(part: str) -> tuple[str, str | None] | None:
    """Return how *part* gives the skill and from which revision, None if it does not."""
    revision = _REVISION.fullmatch(part)
    if revision:
        return "native", revision[1]
    return (_WAYS[part], None) if part in _WAYS else None
