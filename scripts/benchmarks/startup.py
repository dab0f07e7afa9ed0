"""How long a command thinks before it answers: CPU time of whole processes, best of many."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from darkfactory.factory.demo import make_demo
from scripts.benchmarks.report import Row

_TABLE = (
    ("df --version", ("--version",), 25),
    ("df -k . (handed over)", ("-k", "."), 25),
    ("df --help", ("--help",), 75),
    ("df gate --help", ("gate", "--help"), 75),
    ("df status --json", ("status", "--json"), 120),
    ("df gate --json", ("gate", "--json"), 120),
    ("df brief --json", ("brief", "--json"), 120),
    ("df sessions --json", ("sessions", "--json"), 120),
    ("df triage --json", ("triage", "--json"), 200),
    ("df gc --json", ("gc", "--json"), 200),
)


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return the CPU milliseconds of each command beside those of bare Python in the same run."""
    repository = folder / "demo"
    make_demo(repository)
    _cpu_ms(repository, ("triage", "--json"))
    runs = 3 if quick else 15
    bare = min(_bare_ms(repository) for _ in range(runs))
    rows = []
    for name, arguments, goal in _TABLE:
        best = min(_cpu_ms(repository, arguments) for _ in range(runs))
        value = f"{best:.0f} ms ({best / bare:.1f}x bare Python)"
        rows.append(Row(f"start-up of {name}", value, f"<= {goal} ms", f"CPU, best of {runs}"))
    return rows


def _bare_ms(folder: Path) -> float:
    return _spent([sys.executable, "-I", "-S", "-c", "pass"], folder)


def _cpu_ms(folder: Path, arguments: tuple[str, ...]) -> float:
    program = Path(sys.executable).with_name("df")
    return _spent([str(program), *arguments], folder)


def _spent(command: list[str], folder: Path) -> float:
    """Return user and system milliseconds of *command*."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent * 1000
