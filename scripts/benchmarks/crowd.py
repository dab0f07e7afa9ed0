"""Eighty mock sessions at once on one machine: none may fail, and what each costs in memory."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from scripts.benchmarks.report import Row
from scripts.benchmarks.trees import SUM, make_repository


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return how many of eighty concurrent sessions failed, and memory per session."""
    number = 8 if quick else 80
    repository = folder / "repository"
    make_repository(repository, lambda: {"sum_of.py": SUM})
    _settings(repository, number)
    run = subprocess.Popen(
        [sys.executable, "-P", "-m", "darkfactory", "run"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    hosts, memory, share = _when_all_run(repository, run, number)
    run.wait()
    failed = _failed(repository)
    how = f"{number} sessions of 30 s at once"
    return [
        Row(f"{number} sessions at once", f"{failed} failed, {hosts} hosts seen", "0 failed", how),
        Row(
            "memory per session (host + share of df run and fork server)",
            f"{memory + share:.1f} MiB PSS ({memory:.1f} host, {share:.1f} share)",
            "<= 20 MiB",
            how,
        ),
    ]


def _settings(repository: Path, number: int) -> None:
    items = [
        {
            "id": f"item-{at}",
            "title": f"do it {at}",
            "labels": ["x"],
            "done_when": "the note is there",
        }
        for at in range(number)
    ]
    turn = {
        "say": "Working.",
        "do": [{"write": {"path": "{cwd}/done.txt", "content": "done\n"}}],
        "sleep": 30,
    }
    script = {"sessions": [], "default": {"turns": [turn, {"say": "Done."}]}}
    (repository / "backlog.yaml").write_text(json.dumps(items))
    (repository / "mock.yaml").write_text(json.dumps(script))
    (repository / "lanes.yaml").write_text(
        "harness: {command: 'true'}\n"
        f"limits: {{lanes: {number}, brain_space: 0}}\n"
        "agents: {mock: {kind: mock, script: mock.yaml}}\n"
        f"lanes: {{all: {{default: true, sessions: {number}}}}}\n"
    )


def _when_all_run(
    repository: Path, run: "subprocess.Popen[bytes]", number: int
) -> tuple[int, float, float]:
    """Return hosts, MiB PSS of a host, and of what started them per session, once all run."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and run.poll() is None:
        hosts = _hosts(repository)
        if len(hosts) >= number:
            each = sum(map(_pss_mib, hosts)) / number
            shared = {run.pid, *(psutil.Process(host).ppid() for host in hosts)}
            return len(hosts), each, sum(map(_pss_mib, shared)) / number
        time.sleep(0.2)
    return 0, float("nan"), float("nan")


def _hosts(repository: Path) -> list[int]:
    found = []
    for path in repository.glob(".darkfactory/sessions/*/host.json"):
        body = json.loads(path.read_text())
        if body.get("agent_pid") and Path(f"/proc/{body['pid']}").exists():
            found.append(int(body["pid"]))
    return found


def _pss_mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def _failed(repository: Path) -> int:
    shown = subprocess.run(
        [sys.executable, "-m", "darkfactory", "sessions", "--json"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    sessions = json.loads(shown.stdout)["sessions"]
    return sum(row["outcome"] != "proposed" for row in sessions)
