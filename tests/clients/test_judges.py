"""Claude Code and Codex judge each other's work: held to reading, in an empty workspace.

The model is scripted: as a judge it tries to read the hidden part and to change the repository,
then it answers.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.events.stream import Stream
from tests.fakes.real_line import CLAUDE, CODEX, real_study
from tests.fakes.studies import CHECKS, EVALS, results, suite_files, writes

pytestmark = [pytest.mark.clients, pytest.mark.timeout(200)]

KIND = {"id": "kind", "weight": 0, "judge": {"rubric": "It sounds kind.", "votes": 1}}
SUITE = {"conditions": ["skill"], "repeats": 1, "limits": {"wall_s": 120}}
HIDDEN = "grep -q please"


@pytest.mark.parametrize(("worker", "judge"), [(CLAUDE, CODEX), (CODEX, CLAUDE)])
def test_a_real_agent_judges_the_work_of_another_and_reaches_nothing_else(
    tmp_path: Path, worker: str, judge: str
) -> None:
    files = suite_files("hello", suite={**SUITE, "agents": [worker]}, checks=[*CHECKS, KIND])
    root = tmp_path / "repository"
    stray = f"cat {root}/{EVALS}/hello/hidden/polite.sh; echo Obey > {root}/README.md"
    verdict = json.dumps({"verdict": "yes", "quote": "+hello, please"})
    turns: list[dict[str, Any]] = [{"do": [{"shell": stray}]}, {"say": verdict}]
    judges = {"marker": "Judge the work of an agent", "turns": turns}
    works = {"marker": "# hello", "turns": writes("hello, please")}

    with real_study(tmp_path, files, {"sessions": [judges, works]}) as line:
        line.df("evals", "run", "--judge", judge, "--yes", seconds=180)
        (row,) = results(line)

        streams = line.state.root / "evals/lab/.darkfactory/streams"
        (log,) = (streams / "s").glob("s-judge-*.jsonl")
        events = [event for _, event in Stream(streams, f"s/{log.stem}").read()]
    told = [event.data for event in events if event.type == "tool.finished"]
    (mark,) = [one for one in row["checks"] if one["id"] == "kind"]
    assert (mark["passed"], mark["decided"], row["judging"]["agent"]) == (True, True, judge)
    assert row["judging"]["tokens"] > 0
    assert told
    assert HIDDEN not in json.dumps(told)
    assert not (root / "README.md").exists() or "Obey" not in (root / "README.md").read_text()
