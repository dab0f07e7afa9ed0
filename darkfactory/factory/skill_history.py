"""What a skill has come to: sessions with it, what became of its rules, and what it cost."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.foreign import list_of, mapping_of, text_of
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from darkfactory.factory.record import Record, SessionRow
from darkfactory.retro.ledger import RuleRow, WeekRow, ledger, week_of, weeks
from darkfactory.retro.skill_use import SkillUse, skill_use
from darkfactory.skills.library import UnknownSkill, find_skills, retired_skills

_OF_BARE = ("session", "item", "lane", "agent", "version", "begun", "outcome", "kept", "violated")
"""What there is to tell of a session that went without a skill."""


@dataclass(frozen=True, slots=True)
class SkillHistory:
    """The sessions with one skill, what became of its *rules*, and its cost by *weeks*.

    *without* are the sessions that a draw had it withheld from.
    """

    name: str
    uses: list[SkillUse]
    rules: list[RuleRow]
    weeks: list[WeekRow]
    without: list[SkillUse]


def skill_history(name: str, state: StateFolder) -> SkillHistory:
    """Return what the skill called *name* has come to, by the record of *state*.

    Raises:
        UnknownSkill: If the repository has none of that name and no session had one.
    """
    record = Record(state)
    record.refresh()
    rows = list(record.sessions.values())
    had = [row for row in rows if _names(row, "skills", name)]
    lacked = [row for row in rows if _names(row, "withheld", name)]
    root = state.repository
    known = {skill.name: skill for skill in (*retired_skills(root), *find_skills(root))}
    if not had and not lacked and name not in known:
        raise UnknownSkill(name, list(known))
    uses, without = ([_use(name, row, state) for row in some] for some in (had, lacked))
    rules = [rule.id for rule in known[name].non_negotiables] if name in known else []
    every = Counter[str]()
    for row in rows:
        every[week_of(str(row.started.ts or ""))] += row.tokens
    landed = [one.session or "" for one in record.changes if one.state is ChangeState.LANDED]
    told = ledger(rules, uses, without), weeks(uses, landed, every)
    return SkillHistory(name, uses, *told, without)


def why_json(history: SkillHistory) -> dict[str, Any]:
    """Return *history* as the object that ``--json`` prints."""
    uses = history.uses
    return {
        "skill": history.name,
        "sessions": [{**asdict(use), "tokens": use.tokens, "share": use.share} for use in uses],
        "tokens": sum(use.tokens for use in uses),
        "withheld": len(history.without),
        "without": [{key: getattr(use, key) for key in _OF_BARE} for use in history.without],
        "rules": [asdict(row) for row in history.rules],
        "weeks": [asdict(row) for row in history.weeks],
    }


def _names(row: SessionRow, key: str, name: str) -> bool:
    given = map(mapping_of, list_of(row.started.data.get(key)))
    return any(text_of(one.get("name")) == name for one in given)


def _use(name: str, row: SessionRow, state: StateFolder) -> SkillUse:
    log = Stream(state.streams, f"s/{row.id}").read()
    return skill_use(name, row.id, (event for _, event in log))
