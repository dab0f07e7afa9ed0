"""A sweep names what it would take and why, takes only that, and can be taken back."""

import json
import os
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.gc import apply_gc, undo_gc
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.refs import RefUpdate
from darkfactory.workspaces.sweepings import DAY_SECONDS, GcPlan, GcPolicy, plan_gc
from tests.fakes.repositories import Repository

POLICY = GcPolicy(days=10, spare_slots=1)


@pytest.fixture
def now(hub: Hub) -> float:
    """A time far enough after everything that was made that all of it is old."""
    return hub.path.stat().st_mtime + 100 * DAY_SECONDS


def names(plan: GcPlan) -> list[tuple[str, str]]:
    return [(item.kind, item.name) for item in plan.items]


def wreck(pool: Pool, base: str, session: str) -> None:
    leased = pool.lease(session, base)
    Repository(leased.path).write({"work": session, "x.log": "ignored"})
    pool.release(session)


def ended(state: StateFolder, session: str) -> Path:
    home = state.session(session) / "home"
    home.mkdir(parents=True)
    (home / "conversation").write_text("c")
    (state.session(session) / "exit.json").write_text("{}")
    return home


def test_a_new_factory_has_nothing_to_sweep(state: StateFolder, hub: Hub, now: float) -> None:
    assert plan_gc(state, hub, now=now, policy=POLICY).items == ()


def test_the_plan_names_what_is_old_and_idle_with_proof(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    for session in ("s-2", "s-3"):
        clones.lease(session, base)
    clones.release("s-3", kept=True)
    clones.lease("s-4", base)
    clones.release("s-2", kept=True)
    clones.release("s-4", kept=True)
    ended(state, "s-1")
    (state.root / "engine.json.77-88.tmp").write_text("draft")

    plan = plan_gc(state, hub, now=now, policy=POLICY)

    assert sorted(names(plan)) == [
        ("draft", "engine.json.77-88.tmp"),
        ("home", "sessions/s-1/home"),
        ("quarantine", "quarantine/s-1"),
        ("ref", "refs/df/wreck/s-1"),
        ("slot", "workspaces/agents/02"),
    ]
    assert all(item.proof and item.age_seconds > 0 for item in plan.items)
    proofs = {item["kind"]: item["proof"] for item in json.loads(json.dumps(plan.body()))["items"]}
    assert proofs["slot"].startswith("leased to nobody")


def test_the_largest_thing_comes_first_with_what_it_takes(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    for number, size in ((1, 100_000), (2, 900_000), (3, 5_000)):
        (ended(state, f"s-{number}") / "cache").write_bytes(b"x" * size)

    plan = plan_gc(state, hub, now=now, policy=POLICY)

    sizes = [item.bytes for item in plan.items]
    assert names(plan)[:2] == [("home", "sessions/s-2/home"), ("home", "sessions/s-1/home")]
    assert sizes == sorted(sizes, reverse=True)
    assert 900_000 < sizes[0] < 950_000
    assert next(item.bytes for item in plan.items if item.kind == "ref") > 0
    assert plan.body()["bytes"] == sum(sizes)


def test_what_sessions_of_a_finished_item_left_goes_at_once(
    state: StateFolder, hub: Hub, clones: Pool, base: str
) -> None:
    for session in ("s-1", "s-2"):
        wreck(clones, base, session)
        ended(state, session)
    young = hub.path.stat().st_mtime + 60
    rules = GcPolicy(days=10, settled=frozenset({"s-1"}))

    plan = plan_gc(state, hub, now=young, policy=rules)

    assert sorted(names(plan)) == [
        ("home", "sessions/s-1/home"),
        ("quarantine", "quarantine/s-1"),
        ("ref", "refs/df/wreck/s-1"),
    ]
    assert all("its item is over" in item.proof for item in plan.items)


def aged(state: StateFolder, session: str, size: int, when: float) -> None:
    (ended(state, session) / "cache").write_bytes(b"x" * size)
    os.utime(state.session(session) / "exit.json", (when, when))


def test_above_the_cap_the_oldest_goes_before_its_time_as_far_as_something_took_its_place(
    state: StateFolder, hub: Hub
) -> None:
    now = hub.path.stat().st_mtime + DAY_SECONDS
    for number in range(1, 6):
        aged(state, f"s-{number}", 100_000, now - 1000 + number)
    rules = GcPolicy(
        cap_bytes=350_000,
        superseded=frozenset({"s-1", "s-2", "s-3", "s-4"}),
        in_use=frozenset({"s-2"}),
    )

    plan = plan_gc(state, hub, now=now, policy=rules)

    assert sorted(names(plan)) == [("home", "sessions/s-1/home"), ("home", "sessions/s-3/home")]
    assert all("more than its cap" in item.proof for item in plan.items)
    assert plan_gc(state, hub, now=now, policy=GcPolicy(cap_bytes=10**6)).items == ()


def test_above_the_cap_what_was_swept_already_goes_first_and_its_objects_with_it(
    state: StateFolder, hub: Hub, clones: Pool, base: str
) -> None:
    now = hub.path.stat().st_mtime + DAY_SECONDS
    wreck(clones, base, "s-1")
    lost = hub.commit("refs/df/wreck/s-1")
    over = GcPolicy(settled=frozenset({"s-1"}))
    apply_gc(state, hub, plan_gc(state, hub, now=now, policy=over), now=now, policy=over)
    aged(state, "s-2", 100_000, now - 1000)
    rules = GcPolicy(cap_bytes=115_000, superseded=frozenset({"s-2"}))

    plan = plan_gc(state, hub, now=now, policy=rules)
    apply_gc(state, hub, plan, now=now + DAY_SECONDS, policy=rules)

    assert [item.kind for item in plan.items] == ["trash"]
    assert hub.git("cat-file", "-e", lost, accept=(0, 1, 128)).status != 0
    assert list((state.root / "trash").iterdir()) == []


def test_what_nobody_can_want_back_is_deleted_and_needs_no_record(
    state: StateFolder, hub: Hub, now: float
) -> None:
    (state.root / "engine.json.77-88.tmp").write_text("draft")
    (state.root / "trash" / "tmpabc" / "0").mkdir(parents=True)
    plan = plan_gc(state, hub, now=now, policy=POLICY)

    done = apply_gc(state, hub, plan, now=now, policy=POLICY)

    assert sorted(names(plan)) == [("draft", "engine.json.77-88.tmp"), ("draft", "trash/tmpabc")]
    assert len(done.done) == 2
    assert list((state.root / "trash").iterdir()) == []
    assert undo_gc(state, hub) is None


def test_what_is_young_or_in_use_stays(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    clones.lease("s-2", base)
    clones.lease("s-3", base)
    ended(state, "s-1")
    young = hub.path.stat().st_mtime + DAY_SECONDS
    used = GcPolicy(days=10, spare_slots=1, in_use=frozenset({"s-1"}))

    assert plan_gc(state, hub, now=young, policy=POLICY).items == ()
    assert plan_gc(state, hub, now=now, policy=used).items == ()


def test_a_session_that_has_a_workspace_keeps_its_wreck(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    clones.lease("s-1", base)

    assert ("ref", "refs/df/wreck/s-1") not in names(plan_gc(state, hub, now=now, policy=POLICY))


def test_a_home_without_a_recorded_end_stays(state: StateFolder, hub: Hub, now: float) -> None:
    ended(state, "s-1")
    (state.session("s-1") / "exit.json").unlink()

    assert plan_gc(state, hub, now=now, policy=POLICY).items == ()


def test_a_sweep_can_be_undone_completely(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    home = ended(state, "s-1")
    clones.lease("s-2", base)
    clones.lease("s-3", base)
    clones.release("s-3", kept=True)
    clones.release("s-2", kept=True)
    before = plan_gc(state, hub, now=now, policy=POLICY)
    refs = hub.refs("refs/df")

    done = apply_gc(state, hub, before, now=now, policy=POLICY)
    after = plan_gc(state, hub, now=now, policy=POLICY)
    swept = (home.exists(), (state.quarantine / "s-1").exists(), clones.find("s-2"))
    undone = undo_gc(state, hub)

    assert (len(done.done), done.left) == (4, ())
    assert {item.kind for item in after.items} == {"trash"}
    assert swept == (False, False, None)
    assert undone is not None
    assert undone.left == ()
    assert hub.refs("refs/df") == refs
    assert (home / "conversation").read_text() == "c"
    assert (state.quarantine / "s-1" / "files" / "x.log").read_text() == "ignored"
    assert undo_gc(state, hub) is None
    assert Repository(clones.lease("s-9", base).path).status == ""


def test_a_swept_slot_is_made_anew_and_then_cannot_come_back(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    for session in ("s-1", "s-2"):
        clones.lease(session, base)
    for session in ("s-1", "s-2"):
        clones.release(session, kept=True)
    apply_gc(state, hub, plan_gc(state, hub, now=now, policy=POLICY), now=now, policy=POLICY)

    paths = {clones.lease(session, base).path.name for session in ("s-3", "s-4")}
    undone = undo_gc(state, hub)

    assert paths == {"01", "02"}
    assert undone is not None
    assert undone.left == (("workspaces/agents/02", "its place is taken"),)
    assert Repository(state.pool("agents") / "02").status == ""


def test_a_plan_does_not_apply_to_what_changed_since(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    home = ended(state, "s-1")
    plan = plan_gc(state, hub, now=now, policy=POLICY)
    os.utime(state.session("s-1") / "exit.json", (now, now))
    other = hub.commit_tree(hub.tree(base), [base], "newer", when=1)
    old = hub.refs("refs/df/wreck")["refs/df/wreck/s-1"]
    hub.update_refs([RefUpdate("refs/df/wreck/s-1", other, old)])

    done = apply_gc(state, hub, plan, now=now, policy=POLICY)

    assert home.exists()
    assert hub.refs("refs/df/wreck") == {"refs/df/wreck/s-1": other}
    assert {name for name, _ in done.left} == {"sessions/s-1/home", "refs/df/wreck/s-1"}
    assert [item.kind for item in done.done] == ["quarantine"]


def test_a_slot_leased_since_the_plan_stays(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    for session in ("s-1", "s-2"):
        clones.lease(session, base)
    for session in ("s-1", "s-2"):
        clones.release(session, kept=True)
    plan = plan_gc(state, hub, now=now, policy=POLICY)
    for session in ("s-3", "s-4"):
        clones.lease(session, base)

    done = apply_gc(state, hub, plan, now=now, policy=POLICY)

    assert done.done == ()
    assert clones.find("s-4") is not None
    assert undo_gc(state, hub) is None


def test_trash_goes_for_good_when_it_is_old_and_objects_with_it(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    lost = hub.commit("refs/df/wreck/s-1")
    apply_gc(state, hub, plan_gc(state, hub, now=now, policy=POLICY), now=now, policy=POLICY)
    later = now + 200 * DAY_SECONDS

    plan = plan_gc(state, hub, now=later, policy=POLICY)
    apply_gc(state, hub, plan, now=later, policy=POLICY)

    assert [item.kind for item in plan.items] == ["trash"]
    assert list((state.root / "trash").iterdir()) == []
    assert hub.refs("refs/df/trash") == {}
    assert hub.git("cat-file", "-e", lost, accept=(0, 1, 128)).status != 0
    assert hub.verify() == ()


def test_objects_stay_while_a_workspace_may_borrow_them(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")
    lost = hub.commit("refs/df/wreck/s-1")
    apply_gc(state, hub, plan_gc(state, hub, now=now, policy=POLICY), now=now, policy=POLICY)
    clones.lease("s-2", base)
    later = now + 200 * DAY_SECONDS

    apply_gc(state, hub, plan_gc(state, hub, now=later, policy=POLICY), now=later, policy=POLICY)

    assert hub.commit(lost) == lost


def test_the_plan_has_the_same_id_for_the_same_things(
    state: StateFolder, hub: Hub, clones: Pool, base: str, now: float
) -> None:
    wreck(clones, base, "s-1")

    first = plan_gc(state, hub, now=now, policy=POLICY)
    second = plan_gc(state, hub, now=now + 60, policy=POLICY)
    ended(state, "s-1")

    assert first.id == second.id
    assert plan_gc(state, hub, now=now, policy=POLICY).id != first.id
