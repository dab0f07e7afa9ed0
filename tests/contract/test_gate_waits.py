"""Whoever waits while the gate lands hears what it does, and then what became of it."""

import io
import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from darkfactory.cli.boundary import run
from darkfactory.cli.steps import PresentStep
from darkfactory.factory.line import open_line
from darkfactory.factory.review_gate import approve_changes, land_queue
from darkfactory.factory.run_lock import run_lock
from darkfactory.gate.room import gate_lock
from darkfactory.gate.verdicts import rework
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer

pytestmark = pytest.mark.timeout(60)

WORK = {
    "first": {"both.txt": "one\n"},
    "second": {"both.txt": "two\n"},
    "third": {"both.txt": "one\n"},
}


@pytest.fixture
def factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """A factory with three changes at the gate, of which only one can land; we stand in it."""
    made = make_factory(tmp_path, {"sessions": []}, [bug(item) for item in WORK])
    line = open_line(made.root)
    base = line.hub.sync_base().commit
    for item, files in WORK.items():
        offer(line.gate(), item, files, on=base)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("DARKFACTORY_USER", "tester")
    return made


@pytest.mark.usefixtures("factory")
def test_each_step_is_a_line_on_stderr_and_the_result_alone_is_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = run(["gate", "approve", "first"])

    said = capsys.readouterr()
    assert status == 0
    assert said.out.startswith("c-first landed as ")
    assert len(said.out.splitlines()) == 1
    assert said.err.splitlines() == [
        "c-second will not merge once c-first has landed",
        "c-first: merging it with main",
        "c-first: testing it merged with main: true",
        "c-first: green; landing it on main",
        "2 changes wait. Next: df gate show c-second",
    ]


@pytest.mark.usefixtures("factory")
def test_with_json_no_step_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run(["gate", "approve", "second", "--json"])

    said = capsys.readouterr()
    assert json.loads(said.out)["landed"][0]["id"] == "c-second"
    assert [line for line in said.err.splitlines() if "testing" in line or "Next" in line] == []


@pytest.mark.usefixtures("factory")
def test_what_bounced_or_was_landed_already_is_told_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["gate", "approve", "first"])
    capsys.readouterr()

    status = run(["gate", "approve", "second", "third"])

    said = capsys.readouterr()
    assert status == 1
    assert said.out.splitlines() == [
        "c-second BOUNCED: it conflicts with the base in both.txt",
        "c-third is superseded: the base already holds all of it",
    ]
    assert said.err.splitlines()[-1] == "no change waits. Next: df run gives back what bounced"
    assert [line for line in said.err.splitlines() if "will not merge" in line] == []


@pytest.mark.usefixtures("factory")
def test_a_yes_to_several_counts_what_has_landed_meanwhile_as_approved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["gate", "approve", "first"])
    capsys.readouterr()

    status = run(["gate", "approve", "first", "third"])

    said = capsys.readouterr()
    landed, other = said.out.splitlines()
    assert status == 0
    assert landed.startswith("c-first landed as ")
    assert "c-first was approved before" in said.err
    assert other == "c-third is superseded: the base already holds all of it"


def test_who_sends_a_change_back_hears_which_run_takes_it_up(
    factory: Factory, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["gate", "rework", "first", "-m", "Name it."])
    with run_lock(open_line(factory.root).state):
        run(["gate", "rework", "second", "-m", "Name it."])

    assert capsys.readouterr().out.splitlines() == [
        "c-first rework: the agent gets your words with the next `df run`",
        "c-second rework: the agent gets your words from the `df run` that works now",
    ]


def test_what_somebody_takes_back_while_it_waits_to_land_is_refused_with_the_reason(
    factory: Factory,
) -> None:
    line, other = open_line(factory.root), open_line(factory.root).gate()

    def hear(text: str) -> None:
        if text.startswith("c-first: testing"):
            rework(other, other.find("c-third"), by="ada", text="Name it.")

    result = approve_changes(line, ["first", "third"], by="tester", note=hear)

    assert [row["id"] for row in result["landed"]] == ["c-first"]
    reason = "it did not land: it became rework meanwhile by ada: Name it."
    assert result["refused"] == [{"id": "c-third", "reason": reason}]


@pytest.mark.usefixtures("factory")
def test_an_empty_queue_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gate", "land"]) == 0
    assert capsys.readouterr().out == "nothing is approved\n"


def test_that_another_command_is_landing_is_told_while_it_is_waited_for(factory: Factory) -> None:
    line = open_line(factory.root)
    said = []
    with ExitStack() as other:
        other.enter_context(gate_lock(line.state))

        def hear(text: str) -> None:
            said.append(text)
            other.close()

        land_queue(line, note=hear)

    assert said == ["another command is landing; waiting for it"]


def test_on_a_terminal_the_present_step_is_one_line_that_goes_away() -> None:
    terminal = io.StringIO()
    step = PresentStep(terminal, columns=40)
    step.start()

    step.say("c-a: merging")
    step.say("c-a: testing " + "x" * 100)
    step.stop()

    drawn = terminal.getvalue().split("\r\x1b[K")
    assert drawn[1] == "c-a: merging (0s)"
    assert {len(line) for line in drawn[2:-1]} == {39}
    assert drawn[-1] == ""
