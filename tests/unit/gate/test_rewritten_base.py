"""A person rewrites the base while changes wait: what waits is carried over, and nothing else."""

from pathlib import Path

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.gate.judging import commit_to_rework
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from darkfactory.workspaces.base import Relation
from darkfactory.workspaces.hub import Hub
from tests.fakes.gates import PretendHarness, land, make_gate, offer


class Place:
    """A gate whose base has a commit that its owner is about to drop."""

    def __init__(self, folder: Path) -> None:
        self.room, self.user = make_gate(folder)
        self.first = self.user.head
        self.dropped = self.user.commit("secret", {"secret.txt": "secret\n", "calc.py": "two\n"})
        self.hub.sync_base()

    @property
    def hub(self) -> Hub:
        return self.room.hub

    def rewrite(self, files: dict[str, str]) -> str:
        """Put a commit with *files* in the place of the dropped one."""
        self.user.git("reset", "--quiet", "--hard", self.first)
        head = self.user.commit("anew", files)
        assert self.hub.sync_base().relation is Relation.REWRITTEN
        return head

    def files(self) -> set[str]:
        return set(self.hub.git("ls-tree", "-r", "--name-only", self.hub.base_ref).text.split())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def history(room: GateRoom) -> list[str]:
    return room.hub.git("rev-list", room.hub.base_ref).text.split()


def test_a_waiting_change_lands_on_the_new_base_without_what_was_dropped(place: Place) -> None:
    change, _ = offer(place.room, "a", {"a.txt": "a\n"})
    anew = place.rewrite({"other.txt": "other\n"})
    approve(place.room, change, by="ada")

    done = land(place.room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert {"a.txt", "other.txt"} < place.files()
    assert "secret.txt" not in place.files()
    assert anew in history(place.room)
    assert place.dropped not in history(place.room)
    assert done.notes == [
        "main was rewritten after c-a began: only its own edits were carried over"
    ]


def test_what_the_new_base_conflicts_with_bounces_and_goes_on_from_the_new_base(
    place: Place,
) -> None:
    change, _ = offer(place.room, "a", {"calc.py": "mine\n"})
    anew = place.rewrite({"calc.py": "theirs\n"})
    approve(place.room, change, by="ada")

    done = land(place.room)
    again = commit_to_rework(place.room, place.room.find("c-a"))

    assert [(row.id, row.reason, row.detail["files"]) for row in done.bounced] == [
        ("c-a", "textual", ["calc.py"])
    ]
    assert place.hub.git("rev-list", "--parents", "-1", again).text.split()[1:] == [anew]


def test_work_that_began_on_the_old_base_is_measured_from_there(place: Place) -> None:
    began = place.dropped
    place.rewrite({"other.txt": "other\n"})

    change, green = offer(place.room, "a", {"a.txt": "a\n"}, on=began)

    assert green
    assert (change.base, change.facts["paths"]) == (began, ["a.txt"])


def test_a_change_that_only_held_what_was_rewritten_too_is_superseded(place: Place) -> None:
    change, _ = offer(place.room, "a", {"a.txt": "a\n"})
    place.rewrite({"a.txt": "a\n"})
    approve(place.room, change, by="ada")

    land(place.room)

    assert place.room.find("c-a").state is State.SUPERSEDED


def test_a_landing_that_is_made_while_the_base_is_rewritten_is_tested_again(place: Place) -> None:
    harness = place.room.test
    assert isinstance(harness, PretendHarness)
    change, _ = offer(place.room, "a", {"a.txt": "a\n"})
    approve(place.room, change, by="ada")
    harness.meanwhile = lambda: place.rewrite({"other.txt": "other\n"})

    done = land(place.room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert "secret.txt" not in place.files()
    assert "other.txt" in place.files()


def test_a_base_without_any_shared_history_is_followed_too(place: Place) -> None:
    change, _ = offer(place.room, "a", {"a.txt": "a\n"})
    place.user.git("checkout", "--quiet", "--orphan", "fresh")
    fresh = place.user.commit("fresh", {"calc.py": "fresh\n"})
    place.user.git("branch", "--quiet", "--force", "main", fresh)
    place.hub.sync_base()
    approve(place.room, change, by="ada")

    done = land(place.room)

    assert [row.id for row in done.landed] == ["c-a"]
    assert len(history(place.room)) == 2
