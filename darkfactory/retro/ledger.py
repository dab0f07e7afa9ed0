"""What became of each rule of a skill, and what the skill cost week by week. Pure, never stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from darkfactory.retro.skill_use import SkillUse

_DAY = 10
"""How many characters of a time are its day."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: of the sessions with its skill, in how many its case came, it was kept, or broken.

    *kept_without_skill* of *judged_without_skill* sessions kept it that a draw had the skill
    withheld from. *last_seen* is when the last session began in which its case came.
    """

    rule: str
    exercised: int
    kept: int
    violated: int
    kept_without_skill: int
    judged_without_skill: int
    last_seen: str | None


@dataclass(frozen=True, slots=True)
class WeekRow:
    """What a skill cost the sessions that began in one *week*: tokens that were sent of it.

    *share* is of what all sessions of that week used, None where nobody told; *per_landed* is by
    the sessions with the skill whose change has *landed*, None where none has.
    """

    week: str
    sessions: int
    tokens: int
    share: float | None
    landed: int
    per_landed: float | None


def ledger(
    rules: Iterable[str], uses: Sequence[SkillUse], without: Sequence[SkillUse]
) -> list[RuleRow]:
    """Return a row for each of *rules*, and for each other one that a session was judged by.

    Args:
        rules: The rules of the skill as it is.
        uses: The sessions that had it.
        without: Those that a draw had it withheld from.
    """
    judged = [rule for use in (*uses, *without) for rule in (*use.kept, *use.violated)]
    return [_row(rule, uses, without) for rule in dict.fromkeys((*rules, *sorted(judged)))]


def weeks(
    uses: Iterable[SkillUse], landed: Iterable[str], every: Mapping[str, int]
) -> list[WeekRow]:
    """Return what a skill cost, by the week in which its sessions began, the oldest first.

    Args:
        uses: The sessions that had it.
        landed: The sessions whose change has landed.
        every: The tokens of all sessions, by week.
    """
    found: dict[str, list[SkillUse]] = defaultdict(list)
    for use in uses:
        found[week_of(use.begun)].append(use)
    done = frozenset(landed)
    return [_week(week, found[week], done, every.get(week, 0)) for week in sorted(found)]


def week_of(time: str) -> str:
    """Return the week of *time* as ISO 8601 writes it, empty where it is no time."""
    try:
        year, week, _ = date.fromisoformat(time[:_DAY]).isocalendar()
    except ValueError:  # of a log that another program has written
        return ""
    return f"{year}-W{week:02d}"


def _row(rule: str, uses: Sequence[SkillUse], without: Sequence[SkillUse]) -> RuleRow:
    seen = [use for use in uses if rule in use.exercised]
    bare = [use for use in without if rule in use.kept or rule in use.violated]
    return RuleRow(
        rule,
        exercised=len(seen),
        kept=sum(rule in use.kept for use in uses),
        violated=sum(rule in use.violated for use in uses),
        kept_without_skill=sum(rule in use.kept for use in bare),
        judged_without_skill=len(bare),
        last_seen=max((use.begun for use in seen), default="") or None,
    )


def _week(week: str, uses: Sequence[SkillUse], done: frozenset[str], every: int) -> WeekRow:
    tokens, landed = sum(use.tokens for use in uses), sum(use.session in done for use in uses)
    share = tokens / every if every else None
    return WeekRow(week, len(uses), tokens, share, landed, tokens / landed if landed else None)
