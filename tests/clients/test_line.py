"""The whole line with real agents: ``df run``, Claude Code and Codex, a scripted model, the gate.

Four bugs for each of them, eight sessions at once in one repository; then everything is approved.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.settings import AgentKind
from scripts.clients import clients
from tests.fakes.real_line import CLAUDE, CODEX, OF_HOME, Bug, RealLine, real_line, used

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("the line at work"),
]

BUGS = [Bug(kind, number) for kind in (CLAUDE, CODEX) for number in range(1, 5)]
SKILL = """\
---
name: tidy
description: Use when a sum comes out too small.
---
# Tidy

BODY-OF-TIDY
"""


@dataclass(frozen=True, slots=True)
class Done:
    """A line that has worked: what it said, and what was there before its changes landed."""

    line: RealLine
    said: Sequence[Mapping[str, Any]]
    rows: Mapping[str, Mapping[str, Any]]
    changes: Mapping[str, Mapping[str, Any]]
    left: Sequence[int]
    verdict: Mapping[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    scripts = [bug.script(*bug.fixing(together=len(BUGS))) for bug in BUGS]
    skills = {"skills/tidy/SKILL.md": SKILL, "skills/tidy/df.yaml": "version: 1.0.0\n"}
    folder = tmp_path_factory.mktemp("line")
    with real_line(folder, BUGS, scripts=scripts, lane="skills: [tidy]", files=skills) as line:
        said = [json.loads(text) for text in line.run("--json").stdout.splitlines()]
        names = [bug.id for bug in BUGS]
        yield Done(
            line=line,
            said=said,
            rows={row["item"]: row for row in line.json("status")["sessions"]},
            changes={name: line.json("gate", "show", name)["change"] for name in names},
            left=[pid for bug in BUGS for pid in line.marked(bug)],
            verdict=line.json("gate", "approve", *names),
        )


def test_eight_sessions_at_once_are_all_proposed(done: Done) -> None:
    counts = done.said[-1]["data"]

    assert done.said[-1]["type"] == "run.finished"
    assert (counts["sessions"], counts["proposed"], counts["failed"]) == (8, 8, 0)
    assert {row["outcome"] for row in done.rows.values()} == {"proposed"}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_change_is_the_fix_and_nothing_else(done: Done, bug: Bug) -> None:
    change = done.changes[bug.id]

    lines = [line for line in change["diff"].splitlines() if line[:1] in "+-"]
    assert lines == [
        f"--- a/{bug.module}.py",
        f"+++ b/{bug.module}.py",
        "-    return a - b",
        "+    return a + b",
    ]
    assert change["summary"] == f"Mended {bug.module}."


def test_tokens_are_exactly_what_the_model_served(done: Done) -> None:
    served = {bug.id: used(done.line.asked(bug)) for bug in BUGS}

    assert {name: row["tokens"] for name, row in done.rows.items()} == served
    assert done.said[-1]["data"]["tokens"] == sum(served.values())
    assert sum(served.values()) == sum(
        one["input"] + one["output"] for one in done.line.model.served()
    )


def test_the_cost_that_claude_code_tells_is_kept(done: Done) -> None:
    told = {bug.id: cost_told(done.line, bug) for bug in BUGS if bug.kind is CLAUDE}

    assert min(told.values()) > 0
    assert {name: done.rows[name]["cost_usd"] for name in told} == pytest.approx(told, abs=1e-6)
    assert done.said[-1]["data"]["cost_usd"] == pytest.approx(sum(told.values()), abs=1e-5)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_session_says_what_held_it_and_who_worked(done: Done, bug: Bug) -> None:
    (started,) = done.line.log(bug, "session.started")
    (native,) = done.line.log(bug, "session.native")

    assert started.data["confined"] is True
    assert started.data["confinement"] == {"files": "bubblewrap", "network": "ports"}
    assert [skill["name"] for skill in started.data["skills"]] == ["tidy"]
    version = clients()["claude" if bug.kind is CLAUDE else "codex"].version
    assert version in started.data["version"]
    assert native.data["version"] == version
    assert native.data["model"]


def test_no_process_of_any_session_is_left(done: Done) -> None:
    assert done.left == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_the_model_is_told_of_item_and_skill_and_nothing_of_the_users_home(
    done: Done, bug: Bug
) -> None:
    requests = done.line.asked(bug)

    assert requests[0].holds(f"# {bug.id}: {bug.title}")
    assert requests[0].holds("Use when a sum comes out too small.")
    assert not any(found.holds(OF_HOME) for found in done.line.model.requests)


def test_all_eight_land_and_the_users_checkout_has_them_and_is_green(done: Done) -> None:
    line = done.line
    harness = ["python3", "-m", "unittest", "discover", "-q"]

    green = subprocess.run(harness, cwd=line.root, check=False, capture_output=True)

    assert len(done.verdict["landed"]) == 8
    assert green.returncode == 0
    for bug in BUGS:
        assert "return a + b" in (line.root / f"{bug.module}.py").read_text()
    assert line.json("gate")["changes"] == []


@pytest.mark.parametrize("kind", [CLAUDE, CODEX])
def test_in_a_lane_that_may_land_a_fix_lands_by_itself(tmp_path: Path, kind: AgentKind) -> None:
    bug = Bug(kind)

    with real_line(tmp_path, [bug], lane="autonomy: land") as line:
        line.run()
        verdicts = [e.data["by"] for e in line.events() if e.type == "change.approved"]
        state = line.json("gate", "show", bug.id)["change"]["state"]

    assert (state, verdicts) == ("landed", [f"lane:{kind}"])
    assert "return a + b" in (line.root / f"{bug.module}.py").read_text()


def cost_told(line: RealLine, bug: Bug) -> float:
    """Return the money that the program's own last line of the turn names."""
    raw = (line.state.session(bug.session) / "raw.jsonl").read_text().splitlines()
    results = [json.loads(text) for text in raw if '"type":"result"' in text]
    return float(results[-1]["total_cost_usd"])
