"""Advice on the non-negotiables of a skill, from what its cells did. Pure; no model is asked.

Cells that were given the skill as it is count as *with*, those that were given no skill as
*without*. What was not recorded is unknown, and gives no advice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.evals.condition import Condition, UnknownCondition, parse_condition
from darkfactory.evals.result import CellResult, RuleSeen
from darkfactory.events.offset import format_offset
from darkfactory.skills.remedy import LATE, TOP, Remedy, commonest_remedy, remedy_of

FEWEST_KEPT = 6
"""Cells on either side that a rule must be kept in before it may be one that nobody needs."""
_BODY = "SKILL.md"


@dataclass(frozen=True, slots=True)
class Share:
    """*count* cells of the *of* of which it is known."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about one non-negotiable; *remedy* is None where the logs do not tell.

    *place* is where it stood in most of *cells*, those that broke it (all that kept it where it is
    a candidate for deletion). *reference* counts the cells that opened that place. *query* is what
    sessions were told that did not load the skill, *patch* the edit where a rule can make it.
    """

    skill: str
    rule: str
    remedy: Remedy | None
    violated: Share
    without: Share
    loaded: Share
    place: str | None
    reference: Share | None
    cells: tuple[CellResult, ...]
    said: str = ""
    query: tuple[str, ...] = ()
    patch: str = ""


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule as the skill has it now. *revised*: it was mended once by an accepted proposal."""

    place: str
    has_reason: bool = False
    enforce: str = ""
    revised: bool = False


Known = Mapping[tuple[str, str], KnownRule]
"""Rules as they are now, by skill and id."""


def advise(results: Sequence[CellResult], known: Known | None = None) -> list[Advice]:
    """Return the advice that *results* give, skill by skill and rule by rule."""
    known = known or {}
    cells = [(one, _condition(one)) for one in results if one.proves]
    found = []
    for skill in sorted({one.skill or "" for one, _ in cells}):
        own = [pair for pair in cells if (pair[0].skill or "") == skill]
        given = [one for one, condition in own if condition and condition.is_skill_as_it_is]
        bare = [one for one, condition in own if condition and condition.skill is None]
        for rule in sorted({name for one in given for name in one.rules}):
            one = _advice(skill, rule, given, bare, known)
            found += [one] if one else []
    return found


def advice_body(one: Advice) -> dict[str, Any]:
    """Return *one* as JSON."""
    return {
        "skill": one.skill or None,
        "rule": one.rule,
        "advice": "unknown" if one.remedy is None else str(one.remedy),
        "counts": counts_of(one),
        "said": one.said,
        "violated": _share_body(one.violated),
        "violated_without": _share_body(one.without),
        "loaded": _share_body(one.loaded),
        "place": one.place,
        "opened": _share_body(one.reference),
        "query": list(one.query),
        "patch": one.patch or None,
        "cells": [_cell_body(cell, one.rule) for cell in one.cells],
    }


def counts_of(one: Advice) -> str:
    """Return the counts that *one* rests on, as a sentence without its end."""
    parts = [f"violated {_of(one.violated)}"]
    if one.without.of:
        parts.append(f"without the skill {_of(one.without)}")
    parts.append(f"loaded {_of(one.loaded)}" if one.loaded.of else "loaded unknown")
    if one.reference is not None:
        parts.append(f"{one.place} opened {_of(one.reference)}")
    elif one.place is not None:
        told = {TOP: "stands at the top", LATE: "stands late", "": "stands nowhere in the skill"}
        parts.append(told[one.place])
    return "; ".join(parts)


def _advice(
    skill: str,
    rule: str,
    given: Sequence[CellResult],
    bare: Sequence[CellResult],
    known: Known,
) -> Advice | None:
    judged = [one for one in given if rule in one.rules]
    without = [one for one in bare if rule in one.rules]
    broken = [one for one in judged if not one.rules[rule]]
    now = known.get((skill, rule))
    if broken:
        revised = now is not None and now.revised
        remedies = [_remedy(one, rule, revised=revised) for one in broken]
        remedy = commonest_remedy(remedies)
        shown = broken
    elif _is_idle(judged, without, rule):
        remedies, remedy, shown = [], Remedy.DELETE, judged
    else:
        return None
    cause = [one for one, its in zip(broken, remedies, strict=False) if its is remedy] or shown
    place = _place(cause, rule)
    read = [one for one in judged if one.trace and one.trace.opened is not None]
    return Advice(
        skill=skill,
        rule=rule,
        remedy=remedy,
        violated=Share(len(broken), len(judged)),
        without=Share(sum(not one.rules[rule] for one in without), len(without)),
        loaded=Share(sum(_opened(one, _BODY) for one in read), len(read)),
        place=place,
        reference=_reference(read, place),
        cells=tuple(shown),
        said=_said(remedy, now),
        query=_queries(cause) if remedy is Remedy.PUSH else (),
    )


def _remedy(one: CellResult, rule: str, *, revised: bool) -> Remedy | None:
    place = _seen(one, rule).place
    loaded = None if one.trace is None or one.trace.opened is None else _opened(one, _BODY)
    return remedy_of(loaded=loaded, place=place, opened=_opened(one, place or ""), revised=revised)


def _is_idle(judged: Sequence[CellResult], without: Sequence[CellResult], rule: str) -> bool:
    """Tell whether *rule* is kept by all, and as well by those who were never told it."""
    loaded = [one for one in judged if _opened(one, _BODY)]
    enough = min(len(loaded), len(without)) >= FEWEST_KEPT
    return enough and all(one.rules[rule] for one in (*judged, *without))


_WORDS = {
    None: "the logs of these sessions are not known: run the scenarios here",
    Remedy.PUSH: "the skill was not loaded: mend its description, or have the prompt name it",
    Remedy.INLINE: "nobody reads it where it stands: move it among the rules of SKILL.md",
    Remedy.CONDENSE: "say it in one line of SKILL.md, and keep the detail where it is",
    Remedy.RAISE: "it comes late: move it to the rules at the top",
    Remedy.DELETE: "it is kept as well without the skill: the model knows it",
}


def _said(remedy: Remedy | None, now: KnownRule | None) -> str:
    if remedy is Remedy.REASON:
        told = now is not None and now.has_reason
        words = "with its reason, and not kept: add" if told else "and not kept: add the reason and"
        return f"it was read {words} an example"
    if remedy is Remedy.ENFORCE:
        held = now.enforce if now else ""
        ways = "a hook or a tool wrapper" if held else "a hook, the gate or a tool wrapper"
        beside = f", beside `enforce: {held}`" if held else ""
        return f"it was mended once and is still violated: hold it by {ways}{beside}"
    return _WORDS[remedy]


def _queries(cells: Sequence[CellResult]) -> tuple[str, ...]:
    told = (one.trace.query for one in cells if one.trace is not None)
    return tuple(dict.fromkeys(query for query in told if query))


def _place(cells: Sequence[CellResult], rule: str) -> str | None:
    places = Counter(_seen(one, rule).place for one in cells)
    return max(places, key=lambda place: (places[place], place or ""), default=None)


def _reference(cells: Sequence[CellResult], place: str | None) -> Share | None:
    if place in (None, "", TOP, LATE):
        return None
    return Share(sum(_opened(one, place or "") for one in cells), len(cells))


def _seen(one: CellResult, rule: str) -> RuleSeen:
    return (one.trace.rules.get(rule) if one.trace else None) or RuleSeen()


def _opened(one: CellResult, path: str) -> bool:
    return one.trace is not None and path in (one.trace.opened or {})


def _condition(one: CellResult) -> Condition | None:
    try:
        return parse_condition(one.condition)
    except UnknownCondition:  # another tool's name
        return None


def _of(share: Share) -> str:
    return f"{share.count}/{share.of}"


def _share_body(share: Share | None) -> dict[str, int] | None:
    return None if share is None or not share.of else {"count": share.count, "of": share.of}


def _cell_body(one: CellResult, rule: str) -> dict[str, Any]:
    seen = _seen(one, rule)
    opened = (one.trace.opened if one.trace else None) or {}
    return {
        "session": one.session,
        "scenario": one.scenario,
        "condition": one.condition,
        "agent": one.agent,
        "repeat": one.repeat,
        "violated_at": None if seen.offset is None else format_offset(seen.offset),
        "opened": {path: format_offset(at) for path, at in opened.items()},
    }
