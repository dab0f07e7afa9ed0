"""The skills that a session began with: pinned, so that it keeps them however the library moves."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from darkfactory.domain.skill import NonNegotiable, Skill, SkillRef
from darkfactory.files import read_json, write_json
from darkfactory.skills.folder import skill_files
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.prompting import delivery
from darkfactory.skills.snapshot import snapshot

PINNED = "pinned.json"
WITHHELD = "withheld.json"
_CHARACTERS = 4
"""How many are taken for a token, for every agent."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One skill of a session: *skill* lies in the copy that *ref* is of, if it was not withheld."""

    skill: Skill
    ref: SkillRef


def pin(
    skills: Sequence[Skill],
    folder: Path,
    kind: str,
    *,
    shares: Mapping[str, float] | None = None,
    withheld: Sequence[Pinned] = (),
) -> list[Pinned]:
    """Copy *skills* below *folder* for a session of an agent of *kind*, and write down what was.

    Args:
        skills: What the session gets.
        folder: Where the copies go.
        kind: The kind of its agent.
        shares: By name, the chance that a skill had of being withheld.
        withheld: What a draw has kept from the session.

    Raises:
        SkillInvalid: If one holds a link that leaves it, no plain file, or too much.
        DiskFull: If there is no room for the copies.
    """
    drawn = shares or {}
    pinned = [
        _pinned(skill, folder / skill.name, kind, drawn.get(skill.name, 0)) for skill in skills
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_json(os.fspath(folder / WITHHELD), [_written(each) for each in withheld], durable=True)
    write_json(os.fspath(folder / PINNED), [_written(each) for each in pinned], durable=True)
    return pinned


def pinned_in(folder: Path) -> list[Pinned] | None:
    """Return what :func:`pin` wrote into *folder*; None where it did not, or not all is there."""
    body = read_json(os.fspath(folder / PINNED))
    if not isinstance(body, list):
        return None
    try:
        pinned = [_read(entry, folder) for entry in body]
    except (LookupError, TypeError):  # not what we write: then the session has no pins
        return None
    return pinned if all(each.skill.path.is_dir() for each in pinned) else None


def withheld_in(folder: Path) -> list[Pinned]:
    """Return what :func:`pin` wrote into *folder* of the skills that were withheld."""
    body = read_json(os.fspath(folder / WITHHELD))
    try:
        return [_read(entry, folder) for entry in body] if isinstance(body, list) else []
    except (LookupError, TypeError):  # not what we write: the first start has logged what it was
        return []


def _pinned(skill: Skill, copy: Path, kind: str, share: float) -> Pinned:
    ref = snapshot(skill, copy)
    sizes = {file.name: _tokens(file.size) for file in skill_files(copy)[0]}
    body = sizes.pop(FILE, 0)
    told = SkillRef(
        ref.name,
        ref.version,
        ref.sha256,
        delivery(skill, kind),
        catalogue=_tokens(len(skill.name) + len(skill.description)),
        body=body,
        references=sum(sizes.values()),
        files=sizes,
        share=share,
    )
    return Pinned(_at(skill, copy), told)


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS)


def _at(skill: Skill, copy: Path) -> Skill:
    return Skill(
        skill.name,
        copy,
        skill.description,
        skill.version,
        non_negotiables=skill.non_negotiables,
        deliver=skill.deliver,
    )


def _written(pinned: Pinned) -> dict[str, Any]:
    skill = pinned.skill
    return {
        "ref": asdict(pinned.ref),
        "description": skill.description,
        "deliver": dict(skill.deliver),
        "non_negotiables": [asdict(rule) for rule in skill.non_negotiables],
    }


def _read(entry: Mapping[str, Any], folder: Path) -> Pinned:
    ref = SkillRef(**entry["ref"])
    rules = tuple(NonNegotiable(**rule) for rule in entry["non_negotiables"])
    skill = Skill(
        ref.name,
        folder / ref.name,
        entry["description"],
        ref.version,
        non_negotiables=rules,
        deliver=entry["deliver"],
    )
    return Pinned(skill, ref)
