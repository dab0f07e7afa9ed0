"""What an agent makes is checked while it works, and its claims are held against that alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import CALC, Factory, bug, make_factory

CHECK = "python -c 'import calc; assert calc.add(2, 2) == 4; assert calc.add(1, 2) == 3'"
GREEN = "def add(a, b):\n    return a + b\n"
WORSE = {"write": {"path": "{cwd}/calc.py", "content": "def add(a, b):\n    return 7\n"}}
FIXED = {"write": {"path": "{cwd}/calc.py", "content": "def add(a, b):\n    return b + a\n"}}
WAITS = {"do": [{"read": "{cwd}/calc.py"}], "sleep": 40}

pytestmark = pytest.mark.slow


def playing(folder: Path, *turns: dict[str, Any], calc: str = GREEN, **more: str) -> Factory:
    heeds = {"marker": "the harness fails", "turns": [{"say": "So it does.", "do": [FIXED]},
             {"say": "Mended."}]}  # fmt: skip
    script = {"sessions": [{"marker": "calc", "turns": list(turns)}, heeds]}
    return make_factory(folder, script, [bug("calc")], files={"calc.py": calc}, **more)


@pytest.fixture
def ends() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for each in made:
        each.end()


def checks(factory: Factory) -> list[dict[str, Any]]:
    events = factory.events("s/s-calc-1")
    return [dict(event.data) for event in events if event.type == "harness.finished"]


def test_a_claim_that_the_harness_refutes_is_steered_before_the_session_ends(
    tmp_path: Path, ends: list[Factory]
) -> None:
    bluff = {"say": "Fixed it. All tests pass now.", **WAITS}
    factory = playing(tmp_path, {"say": "Writing.", "do": [WORSE]}, bluff, harness=CHECK)
    ends.append(factory)

    factory.df("run")

    (first, *_) = checks(factory)
    assert (first["result"], first["where"]) == ("fail", "workspace")
    told = factory.events("s/s-calc-1")
    (wish,) = (e.data for e in told if e.type == "control.requested" and e.data["by"] == "waffle")
    assert "but the harness fails on these files" in wish["text"]
    (change,) = factory.json("gate")["changes"]
    assert change["harness"]["result"] == "pass"
    assert factory.json("status")["gate"]["waiting"] == 1


def test_a_tree_that_failed_refutes_what_is_said_after_a_command_that_left_it_as_it_was(
    tmp_path: Path, ends: list[Factory]
) -> None:
    writes = {"say": "Writing.", "do": [WORSE], "sleep": 40}
    looks = {"say": "Let me see.", "do": [{"shell": "python3 -c 1"}]}
    claims = {"say": "All tests pass now.", **WAITS}
    factory = playing(tmp_path, writes, looks, claims, harness=CHECK)
    ends.append(factory)

    run = factory.start("run")
    factory.wait_for("harness.finished", "s/s-calc-1")
    factory.df("sessions", "steer", "s-calc-1", "go on")
    run.wait(60)

    first, second, *_ = checks(factory)
    told = factory.events("s/s-calc-1")
    wishes = [e for e in told if e.type == "control.requested" and e.data["by"] == "waffle"]
    assert (second["again"], second["tree"]) == (True, first["tree"])
    assert second["taken"] > first["taken"]
    assert "but the harness fails on these files" in wishes[0].data["text"]


def test_a_quick_check_is_run_instead_where_there_is_one(
    tmp_path: Path, ends: list[Factory]
) -> None:
    goes_last = "echo $HOME | grep -q /harness-2-"  # its private home tells who waits for a run
    lanes = f"""\
version: 1
harness: {{command: "{CHECK}", quick: "test -f calc.py && {goes_last} && echo 1 passed"}}
agents: {{mock: {{kind: mock, script: mock.yaml}}}}
lanes: {{bugs: {{match: {{labels: [bug]}}, agent: mock}}}}
"""
    factory = playing(
        tmp_path, {"say": "Writing.", "do": [FIXED]}, {"say": "Waiting.", **WAITS}, lanes=lanes
    )
    ends.append(factory)

    run = factory.start("run")
    factory.wait_for("harness.finished", "s/s-calc-1", result="pass")
    factory.df("sessions", "steer", "s-calc-1", "go on")
    run.wait(60)

    assert [check["result"] for check in checks(factory)] == ["pass"]
    assert not list((factory.state.hub / "refs" / "df" / "look").glob("*"))


def test_what_the_base_fails_already_is_no_fault_of_the_agent(
    tmp_path: Path, ends: list[Factory]
) -> None:
    note = {"write": {"path": "{cwd}/note.txt", "content": "seen\n"}}
    said = {"say": "All tests pass now.", "do": [note, {"read": "{cwd}/calc.py"}], "sleep": 40}
    factory = playing(tmp_path, said, {"say": "Done."}, calc=CALC, harness=CHECK)
    ends.append(factory)

    run = factory.start("run")
    check = factory.wait_for("harness.finished", "s/s-calc-1").data
    factory.df("sessions", "steer", "s-calc-1", "go on")
    run.wait(60)

    told = factory.events("s/s-calc-1")
    assert (check["result"], check["base"], check["new_failing"]) == ("fail", "fail", None)
    assert [e for e in told if e.type == "control.requested" and e.data["by"] == "waffle"] == []
