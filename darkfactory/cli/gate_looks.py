"""What a reviewer must not miss of a change, in upper case so that it needs no colour."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from darkfactory.domain.change import PLACE_TITLES
from darkfactory.domain.counting import listed
from darkfactory.gate.rules import BROKEN, open_rules, words

LOUD = "LOOK"
_EITHER = "what lands first sends the others back"
_NAMED = {
    "protected": "PROTECTED PATHS",
    "silenced": "SILENCES CHECKS",
    "fewer_tests": "FEWER TESTS",
    "out_of_lane": "OUTSIDE ITS LANE",
    "authors": "COMMITS SAY THEY ARE BY",
    "notes": "NOTE",
}
_TO_READ = (_NAMED["authors"], _NAMED["notes"])
_BREAKS = "BREAKS RULE"
_WORST = (_BREAKS, PLACE_TITLES["tampered"], _NAMED["fewer_tests"], _NAMED["silenced"])
"""What an enforced rule forbids, and what makes the checks say less."""


def warned(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each thing with its places, behind its name."""
    return ((LOUD, f"{title}{places}") for title, places in _looks(change))


def in_brief(change: Mapping[str, Any]) -> str:
    """Return what there is to look at by its titles, the worst first; empty for nothing.

    What is only to be read is left out.
    """
    found = Counter(title for title, _ in _looks(change) if title not in _TO_READ)
    titles = sorted(found, key=lambda title: title not in _WORST)
    return ", ".join(f"{one} ({found[one]})" if found[one] > 1 else one for one in titles)


def _looks(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, title in _NAMED.items():
        if change.get(name):
            named = [change[name]] if isinstance(change[name], str) else change[name]
            yield title, f": {', '.join(map(str, named))}"
    for rule in open_rules(change):
        yield _BREAKS if rule["state"] == BROKEN else "RULE UNKNOWN", f" {words(rule)}"
    yield from _merges(change)
    for name, title in PLACE_TITLES.items():
        for place in change.get(name) or ():
            line = f":{place['line']}" if place["line"] else ""
            fine = f" ({place['fine']})" if place.get("fine") else ""
            yield title, f" {place['path']}{line} {place['why']}{fine}"
    for secret in change.get("secrets") or ():
        yield "SECRET?", f" {secret['path']}:{secret['line']} {secret['kind']}"


def _merges(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield how a change meets the base and those beside it."""
    if change.get("conflicts_with_base"):
        named = listed(change["conflicts_with_base"])
        yield "CONFLICTS WITH THE BASE", f" in {named}: a yes sends it back"
    if change.get("merged_by_union"):
        yield "MERGED BY UNION", f" with the base: {listed(change['merged_by_union'])}"
    if change.get("conflicts_with"):
        named = listed(change["conflicts_with"])
        yield f"CONFLICTS WITH {named}", f": {_EITHER}"
