"""Which sessions had a skill, and what each made of it."""

from dataclasses import asdict
from typing import Any

from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream
from darkfactory.retro.skill_use import SkillUse, skill_use
from darkfactory.skills.library import UnknownSkill, find_skills


def sessions_with(name: str, state: StateFolder) -> list[SkillUse]:
    """Return what each session that had the skill called *name* made of it, oldest first.

    Raises:
        UnknownSkill: If the repository has none of that name and no session had one.
    """
    had: dict[str, None] = {}
    for _, event in Stream(state.streams, "factory").read():
        skills = event.data.get("skills") if event.type == "session.started" else None
        named = [each.get("name") for each in skills or () if isinstance(each, dict)]
        if name in named and event.session and not event.posted:
            had[event.session] = None
    known = [skill.name for skill in find_skills(state.repository)]
    if not had and name not in known:
        raise UnknownSkill(name, known)
    return [
        skill_use(
            name, session, (event for _, event in Stream(state.streams, f"s/{session}").read())
        )
        for session in had
    ]


def why_json(name: str, uses: list[SkillUse]) -> dict[str, Any]:
    """Return *uses* of the skill called *name* as the object that ``--json`` prints."""
    rows = [{**asdict(use), "tokens": use.tokens, "share": use.share} for use in uses]
    return {"skill": name, "sessions": rows, "tokens": sum(use.tokens for use in uses)}
