"""Skills: versioned instructions that a lane gives to its sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

UNVERSIONED = "0"
GUARD = "guard"
"""The kind of a skill that is there to prevent harm: no session goes without it for a trial."""
GATE = "gate"
"""The one value of ``enforce`` that has an effect: the gate holds a change that breaks the rule."""


@dataclass(frozen=True, slots=True)
class SkillRef:
    """Which skill a session got: *sha256* is over the injected files, names and bytes.

    *deliver* is how it is told of; *catalogue*, *body* and *references* are what it costs where
    that part of it is read, in tokens (four characters are taken for one), *files* that of each
    file but SKILL.md. *share* is the chance that it had of being withheld; 0: nothing was drawn.
    """

    name: str
    version: str
    sha256: str
    deliver: str = "inline-nn"
    catalogue: int = 0
    body: int = 0
    references: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class SkillFinding:
    """What is odd about a skill. An ``error`` keeps it out of every session; *line* is 1-based."""

    rule: str
    severity: str
    file: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class NonNegotiable:
    """A rule that goes into every prompt. *check* is how a machine proves it; None: it cannot.

    *enforce* is what holds a session to it, beside its own will: :data:`GATE`, or nothing.
    """

    id: str
    text: str
    why: str | None = None
    check: Mapping[str, Any] | str | None = None
    enforce: str | None = None


@dataclass(frozen=True, slots=True)
class SkillDocs:
    """Live documentation that a skill points to, and when to read it."""

    url: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """One folder of ``skills/``. *path* is absolute; *deliver* is how, by kind of agent.

    *kind* is empty where df.yaml says none; *requires* names skills that it does not work without.
    """

    name: str
    path: "Path"
    description: str = ""
    version: str = UNVERSIONED
    lanes: tuple[str, ...] = ()
    non_negotiables: tuple[NonNegotiable, ...] = ()
    docs: tuple[SkillDocs, ...] = ()
    deliver: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    requires: tuple[str, ...] = ()
    findings: tuple[SkillFinding, ...] = ()

    @property
    def errors(self) -> tuple[SkillFinding, ...]:
        """The findings that keep the skill out of every session."""
        return tuple(found for found in self.findings if found.severity == "error")
