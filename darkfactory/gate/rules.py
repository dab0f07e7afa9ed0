"""How a change stands to the rules that the gate enforces, as its record tells.

They are the non-negotiables with ``enforce: gate`` of the skills that its session was given;
:mod:`darkfactory.gate.bound_rules` judges them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

KEPT = "kept"
BROKEN = "broken"
UNKNOWN = "unknown"

Rule = Mapping[str, Any]
"""One rule as it was judged: skill, id, text, why, state, because, and the offsets *at*."""


def open_rules(check: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that *check*, the last of a change, does not show to be kept."""
    return [rule for rule in check.get("rules") or () if rule.get("state") != KEPT]


def broken_rules(check: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that *check* shows to be broken."""
    return [rule for rule in open_rules(check) if rule.get("state") == BROKEN]


def wants_mending(check: Mapping[str, Any]) -> bool:
    """Tell whether a rule is broken that the agent can still keep, by what it does next."""
    return any(rule.get("mends") for rule in broken_rules(check))


def names(rules: Iterable[Rule]) -> list[str]:
    """Return what *rules* are called, each with its skill."""
    return [f"{rule.get('skill')}/{rule.get('id')}" for rule in rules]


def words(rule: Rule) -> str:
    """Return *rule* in words: what it asks for, its reason, what was found, and where."""
    asks = " ".join(part for part in (_sentence(rule.get("text")), _why(rule)) if part)
    at = ", ".join(map(str, rule.get("at") or ()))
    where = f" (log offset {at})" if at else ""
    return f"{rule.get('skill')}/{rule.get('id')}: {asks} Found: {rule.get('because')}{where}"


def mending_words(check: Mapping[str, Any]) -> str:
    """Return what the agent of a change is told of the rules that *check* shows to be broken."""
    lines = "".join(f"\n- {words(rule)}" for rule in broken_rules(check))
    return (
        f"Your change breaks rules of its skills that the gate enforces:{lines}\n"
        "Keep them now. Where you cannot, say why in your summary: a person then decides."
    )


def _why(rule: Rule) -> str:
    return f"Why: {_sentence(rule['why'])}" if rule.get("why") else ""


def _sentence(text: Any) -> str:
    line = " ".join(str(text or "").split())
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."
