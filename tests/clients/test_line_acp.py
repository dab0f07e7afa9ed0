"""The whole line with real agents of the Agent Client Protocol, and what only host and fence do."""

import time
from pathlib import Path
from typing import Any

import pytest

from scripts.clients import clients
from tests.fakes.real_line import (
    CLAUDE_ACP,
    CODEX_ACP,
    GEMINI,
    OF_HOME,
    OPENCODE,
    QWEN,
    Bug,
    real_line,
    told,
)

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("kind", [CLAUDE_ACP, CODEX_ACP, OPENCODE, GEMINI, QWEN]),
]

WORDS = "ROUND-TWO: mend it now."


def test_a_session_is_proposed_counted_and_says_what_held_it(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)

    with real_line(tmp_path, [bug]) as line:
        line.run()
        (started,) = line.log(bug, "session.started")
        (native,) = line.log(bug, "session.native")
        row, left = line.row(bug), line.marked(bug)
        change = line.json("gate", "show", bug.id)["change"]
        asked = line.asked(bug)
        secret = any(found.holds(OF_HOME) for found in line.model.requests)

    assert started.data["kind"] == "acp"
    assert started.data["confinement"] == {"files": "bubblewrap", "network": "ports"}
    assert clients()[kind].version in started.data["version"]
    assert native.data["version"] == clients()[kind].version
    assert (row["outcome"], row["tokens"]) == ("proposed", told(kind, asked))
    assert change["summary"] == f"Mended {bug.module}."
    assert "+    return a + b" in change["diff"]
    assert not secret
    assert left == []


def test_a_command_that_outlives_its_interrupted_turn_is_swept_and_a_steer_goes_on(
    tmp_path: Path, kind: str
) -> None:
    bug = Bug(kind)
    mending = [{"do": [bug.read()]}, {"do": [bug.edit()]}, {"say": "Mended after all."}]
    again = {"marker": "ROUND-TWO", "turns": mending}
    scripts = [bug.script({"do": [{"shell": bug.stay_stubborn}]}, {"say": "Alone."}), again]

    with real_line(tmp_path, [bug], scripts=scripts) as line:
        run = line.start("run")
        line.wait(lambda: len(bug.processes()) > 1)
        began = time.monotonic()
        line.json("sessions", "interrupt", bug.session, "--wait")
        line.wait(lambda: not bug.processes(), seconds=10 - (time.monotonic() - began))
        idle = line.row(bug)
        line.df("sessions", "steer", bug.session, WORDS)
        status = run.wait(120)
        ends = [event.data["reason"] for event in line.log(bug, "turn.finished")]
        change = line.json("gate", "show", bug.id)["change"]

    assert (status, idle["state"], ends) == (0, "idle", ["interrupted", "done"])
    assert change["summary"] == "Mended after all."


def test_an_observer_changes_nothing_and_reports(tmp_path: Path, kind: str) -> None:
    bug = Bug(kind)
    write = {"write": {"path": "{cwd}/made.txt", "content": "made\n"}}
    tries: list[dict[str, Any]] = [
        {"do": [{"shell": "echo made > too.txt"}]},
        {"do": [write]},
        {"do": [bug.edit()]},
    ]

    with real_line(
        tmp_path, [bug], scripts=[bug.script(*tries, {"say": "Seen."})], lane="autonomy: observe"
    ) as line:
        line.run()
        changed = line.log(bug, "file.changed")
        workspace = line.workspace(bug)
        made = [name for name in ("made.txt", "too.txt") if (workspace / name).exists()]
        row = line.row(bug)

    assert row["outcome"] == "reported"
    assert made == []
    assert not [event for event in changed if event.data["ok"]]
