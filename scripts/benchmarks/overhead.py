"""Orchestration overhead: ``df run`` against ``xargs -P 8`` doing the same work by hand.

Both do, for each item: a workspace of its own, the same mock agent with the same script, the same
harness on the result. ``df run`` also confines, logs, collects, judges and queues.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from darkfactory.agents.protocol import LaunchRequest
from darkfactory.agents.registry import adapter
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind, AgentSettings
from scripts.benchmarks.report import Row, median
from scripts.benchmarks.trees import generated_tree, make_repository, this_tree

_LANES = 8
_HARNESS = "python3 -c 'import sum_of; assert sum_of.total([1, 2]) == 3'"

# One item of the baseline: clone, agent, commit, harness. $1 is the item.
_BY_HAND = """\
set -e
git clone --quiet "$REPOSITORY" "$WORK/$1/tree"
cd "$WORK/$1/tree"
sh ../agent.sh < ../prompt.jsonl > ../raw.jsonl
git add --all
git -c user.name=b -c user.email=b@localhost commit --quiet --message "$1"
sh -c "$HARNESS"
"""


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return the ratio of wall times on this repository's tree and on a 6,900-file one."""
    number, rounds = (8, 1) if quick else (64, 3)
    rows = []
    for name, make in (("this repository", this_tree), ("6,900 files", generated_tree)):
        repository = folder / name.replace(" ", "-").replace(",", "")
        make_repository(repository, make)
        ratios, ours, theirs = [], [], []
        for turn in range(rounds):
            by_hand = _by_hand(repository, folder / f"hand-{turn}", number)
            by_df = _by_df(repository, number)
            ratios.append(by_df / by_hand)
            ours.append(by_df)
            theirs.append(by_hand)
        value = f"{median(ratios):.2f}x ({median(ours):.1f} s against {median(theirs):.1f} s)"
        how = f"{number} mock sessions, {_LANES} at once, median of {rounds}"
        rows.append(Row(f"run against xargs -P {_LANES}, {name}", value, "<= 1.15x", how))
    return rows


def script(number: int) -> dict[str, object]:
    """Return a script in which each of *number* agents writes, waits as for a model, and checks."""
    turns = [
        {"say": "Reading.", "do": [{"read": "{cwd}/sum_of.py"}], "sleep": 1.0},
        {
            "say": "Writing.",
            "do": [
                {"write": {"path": "{cwd}/notes/{item}.txt", "content": "done\n"}},
                {"shell": _HARNESS},
            ],
            "sleep": 1.0,
        },
        {"say": "Done."},
    ]
    return {
        "sessions": [
            {
                "marker": f"# item-{at}:",
                "turns": json.loads(json.dumps(turns).replace("{item}", f"item-{at}")),
            }
            for at in range(number)
        ]
    }


def _by_hand(repository: Path, work: Path, number: int) -> float:
    names = [f"item-{at}" for at in range(number)]
    played = json.dumps(script(number))
    for name in names:
        _prepare(work / name, name, played)
    environment = {
        **os.environ,
        "REPOSITORY": str(repository),
        "WORK": str(work),
        "HARNESS": _HARNESS,
    }
    started = time.monotonic()
    subprocess.run(
        ["xargs", "-P", str(_LANES), "-I", "{}", "sh", "-c", _BY_HAND, "sh", "{}"],
        input="\n".join(names),
        text=True,
        env=environment,
        check=True,
    )
    seconds = time.monotonic() - started
    shutil.rmtree(work)
    return seconds


def _prepare(folder: Path, name: str, played: str) -> None:
    """Write, ahead of the clock, what starts the mock agent by hand."""
    home = folder / "home"
    launch = adapter(AgentKind.MOCK).prepare(
        LaunchRequest(
            session=name,
            agent=AgentSettings("mock", AgentKind.MOCK, script="mock.yaml"),
            autonomy=Autonomy.PROPOSE,
            workspace=str(folder / "tree"),
            home=str(home),
            temp=str(folder),
            prompt="",
            program=(sys.executable,),
            script=played,
        )
    )
    for file, text in launch.files.items():
        (home / file).parent.mkdir(parents=True)
        (home / file).write_text(text)
    (folder / "agent.sh").write_text(f"exec {shlex.join(launch.argv)}\n")
    prompt = {"type": "prompt", "id": "p", "text": f"# {name}: do it"}
    lines = [json.dumps(prompt), json.dumps({"type": "finish"})]
    (folder / "prompt.jsonl").write_text("\n".join(lines) + "\n")


def _by_df(repository: Path, number: int) -> float:
    items = [
        {
            "id": f"item-{at}",
            "title": f"do it {at}",
            "labels": ["x"],
            "done_when": "the note is there",
        }
        for at in range(number)
    ]
    shutil.rmtree(repository / ".darkfactory", ignore_errors=True)
    (repository / "backlog.yaml").write_text(json.dumps(items))
    (repository / "mock.yaml").write_text(json.dumps(script(number)))
    (repository / "lanes.yaml").write_text(
        f"harness: {{command: {json.dumps(_HARNESS)}}}\n"
        f"limits: {{lanes: {_LANES}, brain_space: 0}}\n"
        f"gate: {{runners: {_LANES}}}\n"
        "agents: {mock: {kind: mock, script: mock.yaml}}\n"
        f"lanes: {{all: {{default: true, sessions: {_LANES}}}}}\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "darkfactory", "run"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"df run failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.monotonic() - started
