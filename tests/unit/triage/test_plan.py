import time

import pytest

from darkfactory.domain.item import Item, Plan
from darkfactory.domain.lane import Lane, Match
from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.errors import UnknownItem
from darkfactory.triage.order import BlockedInACircle
from darkfactory.triage.plan import triage
from darkfactory.triage.show import as_json, explain

BUGS = Lane("bugs", Match(labels=("bug",)))
REST = Lane("rest", default=True)


def settings(*lanes: Lane) -> Settings:
    return Settings(HarnessSettings("true"), lanes or (BUGS, REST), {})


def order(plan: Plan) -> list[str]:
    return [planned.item.id for planned in plan.items]


def test_items_start_by_priority_then_in_the_order_of_the_backlog() -> None:
    items = [
        Item("a", "A"),
        Item("b", "B", priority="P0"),
        Item("c", "C"),
        Item("d", "D", priority="P0"),
    ]

    plan = triage(items, settings())

    assert order(plan) == ["b", "d", "a", "c"]
    assert [planned.rank for planned in plan.items] == [1, 2, 3, 4]


def test_a_blocker_starts_as_early_as_what_waits_for_it() -> None:
    items = [
        Item("a", "A", priority="P1"),
        Item("late", "Late", priority="P3"),
        Item("urgent", "Urgent", priority="P0", blocked_by=("late",)),
    ]

    plan = triage(items, settings())

    assert order(plan) == ["late", "urgent", "a"]
    assert explain(plan, "late")[-1] == "starts early: urgent (P0) waits for it"


def test_items_that_block_each_other_are_refused_with_the_circle() -> None:
    items = [
        Item("a", "A", blocked_by=("b",)),
        Item("b", "B", blocked_by=("c", "x")),
        Item("c", "C", blocked_by=("a",)),
        Item("x", "X", blocked_by=()),
        Item("y", "Y", blocked_by=("a",)),
    ]

    with pytest.raises(BlockedInACircle) as caught:
        triage(items, settings())

    assert (caught.value.code, caught.value.exit_status) == ("backlog.cycle", 2)
    assert "a is blocked by b is blocked by c is blocked by a" in caught.value.problem


def test_an_item_that_blocks_itself_is_a_circle() -> None:
    with pytest.raises(BlockedInACircle) as caught:
        triage([Item("a", "A", blocked_by=("a",))], settings())

    assert "a is blocked by a" in caught.value.problem


def test_a_closed_item_is_not_planned_and_blocks_nobody() -> None:
    items = [Item("a", "A", closed=True, blocked_by=("b",)), Item("b", "B", blocked_by=("a",))]

    plan = triage(items, settings())

    assert order(plan) == ["b"]
    assert plan.items[0].item.blocked_by == ()
    assert not any("not in the backlog" in warning for warning in plan.warnings)


def test_an_unknown_blocker_is_a_warning() -> None:
    plan = triage([Item("a", "A", blocked_by=("nope",), done_when="make")], settings())

    (warning,) = plan.warnings
    assert warning.startswith("a is blocked by 'nope', which is not in the backlog")


def test_a_blocker_that_no_lane_takes_is_a_warning() -> None:
    items = [
        Item("a", "A", done_when="make"),
        Item("b", "B", labels=("bug",), blocked_by=("a",), done_when="make"),
    ]

    plan = triage(items, settings(BUGS))

    assert plan.warnings == ("b is blocked by a, which is in no lane",)


def test_items_without_done_when_are_one_warning() -> None:
    items = [Item(f"i{n}", f"Thing {n}") for n in range(25)]

    (warning,) = triage(items, settings()).warnings

    assert warning.startswith("no done_when, so only the harness tells when it is done: i0, i1,")
    assert warning.endswith("i19 and 5 more")


def test_a_done_when_that_is_taken_as_a_sentence_is_said() -> None:
    items = [Item("a", "A", done_when="the page loads"), Item("b", "B", done_when="make page")]

    plan = triage(items, settings())

    (warning,) = plan.warnings
    assert warning.startswith("done_when is taken as a sentence")
    assert warning.endswith(": a")
    assert "taken as a sentence" in explain(plan, "a")[-1]
    assert explain(plan, "b")[-1] == "done_when is taken as a command: make page"


def test_an_assignment_wins_and_is_the_first_reason() -> None:
    item = Item("a", "A", labels=("bug",))

    plan = triage([item], settings(), assigned={"a": "rest", "gone": "bugs"})

    assert plan.items[0].lane == "rest"
    assert plan.items[0].reasons == (
        "assigned to lane rest by hand",
        "triage alone: bugs, label bug is in lane bugs",
    )


def test_an_assignment_to_a_lane_that_is_gone_is_a_warning() -> None:
    plan = triage([Item("a", "A", done_when="make")], settings(), assigned={"a": "old"})

    assert plan.items[0].lane == "rest"
    assert plan.warnings == ("a was assigned to lane 'old', which is not in lanes.yaml",)


def test_a_held_item_is_in_no_lane_until_it_is_assigned() -> None:
    item = Item("a", "A", labels=("bug",), held="its status is 'deferred'")

    plan = triage([item], settings())
    chosen = triage([item], settings(), assigned={"a": "bugs"})

    assert explain(plan, "a") == ("its status is 'deferred'",)
    assert (order(plan), order(chosen)) == ([], ["a"])


DOUBLE = [
    Item("first", "Login crashes on empty password", priority="P2"),
    Item("again", "Crash on login with empty password", priority="P0"),
    Item("other", "Write a guide", priority="P1"),
]


def test_a_duplicate_is_marked_ranked_last_and_lends_its_urgency() -> None:
    plan = triage(DOUBLE, settings())

    assert order(plan) == ["first", "other", "again"]
    assert [planned.duplicate_of for planned in plan.items] == [None, None, "first"]
    assert plan.items[2].reasons[-1] == "1.00 like first"


def test_a_duplicate_that_a_person_assigned_starts_all_the_same() -> None:
    plan = triage(DOUBLE, settings(), assigned={"again": "rest"})

    assert [planned.duplicate_of for planned in plan.items] == [None, None, None]


def test_the_later_item_starts_when_no_lane_takes_the_earlier() -> None:
    items = [Item("a", "Login crashes"), Item("b", "Login crashes", labels=("bug",))]

    plan = triage(items, settings(BUGS))

    assert [(planned.item.id, planned.duplicate_of) for planned in plan.items] == [("b", None)]


def test_two_items_are_no_duplicates_where_that_would_make_a_circle() -> None:
    items = [
        Item("a", "Login crashes", blocked_by=("b",)),
        Item("b", "Write a guide", blocked_by=("c",)),
        Item("c", "Crash on login"),
    ]

    plan = triage(items, settings())

    assert order(plan) == ["c", "b", "a"]
    assert all(planned.duplicate_of is None for planned in plan.items)


def test_the_plan_as_json_is_what_the_contract_says() -> None:
    items = [
        Item("a", "A", labels=("bug",), priority="P0", blocked_by=("b",), done_when="make"),
        Item("b", "B"),
    ]

    plan = triage(items, settings(BUGS))

    assert as_json(plan) == {
        "version": 1,
        "snapshot": plan.snapshot,
        "items": [
            {
                "id": "a",
                "title": "A",
                "lane": "bugs",
                "rank": 1,
                "priority": "P0",
                "reasons": ["label bug is in lane bugs"],
                "duplicate_of": None,
                "blocked_by": ["b"],
                "done_when": "make",
                "done_when_command": "make",
            }
        ],
        "unassigned": [{"id": "b", "reasons": list(explain(plan, "b"))}],
        "warnings": ["a is blocked by b, which is in no lane"],
    }


def test_explaining_an_item_that_is_not_there_says_so() -> None:
    with pytest.raises(UnknownItem):
        explain(triage([], settings()), "a")


@pytest.mark.slow
def test_ten_thousand_items_take_seconds() -> None:
    words = [f"w{number % 97}x{number % 89}" for number in range(9_000)]
    items = [
        Item(f"i{n}", " ".join(words[(n * k) % 9_000] for k in (3, 5, 7, 11, 13)), "text " * 80)
        for n in range(10_000)
    ]

    begun = time.process_time()
    plan = triage(items, settings())

    # About 1 s where this was written; the bound is for slow machines, and quadratic growth.
    assert time.process_time() - begun < 8
    assert len(plan.items) == 10_000
