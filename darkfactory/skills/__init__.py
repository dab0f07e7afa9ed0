"""Find, version and inject skills."""

from darkfactory.skills.library import find_skills, skills_for
from darkfactory.skills.prompting import mention, non_negotiables_block
from darkfactory.skills.snapshot import content_hash, snapshot

__all__ = [
    "content_hash",
    "find_skills",
    "mention",
    "non_negotiables_block",
    "skills_for",
    "snapshot",
]
