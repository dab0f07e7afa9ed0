"""The public conformance suite of the Durable Streams protocol, installed with npm and run by Node.

    python -m scripts.conformance install    at the pinned versions, for `make test-clients`
    python -m scripts.conformance latest     run what is newest; tells, and never fails

It goes into ``.cache/clients/conformance`` as the agent programs do (`scripts/clients.py`).
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import FactoryError
from scripts.benchmarks.servers import make_factory, ours
from scripts.clients import ROOT, CannotFetch
from scripts.npm_folder import NpmFolder

_SOURCE = ROOT / "tests" / "clients" / "conformance"
_RUNNER = "node_modules/.bin/vitest"
SUITE = NpmFolder("conformance", _SOURCE, _RUNNER)
RUN_SECONDS = 360
_SUITE_NAME = "@durable-streams/server-conformance-tests"
_NOT_RUN = frozenset({"pending", "skipped", "todo"})


@dataclass(frozen=True, slots=True)
class Result:
    """What the suite said: names of cases by what became of them."""

    passed: list[str]
    failed: list[str]
    left_out: list[str]
    said: str


def run(suite: Path, url: str, token: str) -> Result:
    """Run the *suite* against the server at *url*."""
    with tempfile.TemporaryDirectory(prefix="df-conformance-") as home:
        report = Path(home) / "report.json"
        arguments = ["--reporter=json", f"--outputFile={report}", "--testTimeout=20000"]
        done = subprocess.run(
            [suite / _RUNNER, "run", *arguments],
            cwd=suite,
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                "DARKFACTORY_SERVER": url,
                "DARKFACTORY_TOKEN": token,
            },
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        told = json.loads(report.read_text()) if report.exists() else {"testResults": []}
    cases = [case for file in told["testResults"] for case in file["assertionResults"]]
    names: dict[str, list[str]] = {"passed": [], "failed": [], "left_out": []}
    for case in cases:
        status = case["status"]
        kind = "left_out" if status in _NOT_RUN else "passed" if status == "passed" else "failed"
        names[kind].append(case["fullName"])
    return Result(**names, said=done.stderr[-2000:])


def latest() -> str:
    """Run the newest published suite against ``df serve``; return in words what came of it."""
    with _newest() as source:
        suite = NpmFolder("conformance-latest", source, _RUNNER)
        try:
            folder = suite.install_anew()
        except CannotFetch as error:
            return f"newest conformance suite not run: {error.problem}"
        with tempfile.TemporaryDirectory(prefix="df-conformance-") as place:
            factory = make_factory(Path(place) / "factory")
            with ours(factory, "--long-poll", "0.5s") as peer:
                result = run(folder, f"http://{peer.host}:{peer.port}", peer.token)
    known = json.loads((folder / "node_modules" / _SUITE_NAME / "package.json").read_text())
    said = f"newest conformance suite {known['version']}: {len(result.passed)} passed"
    lines = [f"{said}, {len(result.failed)} failed, {len(result.left_out)} left out"]
    return "\n".join([*lines, *(f"  failed: {name}" for name in result.failed)])


@contextlib.contextmanager
def _newest() -> Iterator[Path]:
    """Give the files of the suite with its newest version asked for instead of the pinned one."""
    with tempfile.TemporaryDirectory(prefix="df-conformance-") as folder:
        for file in _SOURCE.iterdir():
            text = file.read_text()
            if file.name == "package.json":
                body = json.loads(text)
                body["dependencies"][_SUITE_NAME] = "latest"
                text = json.dumps(body)
            (Path(folder) / file.name).write_text(text)
        yield Path(folder)


def main() -> int:
    """Do what the command line asks; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("verb", choices=["install", "latest"])
    try:
        if parser.parse_args().verb == "install":
            print(f"{SUITE.name}: {SUITE.install()}")
        else:
            print(latest())
    except FactoryError as error:
        print(f"error: {error.problem}\n  fix: {error.fix}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
