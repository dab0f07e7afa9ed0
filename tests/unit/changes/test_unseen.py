"""Kinds of tampering in many languages that are named, and honest changes that are not."""

from typing import Any

import pytest

from darkfactory.changes.facts import risk_facts
from darkfactory.changes.measure import measure
from darkfactory.changes.risk import RiskFacts
from tests.unit.changes.unseen import Unseen
from tests.unit.changes.unseen_honest import HONEST
from tests.unit.changes.unseen_tampering import TAMPERING

Hub = Any
OFTEN_FINE = {
    "vitest retry",
    "behind an environment variable",
    "flaky mark",
    "importorskip of what is not there",
    "snapshot alone rewritten",
}
NOT_SEEN = {"is not a test any more by a decorator"}
ALSO_FINE = {"go Fatalf to Errorf", "junit delta narrowed", "approx narrowed", "places raised"}


def facts_of(hub: Hub, case: Unseen) -> RiskFacts:
    before = {path: sides[0] for path, sides in case.files.items() if sides[0] is not None}
    base = hub.commit({"README": "x\n", **before})
    head = hub.commit({path: sides[1] for path, sides in case.files.items()}, base)
    return risk_facts(hub.path, measure(hub.path, base, head), commands=["pytest -q"])


def named(cases: list[Unseen]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", named(TAMPERING))
def test_what_makes_checks_say_less_is_named_by_its_line(hub: Hub, case: Unseen) -> None:
    facts = facts_of(hub, case)

    grave = [*map(str, facts.tampered), *facts.silenced, *map(str, facts.bypasses)]
    assert bool(grave) == (case.name not in OFTEN_FINE | NOT_SEEN)
    assert bool(grave or facts.altered) == (case.name not in NOT_SEEN)


@pytest.mark.parametrize("case", named(HONEST))
def test_what_is_honest_wants_no_word_of_its_own(hub: Hub, case: Unseen) -> None:
    facts = facts_of(hub, case)

    assert (facts.tampered, facts.silenced, facts.bypasses, facts.protected) == ((), (), (), ())
    assert not facts.altered or case.name in ALSO_FINE
