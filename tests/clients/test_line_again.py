"""Work that real agents take up again: sent back by a person, or after something was killed."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from darkfactory.domain.settings import AgentKind
from tests.fakes.real_line import (
    CLAUDE,
    CLAUDE_ACP,
    CODEX,
    CODEX_ACP,
    OPENCODE,
    QWEN,
    UNTIL_GO,
    Bug,
    RealLine,
    real_line,
    told,
    used,
)

pytestmark = [pytest.mark.clients, pytest.mark.timeout(180)]

KINDS = pytest.mark.parametrize("kind", [CLAUDE, CODEX])
WORDS = "ROUND-TWO: say in a note why."


@pytest.mark.parametrize("kind", [CLAUDE, CODEX, CLAUDE_ACP, CODEX_ACP, OPENCODE, QWEN])
def test_rework_goes_to_the_same_conversation_and_is_counted_once(
    tmp_path: Path, kind: str
) -> None:
    bug = Bug(kind)
    note = {"write": {"path": "{cwd}/note.txt", "content": "because\n"}}
    again = {"marker": "ROUND-TWO", "turns": [{"do": [note]}, {"say": "Noted."}]}

    with real_line(tmp_path, [bug], scripts=[bug.script(), again]) as line:
        line.run()
        line.df("gate", "rework", bug.id, "-m", WORDS)
        line.run()
        change = line.json("gate", "show", bug.id)["change"]
        first, both = line.asked(bug), line.asked(bug, "ROUND-TWO")
        second = both[len(first) :]
        natives = {event.data["id"] for event in line.log(bug, "session.native")}
        row = line.row(bug)

    assert second[0].holds(WORDS)
    assert second[0].holds(f"Mended {bug.module}.")
    assert second[0].holds(bug.title)
    assert len(natives) == 1
    assert change["summary"] == "Noted."
    assert change["files"] == 2
    assert row["tokens"] == told(kind, first) + told(kind, second)
    assert [e.data["outcome"] for e in line.log(bug, "session.ended")] == ["proposed"] * 2


@KINDS
def test_kill_9_of_a_host_in_the_middle_of_a_turn_resumes_the_conversation(
    tmp_path: Path, kind: AgentKind
) -> None:
    bug = Bug(kind)
    busy = {"say": "Starting.", "do": [{"shell": bug.stay_busy}]}

    with real_line(tmp_path, [bug], scripts=[bug.script(busy, *bug.fixing())]) as line:
        run = line.start("run")
        line.wait_busy(bug)
        os.kill(line.host(bug.session)["pid"], signal.SIGKILL)
        status = run.wait(120)
        left = bug.processes()
        line.df("gate", "approve", bug.id)
        requests, row = line.asked(bug), line.row(bug)
        outcomes = [event.data["outcome"] for event in line.log(bug, "session.ended")]

        assert status == 0
        assert left == []
        assert outcomes == ["crashed", "proposed"]
        assert requests[1].holds("Starting.")
        assert requests[1].holds("You were cut off")
        assert row["tokens"] == used(requests)
        assert landed(line) == Counter([bug.id])
        assert "return a + b" in (line.root / f"{bug.module}.py").read_text()


@KINDS
@pytest.mark.parametrize("moment", ["turn.started", "session.native"])
def test_kill_9_of_a_host_before_the_agent_said_a_word_costs_an_attempt(
    tmp_path: Path, kind: AgentKind, moment: str
) -> None:
    bug = Bug(kind)

    with real_line(tmp_path, [bug], scripts=[bug.script(*bug.fixing(sleep=1.0))]) as line:
        run = line.start("run")
        line.wait_for(moment, f"s/{bug.session}")
        os.kill(line.host(bug.session)["pid"], signal.SIGKILL)
        status = run.wait(120)
        rows = [(row["id"], row["outcome"]) for row in line.json("status")["sessions"]]

    assert status == 0
    assert rows == [(bug.session, "crashed"), (f"s-{bug.id}-2", "proposed")]


def test_kill_9_of_the_run_leaves_both_at_work_and_the_next_run_adopts_them(
    tmp_path: Path,
) -> None:
    bugs = [Bug(CLAUDE), Bug(CODEX)]
    scripts = [bug.script({"do": [{"shell": UNTIL_GO}]}, *bug.fixing()) for bug in bugs]

    with real_line(tmp_path, bugs, scripts=scripts) as line:
        run = line.start("run")
        for bug in bugs:
            line.wait_for("tool.started", f"s/{bug.session}")
        hosts = [line.host(bug.session) for bug in bugs]
        run.send_signal(signal.SIGKILL)
        run.wait()
        second = line.start("run")
        line.wait(lambda: line.json("status")["running"])
        for bug in bugs:
            (line.workspace(bug) / "go").touch()
        status = second.wait(120)
        starts = Counter(str(e.session) for e in line.events() if e.type == "session.started")

        assert status == 0
        assert starts == Counter(bug.session for bug in bugs)
        assert [line.host(bug.session) for bug in bugs] == hosts
        assert [line.row(bug)["tokens"] for bug in bugs] == [used(line.asked(b)) for b in bugs]
        line.df("gate", "approve", *(bug.id for bug in bugs))
        assert landed(line) == Counter(bug.id for bug in bugs)


def landed(line: RealLine) -> Counter[str]:
    """Count the landings of each item."""
    return Counter(str(e.data["item"]) for e in line.events() if e.type == "change.landed")
