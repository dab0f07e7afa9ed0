"""All rules, by id."""

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
from darkfactory.skills.lint.allowing import ALLOWING
from darkfactory.skills.lint.rule import Rule
from darkfactory.skills.lint.rules_hidden import HIDDEN_RULE
from darkfactory.skills.lint.rules_library import ALIKE_RULE

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
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
            ALLOWING,
            HIDDEN_RULE,
        ),
        key=lambda rule: rule.id,
    )
)
BY_ID = {rule.id: rule for rule in RULES}
