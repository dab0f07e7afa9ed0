"""Laws of triage: every open item is somewhere, once, and the order can be worked off."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.item import Item, Plan
from darkfactory.domain.lane import Lane, Match
from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.triage.plan import triage
from darkfactory.triage.start import ready, split_by_base

WORDS = st.sampled_from(
    ["login", "crash", "export", "parser", "slow", "add", "test", "remove", "docs", "on", "in"]
)
TITLES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
LABELS = st.lists(st.sampled_from(["bug", "docs", "ci"]), max_size=2).map(tuple)
PRIORITIES = st.sampled_from(["P0", "P1", "P2", "P3"])
BUGS = Lane("bugs", Match(labels=("bug",), title="crash"))
DOCS = Lane("docs", Match(labels=("docs",), priority=("P0",)))


@st.composite
def backlogs(draw: st.DrawFn) -> list[Item]:
    """Items without circles, in any order: each may wait for items of a lower number."""
    count = draw(st.integers(0, 9))
    items = []
    for number in range(count):
        earlier = st.sampled_from([f"i{other}" for other in range(number)] + ["nowhere"])
        items.append(
            Item(
                f"i{number}",
                draw(TITLES),
                labels=draw(LABELS),
                priority=draw(PRIORITIES),
                blocked_by=tuple(draw(st.lists(earlier, max_size=2))),
                closed=draw(st.booleans()) and draw(st.booleans()),
                held=draw(st.sampled_from([None, None, None, "later"])),
            )
        )
    return draw(st.permutations(items))


LANES = st.lists(
    st.sampled_from([BUGS, DOCS, Lane("rest", default=True)]), unique_by=lambda x: x.name
)
ASSIGNED = st.dictionaries(
    st.sampled_from([f"i{number}" for number in range(9)]), st.sampled_from(["bugs", "docs", "old"])
)


def plan_of(items: list[Item], lanes: list[Lane], assigned: dict[str, str]) -> Plan:
    return triage(items, Settings(HarnessSettings("true"), tuple(lanes), {}), assigned=assigned)


@given(backlogs(), LANES, ASSIGNED)
def test_every_open_item_is_in_one_lane_or_has_reasons_why_not(
    items: list[Item], lanes: list[Lane], assigned: dict[str, str]
) -> None:
    plan = plan_of(items, lanes, assigned)

    placed = [planned.item.id for planned in plan.items]
    left = [unassigned.item.id for unassigned in plan.unassigned]
    assert sorted(placed + left) == sorted(item.id for item in items if not item.closed)
    assert {planned.lane for planned in plan.items} <= {lane.name for lane in lanes}
    assert all(planned.reasons for planned in plan.items)
    assert all(unassigned.reasons for unassigned in plan.unassigned)
    assert [planned.rank for planned in plan.items] == list(range(1, len(placed) + 1))


@given(backlogs(), LANES, st.randoms())
def test_the_lane_does_not_depend_on_the_order_of_the_backlog(
    items: list[Item], lanes: list[Lane], random: Random
) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)

    first, second = plan_of(items, lanes, {}), plan_of(shuffled, lanes, {})

    assert {p.item.id: p.lane for p in first.items} == {p.item.id: p.lane for p in second.items}


@given(backlogs(), ASSIGNED)
def test_no_item_comes_before_what_blocks_it(items: list[Item], assigned: dict[str, str]) -> None:
    plan = plan_of(items, [BUGS, Lane("rest", default=True)], assigned)

    ranks = {planned.item.id: planned.rank for planned in plan.items}
    stands_for = {p.item.id: p.duplicate_of for p in plan.items if p.duplicate_of}
    for planned in plan.items:
        blockers = [stands_for.get(name, name) for name in planned.item.blocked_by]
        if planned.duplicate_of is None:
            assert all(ranks[name] < planned.rank for name in blockers if name in ranks)


@given(backlogs(), ASSIGNED)
def test_a_duplicate_repeats_an_item_that_starts(
    items: list[Item], assigned: dict[str, str]
) -> None:
    plan = plan_of(items, [BUGS, Lane("rest", default=True)], assigned)

    place = {item.id: number for number, item in enumerate(items)}
    starting = {planned.item.id for planned in plan.items if planned.duplicate_of is None}
    for planned in plan.items:
        if planned.duplicate_of is not None:
            assert planned.duplicate_of in starting
            assert place[planned.duplicate_of] < place[planned.item.id]
            assert assigned.get(planned.item.id) != "bugs"


@given(backlogs())
def test_working_off_what_is_ready_ends_with_only_stuck_items(items: list[Item]) -> None:
    plan = plan_of(items, [BUGS, Lane("rest", default=True)], {})

    finished: set[str] = set()
    while now := ready(plan, finished):
        finished.update(planned.item.id for planned in now)

    outside = {left.item.id for left in plan.unassigned} | {"nowhere"}
    stands_for = {p.item.id: p.duplicate_of for p in plan.items if p.duplicate_of}
    for planned in plan.items:
        if planned.duplicate_of is None and planned.item.id not in finished:
            waits = {stands_for.get(name, name) for name in planned.item.blocked_by} - finished
            assert waits
            assert waits <= outside | {p.item.id for p in plan.items} - finished
            outside.add(planned.item.id)


@given(backlogs(), st.booleans())
def test_a_base_splits_what_can_start_in_two(items: list[Item], green: bool) -> None:
    lanes = (BUGS, DOCS, Lane("rest", default=True))
    plan = plan_of(items, list(lanes), {})

    now, held = split_by_base(plan, Settings(HarnessSettings("true"), lanes, {}), green)

    together = sorted((*now, *held), key=lambda planned: planned.rank)
    assert together == [planned for planned in plan.items if planned.duplicate_of is None]


@given(backlogs(), LANES, ASSIGNED)
def test_triage_of_the_same_is_the_same(
    items: list[Item], lanes: list[Lane], assigned: dict[str, str]
) -> None:
    turned = dict(reversed(assigned.items()))

    assert plan_of(items, lanes, assigned) == plan_of(items, lanes, turned)
