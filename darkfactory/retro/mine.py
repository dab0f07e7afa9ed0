"""All miners: pure functions from cases to findings. No model is asked."""

from collections.abc import Sequence

from darkfactory.retro import miners_rules, miners_words, miners_work
from darkfactory.retro.case import Case
from darkfactory.retro.finding import Finding
from darkfactory.retro.shelf import Shelf

_MINERS = (
    miners_rules.broken_rules,
    miners_work.unread_skills,
    miners_rules.unread_references,
    miners_work.same_errors,
    miners_words.repeated_words,
    miners_work.doubts_by_skill,
    miners_work.same_scripts,
    miners_rules.idle_rules,
    miners_rules.unmet_rules,
    miners_work.stale_words,
    miners_rules.contradictions,
    miners_work.dear_skills,
)


def mine(cases: Sequence[Case], shelf: Shelf) -> list[Finding]:
    """Return what *cases* show, what is supported first, then what more sessions show."""
    found = [finding for miner in _MINERS for finding in miner(cases, shelf)]
    return sorted(found, key=lambda one: (not one.supported, -one.sessions, one.id))
