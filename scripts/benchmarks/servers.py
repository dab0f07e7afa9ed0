"""The two servers that are compared: ``df serve`` and the reference, each in its own process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from scripts.benchmarks.trees import make_repository
from scripts.npm_folder import NpmFolder

REFERENCE = NpmFolder(
    "reference-server",
    Path(__file__).parent / "reference",
    "node_modules/@durable-streams/server/package.json",
)
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that runs, at *host* and *port*."""

    name: str
    process: "subprocess.Popen[str]"
    host: str
    port: int
    token: str

    @property
    def memory_mib(self) -> float:
        """Its resident memory now."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / (1 << 20)

    @property
    def cpu_seconds(self) -> float:
        """What it has used of a processor."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


def make_factory(folder: Path) -> Path:
    """Make a repository whose factory can be served; return where."""
    make_repository(folder, dict)
    (folder / "lanes.yaml").write_text(
        "harness: {command: 'true'}\nagents: {mock: {kind: mock, script: mock.yaml}}\n"
        "lanes: {all: {default: true}}\n"
    )
    (folder / "mock.yaml").write_text('{"sessions": []}\n')
    return folder


@contextmanager
def ours(factory: Path, *arguments: str) -> Iterator[Peer]:
    """Serve *factory* with ``df serve`` meanwhile."""
    command = [sys.executable, "-P", "-m", "darkfactory", "serve", "--json", *arguments]
    with _running("df serve", command, factory, {"PYTHONPATH": str(_ROOT)}) as peer:
        yield peer


@contextmanager
def reference() -> Iterator[Peer]:
    """Run the reference server meanwhile.

    Raises:
        CannotFetch: If it is not installed and cannot be.
    """
    folder = REFERENCE.install()
    with _running("reference", ["node", "serve.mjs"], folder, {}) as peer:
        yield peer


@contextmanager
def _running(
    name: str, command: Sequence[str], folder: Path, environment: dict[str, str]
) -> Iterator[Peer]:
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            said = json.loads("".join(islice(process.stdout or (), 1)))
            place = urlsplit(said["url"])
            yield Peer(name, process, str(place.hostname), int(place.port or 0), said["token"])
        finally:
            process.terminate()
