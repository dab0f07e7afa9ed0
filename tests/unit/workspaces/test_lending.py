"""A workspace that stands alone can read its own commit in git, and nothing else of the hub."""

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import Hub, UnknownRevision
from darkfactory.workspaces.lending import lent_alone
from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import Repository
from tests.unit.workspaces.collecting import Show, take
from tests.unit.workspaces.reused import assert_clean


@pytest.fixture
def alone(state: StateFolder, hub: Hub) -> Pool:
    return Pool(state, "agents", hub, alone=True)


def begin(hub: Hub, base: str) -> str:
    """Return a commit with the files of *base* and no past."""
    return hub.commit_tree(hub.tree(base), (), "What the task begins with", when=0)


def test_git_finds_nothing_but_the_commit_that_the_workspace_begins_with(
    alone: Pool, hub: Hub, base: str
) -> None:
    first = begin(hub, base)
    hub.commit_tree(hub.tree(base), (first,), "The solution", when=0)

    checkout = Repository(alone.lease("s-1", first).path)

    assert_clean(checkout, first)
    listed = checkout.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
    assert listed.split().count("commit") == 1
    assert checkout.git("fsck", "--lost-found") == ""


def test_what_an_agent_commits_and_leaves_there_is_collected(
    alone: Pool, state: StateFolder, hub: Hub, base: str, show: Show
) -> None:
    agent = Repository(alone.lease("s-1", begin(hub, base)).path)
    agent.commit("a step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n"})
    found = Pool(state, "agents", hub).find("s-1")  # as the host of the session opens it
    assert found is not None

    taken = take(hub, found)

    assert taken.head is not None
    assert (taken.whole, taken.notes) == (True, ())
    assert {show(taken.head)[name] for name in ("a.txt", "b.txt")} == {"a\n", "b\n"}


def test_the_next_lease_of_a_slot_borrows_what_its_own_commit_needs(
    alone: Pool, hub: Hub, base: str
) -> None:
    alone.lease("s-1", begin(hub, base))
    alone.release("s-1", kept=True)
    empty = hub.commit_tree(hub.git("mktree", stdin=b"").text, (), "Nothing", when=0)

    checkout = Repository(alone.lease("s-2", empty).path)

    assert_clean(checkout, empty)
    assert len(checkout.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()) == 2


def test_a_commit_that_the_hub_lacks_is_lent_to_nobody(alone: Pool) -> None:
    with pytest.raises(UnknownRevision):
        alone.lease("s-1", "1" * 40)


def test_it_is_made_once(state: StateFolder, hub: Hub, base: str) -> None:
    place = state.pool("agents") / ".lent"

    first = lent_alone(hub, base, place)
    made = sorted((first / "pack").iterdir())

    assert lent_alone(hub, base, place) == first
    assert sorted((first / "pack").iterdir()) == made
    assert [path.name for path in place.iterdir()] == [base]
