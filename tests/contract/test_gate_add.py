"""``df gate add``: branches that no session made enter, are judged, land, and come back."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.cli.boundary import run
from darkfactory.events.stream import Writer
from darkfactory.factory.add_branches import add_branches
from darkfactory.factory.disposition import Step, next_step
from darkfactory.factory.line import open_line
from darkfactory.gate.verdicts import approve
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer
from tests.fakes.repositories import Repository

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A factory's repository in which we stand, with the branches topic and fix/two."""
    made = make_factory(tmp_path, {"sessions": []}, [bug("one")], harness="test ! -e RED")
    found = Repository(made.root)
    for name, files in (("topic", {"t.txt": "t\n"}), ("fix/two", {"two.txt": "2\n"})):
        branch(found, name, files)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("DARKFACTORY_USER", "tester")
    return found


def branch(user: Repository, name: str, files: dict[str, str], *, on: str = "main") -> None:
    """Make or go on with a branch, and check the base out again."""
    user.git("checkout", "-q", "-B", name, on)
    user.commit(f"Work on {name}", files)
    user.git("checkout", "-q", "main")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, expect: int = 0) -> Any:
    """Return what a command prints as JSON, its error if it fails."""
    capsys.readouterr()
    status = run([*arguments, "--json"])
    said = capsys.readouterr()
    assert status == expect, said.err
    return json.loads(said.out or said.err)


def test_branches_enter_are_approved_and_land(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    added = told(capsys, "gate", "add", "topic", "fix/two", "--yes")
    branch(user, "topic", {"later.txt": "x\n"}, on="topic")

    names = [row["id"] for row in added["changes"]]
    done = told(capsys, "gate", "approve", *names)

    assert sorted(names) == names
    assert {row["item"]: row["state"] for row in added["changes"]} == {
        "topic": "waiting_taste",
        "fix/two": "waiting_taste",
    }
    assert all(row["session"] is None for row in added["changes"])
    assert all(row["harness"]["result"] is None for row in added["changes"])
    assert sorted(row["id"] for row in done["landed"]) == names
    assert (user.path / "t.txt").exists()
    assert (user.path / "two.txt").exists()
    assert not (user.path / "later.txt").exists()


def test_an_item_of_the_backlog_gives_lane_title_and_proof(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["triage"])

    (row,) = told(capsys, "gate", "add", "topic", "--item", "one")["changes"]
    show = told(capsys, "gate", "show", "one")["change"]

    assert (row["id"], row["lane"], row["title"]) == ("c-one", "bugs", "Mend one")
    assert (show["branch"], show["claims"], show["head"]) == (
        "topic",
        [],
        user.git("rev-parse", "topic"),
    )


def test_a_new_head_of_the_same_branch_is_the_next_revision(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "gate", "add", "topic", "--title", "Say t")
    branch(user, "topic", {"more.txt": "x\n"}, on="topic")

    (row,) = told(capsys, "gate", "add", "topic")["changes"]
    again = told(capsys, "gate", "add", "topic")

    assert (row["id"], row["revision"], row["title"]) == ("c-topic", 2, "Say t")
    assert again["changes"][0]["revision"] == 2
    assert again["warnings"] == ["c-topic is at that commit already: nothing has changed"]


def test_a_branch_fetched_from_elsewhere_enters_by_its_name(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    user.git("update-ref", "refs/remotes/origin/theirs", "topic")

    (row,) = told(capsys, "gate", "add", "origin/theirs")["changes"]

    assert (row["item"], row["branch"]) == ("origin/theirs", "origin/theirs")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["topik"], "branch.unknown", "topic"),
        (["topic", "none"], "branch.unknown", "none"),
        (["main"], "branch.base", "main"),
        (["topic", "fix/two", "--item", "one"], "gate.one_item", "--item"),
        (["topic", "fix/two", "--title", "T"], "gate.one_item", "--title"),
        (["topic", "--item", " "], "item.name", "--item"),
        (["topic", "--item", "a\nb"], "item.name", "--item"),
        (["--", "--upload-pack=touch PROOF"], "branch.unknown", "upload-pack"),
        (["topic^{tree}"], "branch.unknown", "topic"),
        (["HEAD"], "branch.unknown", "HEAD"),
        (["refs/heads/../../x"], "branch.unknown", "refs"),
    ],
)
def test_what_is_asked_wrongly_is_said_and_nothing_enters(
    user: Repository,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: str,
    says: str,
) -> None:
    capsys.readouterr()

    status = run(["gate", "add", "--json", *arguments])

    error = json.loads(capsys.readouterr().err)["error"]
    assert (status, error["code"]) == (2, code)
    assert says in error["problem"] + error["fix"]
    assert list(open_line(user.path).record.changes) == []


def test_a_refused_branch_is_said_and_the_others_enter(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    user.git("branch", "empty", "main")

    added = told(capsys, "gate", "add", "empty", "topic", expect=1)

    assert [row["id"] for row in added["changes"]] == ["c-topic"]
    assert [(row["branch"], row["reason"]) for row in added["refused"]] == [
        ("empty", "it has nothing that main lacks")
    ]


def test_what_is_sent_back_or_bounces_waits_for_who_made_it(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    branch(user, "red", {"RED": "x\n"})
    told(capsys, "gate", "add", "topic", "red")
    run(["gate", "rework", "topic", "-m", "smaller, please"])
    said = capsys.readouterr().out
    bounced = told(capsys, "gate", "approve", "red", expect=1)["bounced"]

    rows = {row["id"]: row for row in told(capsys, "gate", "list")["changes"]}
    run(["gate", "show", "red"])
    shown = capsys.readouterr()
    record = open_line(user.path).record

    assert "no agent made it" in said
    assert [(row["id"], row["reason"]) for row in bounced] == [("c-red", "harness")]
    assert (rows["c-topic"]["state"], rows["c-red"]["state"]) == ("rework", "bounced")
    assert "Next: df gate add red, once its commits are there" in shown.err
    for item in ("red", "topic"):
        step = next_step(record.attempted(item), record.changes.of_item(item), attempts=2)
        assert step is Step.NOTHING


def test_words_of_a_rework_are_shown_until_the_next_revision_comes(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "gate", "add", "topic")
    run(["gate", "rework", "topic", "-m", "smaller, please", "--at", "t.txt:1"])
    capsys.readouterr()

    run(["gate", "show", "topic"])
    shown = capsys.readouterr().out
    branch(user, "topic", {"more.txt": "x\n"}, on="topic")
    run(["gate", "add", "topic"])
    answered = capsys.readouterr()

    assert "tester: smaller, please" in shown
    assert "t.txt:1" in shown
    assert "tester asked before: smaller, please" in answered.err


def test_an_earlier_end_of_a_session_does_not_come_back_over_a_branch(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    line = open_line(user.path)
    line.hub.sync_base()
    change, _ = offer(line.gate(), "one", {"calc.py": "agent\n"})
    writer = Writer(line.record.stream, producer="test", session="s-one-1")
    writer.write("session.started", {"item": "one", "lane": "bugs"}, durable=True)
    end = {"item": "one", "outcome": "proposed", "head": change.head, "polite": True}
    writer.write("session.ended", end, durable=True)

    told(capsys, "gate", "add", "topic", "--item", "one")

    record = open_line(user.path).record
    attempted = record.attempted("one")
    assert [one.settled for one in attempted] == [True]
    step = next_step(attempted, record.changes.of_item("one"), attempts=2)
    assert step is Step.NOTHING


def test_a_branch_that_conflicts_with_one_that_lands_bounces_and_is_listed(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    branch(user, "left", {"calc.py": "left\n"})
    branch(user, "right", {"calc.py": "right\n"})
    told(capsys, "gate", "add", "left", "right")

    done = told(capsys, "gate", "approve", "left", "right", expect=1)
    rows = told(capsys, "gate", "list")["changes"]

    assert [row["id"] for row in done["landed"]] == ["c-left"]
    assert [(row["id"], row["reason"]) for row in done["bounced"]] == [("c-right", "textual")]
    assert [(row["id"], row["detail"]["files"]) for row in rows] == [("c-right", ["calc.py"])]


def test_the_names_of_branches_are_completed(
    user: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from darkfactory.cli import choices

    user.git("update-ref", "refs/remotes/origin/topical", "topic")

    assert choices.branches("to") == ["topic"]
    assert choices.branches("origin/") == ["origin/topical"]
    monkeypatch.chdir("/")
    assert choices.branches("") == []


def test_a_branch_enters_while_a_run_works(tmp_path: Path) -> None:
    session = {"marker": "one", "turns": [{"say": "Wait.", "forever": True}]}
    factory: Factory = make_factory(tmp_path, {"sessions": [session]}, [bug("one")])
    user = Repository(factory.root)
    branch(user, "topic", {"t.txt": "t\n"})
    running = factory.start("run")
    factory.wait_for("session.started")

    added = factory.json("gate", "add", "topic", "--item", "one")

    assert [row["state"] for row in added["changes"]] == ["waiting_taste"]
    assert added["warnings"] == [
        "s-one-1 works on one: what it leaves is a newer revision than yours"
    ]
    assert running.poll() is None
    factory.end()


def test_each_branch_is_told_before_the_next_one_enters(user: Repository) -> None:
    line = open_line(user.path)
    known: list[list[str]] = []

    add_branches(
        line,
        ["topic", "fix/two"],
        by="ada",
        tell=lambda _: known.append([change.item for change in line.gate().refresh()]),
    )

    assert known == [["topic"], ["topic", "fix/two"]]


def test_a_yes_whose_landing_was_killed_is_said_again(
    user: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "gate", "add", "topic")
    room = open_line(user.path).gate()
    approve(room, room.find("c-topic"), by="tester")

    again = told(capsys, "gate", "approve", "c-topic")

    assert [row["id"] for row in again["landed"]] == ["c-topic"]
    assert told(capsys, "gate", "approve", "c-topic", expect=2)["error"]["code"] == "gate.state"
