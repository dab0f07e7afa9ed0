import pytest

from darkfactory.domain.item import Backlog, Item
from darkfactory.domain.lane import Lane, Match
from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.errors import UnknownItem
from darkfactory.triage.apart import Taken
from darkfactory.triage.explain import Blocker, Explanation, Twin, explain_item, explanation_json
from darkfactory.triage.plan import triage

LANES = (
    Lane("urgent", Match(priority=("P0",))),
    Lane("bugs", Match(labels=("bug",), title="crash", paths=("src/**",))),
    Lane("rest", default=True),
)
SETTINGS = Settings(HarnessSettings("make"), LANES, {})


def told(item: str, *items: Item, assigned: dict[str, str] | None = None) -> Explanation:
    plan = triage(items, SETTINGS, assigned=assigned)
    return explain_item(item, plan, Backlog(items), SETTINGS, assigned or {})


def test_every_lane_is_held_against_the_item_in_file_order() -> None:
    item = Item("a", "It crashed", labels=("ui", "Bug"), paths=("docs/x", "src/y"))

    found = told("a", item)

    keys = [(look.lane.name, key.key, key.found) for look in found.looks for key in look.keys]
    assert keys == [
        ("urgent", "priority", ()),
        ("bugs", "labels", ("Bug",)),
        ("bugs", "title", ("crash",)),
        ("bugs", "paths", ("src/y",)),
    ]
    assert [look.lane.name for look in found.looks] == ["urgent", "bugs", "rest"]
    assert (found.lane, found.rank, found.ranks) == ("bugs", 1, 1)


def test_a_duplicate_names_its_twin_and_how_alike_they_are() -> None:
    found = told("b", Item("a", "Mend the slug"), Item("b", "Mend the slug"))

    assert found.twin == Twin("a", "Mend the slug", 1.0)
    assert found.rank_reason == "duplicates stand last and are not started"


def test_blockers_are_told_with_where_they_are() -> None:
    items = (
        Item("a", "A", blocked_by=("open", "held", "over", "gone")),
        Item("open", "Open"),
        Item("held", "Held", held="its status is 'deferred'"),
        Item("over", "Over", closed=True),
    )

    found = told("a", *items)

    assert found.waits_for == (
        Blocker("open", "open, in lane rest"),
        Blocker("held", "open, in no lane"),
        Blocker("over", "closed"),
        Blocker("gone", "not in the backlog"),
    )
    assert [warning.partition(",")[0] for warning in found.warnings] == [
        "a is blocked by held",
        "a is blocked by 'gone'",
    ]
    assert told("open", *items).waited_for_by == ("a",)


def test_a_rank_is_explained_by_what_stands_before_it() -> None:
    items = (
        Item("early", "Early", priority="P3"),
        Item("b", "B"),
        Item("now", "Now", priority="P0", blocked_by=("early",)),
        Item("c", "C"),
    )

    assert told("early", *items).rank_reason == "nothing comes before it"
    assert told("c", *items).rank_reason == (
        "behind 1 of a higher priority and 1 of P2 further up the backlog and "
        "1 that a more urgent one waits for"
    )


def test_an_item_in_no_lane_or_closed_has_no_rank() -> None:
    items = (Item("held", "A", held="later"), Item("over", "B", closed=True))

    held, over = told("held", *items), told("over", *items)

    assert (held.lane, held.rank, held.reasons) == (None, None, ("later",))
    assert held.rank_reason == "what no lane takes is not started"
    assert (over.lane, over.reasons) == (None, ("it is closed in the backlog",))
    assert over.rank_reason == "what is closed is not started"


def test_an_assignment_to_a_lane_that_is_gone_is_a_warning_of_the_item() -> None:
    found = told("a", Item("a", "A"), assigned={"a": "old"})

    assert found.warnings == ("a was assigned to lane 'old', which is not in lanes.yaml",)


def test_an_item_that_is_nowhere_is_unknown() -> None:
    with pytest.raises(UnknownItem):
        told("b", Item("a", "A"))


def test_scripts_get_the_same_by_key() -> None:
    body = explanation_json(told("a", Item("a", "A crash", priority="P1")))

    assert (body["lane"], body["rank"], body["priority"]) == ("bugs", 1, "P1")
    assert body["lanes"][1] == {
        "name": "bugs",
        "default": False,
        "fits": True,
        "keys": [
            {"key": "labels", "wanted": ["bug"], "found": []},
            {"key": "title", "wanted": ["crash"], "found": ["crash"]},
            {"key": "paths", "wanted": ["src/**"], "found": []},
        ],
    }


def test_who_starts_behind_others_for_what_waits_at_the_gate_is_told_so() -> None:
    item = Item("a", "Mend a", paths=("src/a.py",), done_when="make")
    plan = triage((item,), SETTINGS)
    taken = Taken({"c-b": ("b", ["src/a.py"])})

    told = explain_item("a", plan, Backlog((item,)), SETTINGS, {}, taken)

    assert told.warnings == (
        "c-b at the gate touches its paths: others of P2 that touch none start first",
    )
