"""What a rule is: an id, how severe it is in each profile, why it holds, and a pure check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from darkfactory.skills.lint.parsed import ParsedSkill

Severity = Literal["error", "warning", "info"]
Profile = Literal["spec", "loads", "factory"]

PROFILES: tuple[Profile, ...] = ("spec", "loads", "factory")


@dataclass(frozen=True, slots=True)
class Spot:
    """One place where a rule does not hold.

    *severity* and *fix* replace those of the rule; in profile ``spec`` the rule's severity counts.
    """

    message: str
    line: int | None = None
    file: str = "SKILL.md"
    severity: Severity | None = None
    fix: str | None = None


Check = Callable[[ParsedSkill], Iterable[Spot]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is asked of a skill; a profile for which it has no severity leaves it out.

    *optional*: it is checked only where it is named with ``--also``. *around*: whether it holds
    depends on what lies around the skill, too.
    """

    id: str
    what: str
    why: str
    fix: str
    check: Check
    factory: Severity | None = "warning"
    loads: Severity | None = None
    spec: Severity | None = None
    optional: bool = False
    around: bool = False

    def severity(self, profile: Profile) -> Severity | None:
        """Return how severe the rule is in *profile*, None when it is no rule there."""
        return {"spec": self.spec, "loads": self.loads, "factory": self.factory}[profile]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule does not hold, with all that a person needs to mend it."""

    rule: str
    severity: Severity
    file: str
    line: int | None
    message: str
    why: str
    fix: str
