"""Which skills of a lane a session goes without, so that it can be told what they do. Pure.

The draw follows from item, skill and version alone: every session of an item is in the same arm,
whatever was killed in between, and a greater share only adds items to those that go without.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from darkfactory.domain.skill import GUARD, Skill

_BYTES = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a session is *given* and what is *withheld* from it.

    *shares* holds, by name, the chance of being withheld that a skill which was given has had; a
    skill that could not be withheld is not in it.
    """

    given: tuple[Skill, ...]
    withheld: tuple[Skill, ...] = ()
    shares: Mapping[str, float] | None = None


def draw(
    skills: Sequence[Skill], item: str, share: float, *, may_lack: Callable[[Skill], bool]
) -> Drawn:
    """Return which of *skills* a session of *item* is given, in their order.

    What a skill that is given requires is given, too, and took part in no draw. Skills that
    require each other are never withheld.

    Args:
        skills: Those of the lane.
        item: The id of the item.
        share: The chance of each to be withheld, 0 to 1.
        may_lack: Whether a session may be without a skill at all.
    """
    asking = _asking(skills)
    given, withheld = set[str](), set[str]()
    shares: dict[str, float] = {}
    for skill in sorted(skills, key=lambda one: len(asking[one.name])):
        fixed = asking[skill.name] & (given | {skill.name}) or not may_lack(skill)
        if not fixed and lot(item, skill.name, skill.version) < share:
            withheld.add(skill.name)
            continue
        given.add(skill.name)
        if not fixed:
            shares[skill.name] = share
    return Drawn(
        tuple(skill for skill in skills if skill.name in given),
        tuple(skill for skill in skills if skill.name in withheld),
        shares,
    )


def may_be_withheld(skill: Skill) -> bool:
    """Tell whether *skill* is neither a guard nor has a rule that somebody enforces."""
    return skill.kind != GUARD and not any(rule.enforce for rule in skill.non_negotiables)


def lot(item: str, skill: str, version: str) -> float:
    """Return the number from 0 up to 1 that *item* has drawn for a version of *skill*."""
    told = f"{item}\0{skill}\0{version}".encode("utf-8", "surrogatepass")
    drawn = int.from_bytes(hashlib.sha256(told).digest()[:_BYTES])
    return drawn / (1 << (8 * _BYTES))


def _asking(skills: Sequence[Skill]) -> dict[str, set[str]]:
    """Return by name which of *skills* require a skill, directly or by others."""
    asking: dict[str, set[str]] = {skill.name: set() for skill in skills}
    for skill in skills:
        for name in skill.requires:
            if name in asking:
                asking[name].add(skill.name)
    for _ in skills:  # the longest way from one to another is no longer
        for names in asking.values():
            names |= {further for name in tuple(names) for further in asking[name]}
    return asking
