"""Find, version and inject skills."""

from darkfactory.skills.library import find_skills, skills_for
from darkfactory.skills.prompting import non_negotiables_block
from darkfactory.skills.snapshot import content_hash, snapshot

__all__ = [
    "content_hash",
    "find_skills",
    "non_negotiables_block",
    "skills_for",
    "snapshot",
]
