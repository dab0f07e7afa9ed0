"""What somebody who says yes to a change should know before it lands."""

from collections.abc import Iterator, Sequence

from darkfactory.domain.counting import listed
from darkfactory.gate.comments import unanswered
from darkfactory.gate.record import Change
from darkfactory.gate.rules import BROKEN, broken_rules, names, open_rules, words

HARD_FROM = 0.5
"""The risk from which a change wants a fresh head."""
_DOUBTS = {
    "protected": "it touches what is protected or runs the checks",
    "bypasses": "it may keep the checks from telling",
    "tampered": "it makes tests say less",
    "unread": "tests in it are too much to be read",
    "altered": "it alters what tests ask for",
    "silenced": "it silences checks",
    "invisible": "it hides something from its reader",
    "secrets": "it adds what looks like a credential",
    "out_of_lane": "it leaves its lane",
    "authors": "its commits say that they are by somebody else",
    "notes": "it comes with a note to read",
}


def doubts_of(change: Change) -> list[str]:
    """Return what of the facts of *change* wants somebody who has seen it."""
    found = [doubt for name, doubt in _DOUBTS.items() if change.facts.get(name)]
    left = open_rules(change.check)
    return [*found, *([f"it is not shown to keep {listed(names(left))}"] if left else [])]


def wants_reason(change: Change) -> str:
    """Return which rules of its skills *change* breaks, so that a yes has to say why.

    Empty where it breaks none.
    """
    return listed(names(broken_rules(change.check)))


def warnings_of(change: Change) -> list[str]:
    """Return what makes *change* one that needs a word of its own, each with its places."""
    return [f"{change.id} {why}: {where}" for why, where in _grave(change)]


def own_word(change: Change) -> str:
    """Return why *change* is not approved together with others, empty if it may be."""
    why = next((why for why, _ in _grave(change)), "")
    return f"{why}: approve it by itself" if why else ""


def _grave(change: Change) -> Iterator[tuple[str, str]]:
    yield from _measured(change)
    for rule in open_rules(change.check):
        breaks = "breaks" if rule["state"] == BROKEN else "may break"
        yield f"{breaks} a rule of its skill", words(rule)
    open_comments = unanswered(change.comments)
    if open_comments:
        yield "leaves comments of its review without an answer", listed(open_comments)
    if change.check.get("fewer_tests"):
        yield "says less than its base", str(change.check["fewer_tests"])


def _measured(change: Change) -> Iterator[tuple[str, str]]:
    """Yield what was measured of *change* when it was proposed."""
    facts = change.facts
    if facts.get("protected"):
        yield "touches the harness", listed(facts["protected"])
    for name, why in (
        ("bypasses", "may keep the checks from telling"),
        ("invisible", "hides something from its reader"),
        ("tampered", "makes tests say less"),
        ("unread", "has tests that are too much to be read"),
    ):
        if facts.get(name):
            yield why, places(facts[name])
    if facts.get("silenced"):
        yield "silences checks", listed(facts["silenced"])
    for secret in facts.get("secrets") or ():
        yield "adds what looks like a credential", f"{secret['path']}:{secret['line']}"


def places(found: Sequence[dict[str, object]]) -> str:
    """Return recorded places in words."""
    return listed([_place(one) for one in found])


def _place(one: dict[str, object]) -> str:
    line = f":{one['line']}" if one["line"] else ""
    return f"{one['path']}{line} {one['why']}"
