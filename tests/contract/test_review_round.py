"""A whole round of review: two comments go back, each is answered, and only what is new is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.terminals import Terminal

pytestmark = pytest.mark.timeout(120)

EDIT = {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a + b"}
NOTE = {"path": "{cwd}/notes/add.txt", "content": "add\n"}
NAMED = {"path": "{cwd}/calc.py", "old": "    return a + b", "new": "    return sum((a, b))"}
FIRST = [{"say": "Looking.", "do": [{"edit": EDIT}, {"write": NOTE}]}, {"say": "Fixed it."}]
SECOND = [
    {"say": "Mending.", "do": [{"edit": NAMED}]},
    {"say": "Done.\n\nAnswer 1: fixed, it is a sum now."},
]
THIRD = [{"say": "Sorry.\n\nAnswer 2: disagree, the note is what the item asks for."}]


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """Return a factory in which a round was gone through: sent back, answered, back at the gate."""
    script = {"sessions": [{"marker": "add", "turns": [*FIRST, *SECOND, *THIRD]}]}
    made = make_factory(tmp_path_factory.mktemp("round"), script, [bug("add")])
    made.df("run")
    comment_on_two_lines(made)
    made.df("run")
    yield made
    made.end()


def heard(factory: Factory) -> list[str]:
    """Return what the agent was told, message by message."""
    log = (factory.state.session("s-add-1") / "raw.jsonl").read_text().splitlines()
    return [line for line in log if '"user"' in line]


def told(factory: Factory, type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in factory.events() if event.type == type_]


def comment_on_two_lines(factory: Factory) -> None:
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("== calc.py")
    for keys, words in ((b"\tjjjc", b"Use sum."), (b"\tjc", b"Why a note?")):
        terminal.said = ""
        terminal.type(keys)
        terminal.wait_for("Enter sends it")
        terminal.type(words + b"\r")
        terminal.wait_for(f"| {words.decode()}")
    terminal.type(b"r")
    terminal.wait_for("and 2 comments, each to be answered")
    terminal.type(b"Two things.\r")
    terminal.wait_for("c-add sent back")
    terminal.type(b"q")
    assert terminal.end() == 0


def test_two_comments_reach_the_same_conversation_and_each_gets_an_answer(
    factory: Factory,
) -> None:
    shown = factory.json("gate", "show", "add", "--since-last")

    assert [told(factory, "session.started")[at]["item"] for at in range(3)] == ["add"] * 3
    assert {event.session for event in factory.events() if event.type == "session.started"} == {
        "s-add-1"
    }
    sent, reminder = heard(factory)[1:]
    for part in ("Two things.", "1. calc.py:2", "2 >     return a + b", "Use sum."):
        assert part in sent
    assert "2. notes/add.txt:1" in sent
    assert "Why a note?" in sent
    assert "#2 of the comments have no answer" in reminder
    assert "Why a note?" in reminder
    assert "Use sum." not in reminder
    change = shown["change"]
    assert [(one["kind"], one["answer"]) for one in change["comments"]] == [
        ("fixed", "fixed, it is a sum now."),
        ("disagree", "disagree, the note is what the item asks for."),
    ]
    assert change["warnings"] == []
    assert "+    return sum((a, b))" in shown["since_last"]
    assert "notes/add.txt" not in shown["since_last"]


def test_nobody_reads_a_change_before_its_agent_has_answered(factory: Factory) -> None:
    verbs = [event.type for event in factory.events() if event.type.startswith("change.")]
    after = verbs[verbs.index("change.rework") :]
    assert [verb for verb in after if verb != "change.checked"][:5] == [
        "change.rework",
        "change.proposed",
        "change.rework",
        "change.proposed",
        "change.waiting",
    ]
    assert [one["by"] for one in told(factory, "change.rework")] == ["tester", "gate"]


def test_on_the_screen_the_answers_stand_above_only_what_is_new_and_a_yes_lands_it(
    factory: Factory,
) -> None:
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for("Only what is new since revision 1")
    terminal.type(b"\t")
    terminal.wait_for("sum((a, b))")

    assert "-> fixed, it is a sum now." in terminal.said
    assert "-> disagree, the note is what the item asks for." in terminal.said
    assert "== notes/add.txt" not in terminal.said
    terminal.type(b"a")
    terminal.wait_for("c-add landed as")
    terminal.type(b"q")
    assert terminal.end() == 0


def test_an_agent_that_never_answers_brings_its_change_back_with_a_warning(
    tmp_path: Path,
) -> None:
    turns = [*FIRST, *({"say": f"Done {at}."} for at in range(5))]
    silent = make_factory(tmp_path, {"sessions": [{"marker": "add", "turns": turns}]}, [bug("add")])
    silent.df("run")
    comment_on_two_lines(silent)

    silent.df("run")

    change = silent.json("gate", "show", "add")["change"]
    assert change["state"] == "waiting_taste"
    assert [one["by"] for one in told(silent, "change.rework")] == ["tester", "gate", "gate"]
    assert "leaves comments of its review without an answer: #1, #2" in change["warnings"][0]
    silent.end()
