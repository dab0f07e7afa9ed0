"""All rules, by id."""

from collections.abc import Collection

from darkfactory.errors import UsageError, did_you_mean
from darkfactory.skills.lint import (
    rules_description,
    rules_docs,
    rules_freshness,
    rules_nonnegotiable,
    rules_project,
    rules_references,
    rules_security,
    rules_size,
    rules_structure,
    rules_workflow,
)
from darkfactory.skills.lint.allowing import allowing_rule
from darkfactory.skills.lint.rule import Rule
from darkfactory.skills.lint.rules_hidden import HIDDEN_RULE
from darkfactory.skills.lint.rules_library import ALIKE_RULE

_OTHERS = (
    *rules_structure.RULES,
    *rules_references.RULES,
    *rules_size.RULES,
    *rules_description.RULES,
    *rules_security.RULES,
    *rules_nonnegotiable.RULES,
    *rules_docs.RULES,
    *rules_workflow.RULES,
    *rules_freshness.RULES,
    *rules_project.RULES,
    ALIKE_RULE,
    HIDDEN_RULE,
)
RULES: tuple[Rule, ...] = tuple(
    sorted((*_OTHERS, allowing_rule([rule.id for rule in _OTHERS])), key=lambda rule: rule.id)
)
BY_ID = {rule.id: rule for rule in RULES}


class UnknownRule(UsageError):
    """A name that no rule has."""

    code = "skill.rule"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no rule {name!r}",
            fix=f"{did_you_mean(name, BY_ID)}docs/skills.md lists the rules",
        )


def check_rules(names: Collection[str]) -> None:
    """Make sure that each of *names* is a rule.

    Raises:
        UnknownRule: If one is none.
    """
    for name in names:
        if name not in BY_ID:
            raise UnknownRule(name)
