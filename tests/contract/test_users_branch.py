"""What a person does with their own branch while changes wait is respected, and told truly."""

from pathlib import Path

import pytest

from tests.fakes.factories import Factory, make_factory, write_note
from tests.fakes.repositories import Repository


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    """A factory with two changes at the gate."""
    names = ("ONE", "TWO")
    items = [{"id": name, "title": name, "labels": ["bug"]} for name in names]
    made = make_factory(tmp_path, {"sessions": [write_note(name) for name in names]}, items)
    made.df("run")
    return made


def test_a_rewritten_branch_gets_what_waited_and_nothing_that_was_dropped(
    factory: Factory,
) -> None:
    user = Repository(factory.root)
    dropped = user.head
    user.git("commit", "--quiet", "--amend", "-m", "rewritten")
    anew = user.head

    done = factory.json("gate", "approve", "ONE", "TWO", "--yes")

    assert len(done["landed"]) == 2
    assert [words.count("carried over") for words in done["warnings"]] == [1, 1]
    assert user.git("merge-base", anew, "HEAD") == anew
    assert dropped not in user.git("rev-list", "HEAD").split()
    assert sorted(path.stem for path in (factory.root / "notes").iterdir()) == ["ONE", "TWO"]


def test_a_branch_that_was_moved_back_is_left_and_everyone_who_asks_is_told(
    factory: Factory,
) -> None:
    user = Repository(factory.root)
    first = user.head
    factory.df("gate", "approve", "ONE", "--yes")
    user.git("reset", "--quiet", "--hard", first)

    said = factory.json("gate", "approve", "TWO", "--yes")["warnings"]
    left = factory.json("status")["base"]
    shown = factory.df("status").stdout
    stayed = user.head
    doctor = factory.df("doctor", expect=None).stdout
    user.git(*left["command"].split()[1:])

    assert stayed == first
    assert any("moved back" in words and left["command"] in words for words in said)
    assert left["command"] in shown
    assert left["command"] in doctor
    assert sorted(path.stem for path in (factory.root / "notes").iterdir()) == ["ONE", "TWO"]
    assert factory.json("status")["base"] is None
    assert "moved back" not in factory.df("doctor", expect=None).stdout


def test_a_branch_that_lags_behind_uncommitted_work_is_told_of_until_it_has_what_landed(
    factory: Factory,
) -> None:
    user = Repository(factory.root)
    (factory.root / "calc.py").write_text("mine\n")
    factory.df("gate", "approve", "ONE", "TWO", "--yes")

    def told(*command: str) -> bool:
        done = factory.df(*command, expect=None)
        shown = " ".join((done.stdout + done.stderr).split())
        return "git pull --ff-only .darkfactory/hub.git main" in shown

    screens = (("status",), ("gate",), ("brief",), ("doctor",))
    before = [told(*screen) for screen in screens]
    user.git("pull", "--quiet", "--ff-only", ".darkfactory/hub.git", "main")

    assert before == [True] * 4
    assert [told(*screen) for screen in screens] == [False] * 4
    assert (factory.root / "calc.py").read_text() == "mine\n"
