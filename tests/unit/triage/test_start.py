import pytest

from darkfactory.domain.item import Item, Plan
from darkfactory.domain.lane import Lane, Match
from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.triage.plan import triage
from darkfactory.triage.start import ready, split_by_base, stabilises

CI = Lane("ci", Match(labels=("CI",)))
REST = Lane("rest", default=True)
SETTINGS = Settings(HarnessSettings("true"), (CI, REST), {})


def ids(items: object) -> list[str]:
    assert isinstance(items, tuple)
    return [planned.item.id for planned in items]


@pytest.mark.parametrize(
    ("match", "answer"),
    [
        (Match(labels=("ci",)), True),
        (Match(labels=("bug", "CI")), True),
        (Match(priority=("P0", "P1")), True),
        (Match(priority=("P1",)), False),
        (Match(title="ci"), False),
    ],
)
def test_a_lane_stabilises_when_it_takes_ci_or_p0(match: Match, answer: bool) -> None:
    assert stabilises(Lane("x", match)) is answer


def mixed() -> Plan:
    return triage(
        [
            Item("feature", "Add a thing"),
            Item("pipe", "Mend the pipeline", labels=("ci",)),
            Item("urgent", "Stop the leak", priority="P0"),
            Item("again", "Add a thing"),
        ],
        SETTINGS,
        assigned={"pipe": "rest"},
    )


def test_a_red_base_holds_all_but_what_may_mend_it() -> None:
    now, held = split_by_base(mixed(), SETTINGS, False)

    assert (ids(now), ids(held)) == (["urgent", "pipe"], ["feature"])


def test_items_of_a_stabilising_lane_start_on_a_red_base() -> None:
    plan = triage([Item("a", "A"), Item("b", "B")], SETTINGS, assigned={"b": "ci"})

    now, held = split_by_base(plan, SETTINGS, False)

    assert (ids(now), ids(held)) == (["b"], ["a"])


def test_a_green_base_holds_nothing() -> None:
    now, held = split_by_base(mixed(), SETTINGS, True)

    assert (ids(now), ids(held)) == (["urgent", "feature", "pipe"], [])


CHAIN = [
    Item("a", "Alpha"),
    Item("b", "Beta", blocked_by=("a",)),
    Item("c", "Gamma", blocked_by=("a", "b")),
    Item("free", "Delta", priority="P3"),
]


@pytest.mark.parametrize(
    ("finished", "started", "expected"),
    [
        ([], [], ["a", "free"]),
        (["a"], [], ["b", "free"]),
        (["a", "b"], ["free"], ["c"]),
        ({"b"}, [], ["a", "free"]),
    ],
)
def test_an_item_is_ready_when_all_its_blockers_are_finished(
    finished: list[str], started: list[str], expected: list[str]
) -> None:
    plan = triage(CHAIN, SETTINGS)

    assert ids(ready(plan, finished, started=started)) == expected


def test_an_unknown_blocker_holds_until_it_is_finished() -> None:
    plan = triage([Item("a", "Alpha", blocked_by=("elsewhere",))], SETTINGS)

    assert ids(ready(plan, [])) == []
    assert ids(ready(plan, ["elsewhere"])) == ["a"]


def test_what_waits_for_a_duplicate_waits_for_what_it_repeats() -> None:
    plan = triage(
        [
            Item("one", "Login crashes on start"),
            Item("two", "Crash of login on start"),
            Item("after", "Write a guide", blocked_by=("two",)),
        ],
        SETTINGS,
    )

    assert ids(ready(plan, [])) == ["one"]
    assert ids(ready(plan, ["one"])) == ["after"]
