"""A plan survives the record: what is read back is what was written."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.event import Event
from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem, Unassigned
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.plans import PlanFold, plan_events

TEXT = st.text(max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
ITEMS = st.builds(
    Item,
    id=TEXT,
    title=TEXT,
    body=TEXT,
    labels=TEXTS,
    priority=st.sampled_from(["P0", "P1", "P2", "P3"]),
    paths=TEXTS,
    done_when=st.one_of(st.none(), TEXT),
    blocked_by=TEXTS,
    url=st.one_of(st.none(), TEXT),
    closed=st.booleans(),
    held=st.one_of(st.none(), TEXT),
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, Backlog]:
    items = draw(st.lists(ITEMS, max_size=6, unique_by=lambda item: item.id))
    rows: list[PlannedItem] = []
    left: list[Unassigned] = []
    for item in items:
        where = draw(st.sampled_from(["lane", "none", "closed"]))
        if where == "lane":
            twin = draw(st.one_of(st.none(), TEXT))
            alike = draw(st.one_of(st.none(), st.floats(0, 1)))
            rows.append(PlannedItem(item, draw(TEXT), len(rows) + 1, draw(TEXTS), twin, alike))
        elif where == "none":
            left.append(Unassigned(item, draw(TEXTS)))
    return Plan(draw(TEXT), tuple(rows), tuple(left), draw(TEXTS)), Backlog(
        tuple(items), draw(TEXTS)
    )


def told(events: list[Event]) -> PlanFold:
    fold = PlanFold()
    for event in events:
        fold.tell(event)
    return fold


@given(plans(), TEXTS)
def test_any_plan_is_read_back_as_it_was(
    made: tuple[Plan, Backlog], sources: tuple[str, ...]
) -> None:
    plan, backlog = made

    fold = told([Event(type_, data) for type_, data in plan_events(plan, backlog, sources)])

    assert fold.last is not None
    assert (fold.last.plan, fold.last.backlog, fold.last.sources) == (plan, backlog, sources)


def test_a_plan_survives_the_file_whatever_its_texts_hold(tmp_path: Path) -> None:
    item = Item("ä/1", "a\nb\t\x00\x1b[31m\udcff", labels=("🎈",), paths=("src/**",))
    plan = Plan("s", (PlannedItem(item, "bugs", 1, ("because",)),))
    stream = Stream(tmp_path, "factory")
    Writer(stream, producer="triage").write_all(plan_events(plan, Backlog((item,)), ()))

    fold = told([event for _, event in stream.read()])

    assert fold.last is not None
    assert fold.last.plan == plan


def test_a_plan_that_was_cut_off_leaves_the_earlier_one_in_force() -> None:
    first = Plan("one", (PlannedItem(Item("a", "A"), "bugs", 1, ()),))
    second = Plan("two", (PlannedItem(Item("b", "B"), "bugs", 1, ()),))
    events = [Event(t, d) for t, d in plan_events(first, Backlog((first.items[0].item,)), ())]
    events += [Event(t, d) for t, d in plan_events(second, Backlog((second.items[0].item,)), ())][
        :-1
    ]

    fold = told(events)

    assert fold.last is not None
    assert fold.last.plan == first


def test_keys_of_a_newer_program_are_passed_over() -> None:
    body = {"id": "a", "title": "A", "invented": [1]}
    rows = [Event("item.triaged", {"item": "a", "lane": "bugs", "rank": 1, "body": body})]

    fold = told([*rows, Event("plan.made", {"snapshot": "s"})])

    assert fold.last is not None
    assert fold.last.plan.items == (PlannedItem(Item("a", "A"), "bugs", 1, ()),)
