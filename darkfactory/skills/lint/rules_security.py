"""Rules X and I: what could harm whoever follows a skill, or makes them obey somebody else."""

from darkfactory.skills.lint.rule import Rule
from darkfactory.skills.lint.rules_structure import noted

RULES = (
    Rule(
        "I012", "the folder holds plain files alone, and no link that leaves it",
        "what is injected must be what the hash in the log says",
        "put the file itself there",
        noted("I012"), "error", "warning",
    ),
)  # fmt: skip
