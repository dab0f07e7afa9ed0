"""Find, version and inject skills."""

from darkfactory.skills.library import find_skills, skills_for
from darkfactory.skills.prompting import mention, non_negotiables_block
from darkfactory.skills.snapshot import snapshot

__all__ = ["find_skills", "mention", "non_negotiables_block", "skills_for", "snapshot"]
