"""People steer, stop and answer real agents at work, from another process by ``df sessions``."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.real_line import (
    CLAUDE,
    CLAUDE_ACP,
    CODEX,
    OPENCODE,
    UNTIL_GO,
    Bug,
    RealLine,
    real_line,
)

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("kind", [CLAUDE, CODEX, CLAUDE_ACP, OPENCODE]),
]

WORDS = "ROUND-TWO: leave a note as well."


def round_two(bug: Bug) -> dict[str, Any]:
    """Return what a steer with WORDS makes the agent do."""
    note = {"write": {"path": "{cwd}/note.txt", "content": "noted\n"}}
    turns = [{"do": [bug.edit()]}, {"do": [note]}, {"say": "Mended and noted."}]
    return {"marker": "ROUND-TWO", "turns": turns}


def test_a_steer_reaches_the_running_turn_and_is_acknowledged(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)
    scripts = [bug.script({"do": [{"shell": UNTIL_GO}]}, {"say": "Alone."}), round_two(bug)]

    with real_line(tmp_path, [bug], scripts=scripts) as line:
        run = line.start("run")
        line.wait_for("tool.started", f"s/{bug.session}")
        with asking(line, "steer", bug.session, WORDS) as steer:
            accepted = line.wait_for("control.accepted", f"s/{bug.session}")
            (line.workspace(bug) / "go").touch()
            receipt = answer(steer)
        status = run.wait(120)
        said = [e.data["text"] for e in line.log(bug, "message") if e.data["role"] == "user"]
        change = line.json("gate", "show", bug.id)["change"]

    assert status == 0
    assert (receipt["state"], receipt["id"]) == ("applied", accepted.data["id"])
    assert acknowledged(line, bug, receipt["id"]) == ["requested", "accepted", "applied"]
    assert said[1:] == [WORDS]
    assert any(request.holds(WORDS) for request in line.asked(bug, "ROUND-TWO"))
    assert change["summary"] == "Mended and noted."
    assert reasons(line, bug) == (["done"] if kind != OPENCODE else ["done", "done"])  # it waits


def test_an_interrupt_ends_the_command_and_a_steer_goes_on(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)
    scripts = [
        bug.script({"do": [{"shell": bug.stay_stubborn}]}, {"say": "Alone."}),
        round_two(bug),
    ]

    with real_line(tmp_path, [bug], scripts=scripts) as line:
        run = line.start("run")
        line.wait(lambda: len(bug.processes()) > 1)
        began = time.monotonic()
        receipt = line.json("sessions", "interrupt", bug.session, "--wait")
        line.wait(lambda: not bug.processes(), seconds=10 - (time.monotonic() - began))
        idle = line.row(bug)
        line.df("sessions", "steer", bug.session, WORDS)
        status = run.wait(120)
        change = line.json("gate", "show", bug.id)["change"]

    assert status == 0
    assert acknowledged(line, bug, receipt["id"]) == ["requested", "accepted", "applied"]
    assert idle["state"] == "idle"
    assert reasons(line, bug) == ["interrupted", "done"]
    assert change["summary"] == "Mended and noted."


def test_a_cancel_ends_the_session_and_keeps_what_it_did(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)
    scripts = [bug.script({"do": [bug.edit()]}, {"do": [{"shell": bug.stay_busy}]})]

    with real_line(tmp_path, [bug], scripts=scripts) as line:
        run = line.start("run")
        line.wait_busy(bug)
        receipt = line.json("sessions", "cancel", bug.session, "--reason", "enough", "--wait")
        status = run.wait(120)
        (ended,) = line.log(bug, "session.ended")
        kept = subprocess.run(
            ["git", "show", f"{ended.data['preserved']['ref']}:{bug.module}.py"],
            cwd=line.state.hub,
            capture_output=True,
            text=True,
            check=True,
        )
        left = line.marked(bug)

    assert status == 1
    assert acknowledged(line, bug, receipt["id"]) == ["requested", "accepted", "applied"]
    assert ended.data["outcome"] == "cancelled"
    assert "enough" in ended.data["reason"]
    assert "return a + b" in kept.stdout
    assert (left, bug.processes()) == ([], [])


def test_in_a_suggest_lane_each_command_waits_for_a_persons_word(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)
    commands = [{"do": [{"shell": f"echo made > {name}"}]} for name in ("one", "two")]
    scripts = [bug.script(*commands, {"do": [bug.edit()]}, {"say": "Mended."})]

    with real_line(tmp_path, [bug], scripts=scripts, lane="autonomy: suggest") as line:
        run = line.start("run")
        first = line.wait_for("approval.requested", f"s/{bug.session}", command="echo made > one")
        waiting = line.row(bug)
        denied = line.json(
            "sessions", "deny", bug.session, first.data["request"], "-m", "NOT-THAT-ONE"
        )
        second = line.wait_for("approval.requested", f"s/{bug.session}", command="echo made > two")
        approved = line.json("sessions", "approve", bug.session, second.data["request"])
        status = run.wait(120)
        change = line.json("gate", "show", bug.id)["change"]
        decided = [e.data["decision"] for e in line.log(bug, "approval.resolved")]
        heard = any(request.holds("NOT-THAT-ONE") for request in line.asked(bug))

    assert status == 0
    assert waiting["state"] == "waiting_approval"
    for receipt in (denied, approved):
        assert acknowledged(line, bug, receipt["id"]) == ["requested", "accepted", "applied"]
    assert decided == ["deny", "approve"]
    assert heard
    assert "b/two" in change["diff"]
    assert "b/one" not in change["diff"]
    assert "+    return a + b" in change["diff"]


def asking(line: RealLine, *arguments: str) -> "subprocess.Popen[str]":
    """Start ``df sessions`` and leave it waiting until its wish is applied."""
    return subprocess.Popen(
        [sys.executable, "-m", "darkfactory", "sessions", *arguments, "--wait", "--json"],
        cwd=line.root,
        env=line.environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, _ = process.communicate(timeout=60)
    found: dict[str, Any] = json.loads(said)
    return found


def acknowledged(line: RealLine, bug: Bug, control: str) -> list[str]:
    """Return what the log answers to a wish, in its order."""
    events = [e for e in line.log(bug) if e.type.startswith("control.")]
    return [e.type.removeprefix("control.") for e in events if e.data["id"] == control]


def reasons(line: RealLine, bug: Bug) -> list[str]:
    return [str(event.data["reason"]) for event in line.log(bug, "turn.finished")]
