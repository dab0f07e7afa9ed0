"""Install the public conformance suite of the Durable Streams protocol, at pinned versions.

    python -m scripts.conformance install

It goes into ``.cache/clients/conformance`` as the agent programs do (`scripts/clients.py`), with
npm, and is run by Node: `tests/clients/test_conformance.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from darkfactory.errors import FactoryError
from scripts.clients import FETCH_SECONDS, ROOT, CannotFetch, ClientMissing, folder

SUITE = ROOT / "tests" / "clients" / "conformance"
_NAME = "conformance"
_RUNNER = "node_modules/.bin/vitest"


def installed() -> Path:
    """Return the folder in which the suite can be run.

    Raises:
        ClientMissing: If it is not installed, or other versions of it are.
    """
    found = folder() / _NAME
    current = all(_same(found / file.name, file) for file in SUITE.iterdir())
    if not current or not os.access(found / _RUNNER, os.X_OK):
        raise ClientMissing(_NAME, folder())
    return found


def install() -> Path:
    """Put the suite into the cache unless it is there; return its folder.

    Raises:
        CannotFetch: If there is no npm, or it delivers nothing.
    """
    try:
        return installed()
    except ClientMissing:
        folder().mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder()))
    try:
        shutil.copytree(SUITE, draft / "suite")
        _fetch(draft / "suite")
        target = folder() / _NAME
        if target.exists():
            target.rename(draft / "old")
        (draft / "suite").rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return installed()


def _fetch(suite: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotFetch(_NAME, ["npm is not on PATH"])
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
    done = subprocess.run(
        [npm, "install", *quiet],
        cwd=suite,
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[-300:]
        raise CannotFetch(_NAME, [f"npm ended with {done.returncode}: {said}"])


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()


def main() -> int:
    """Install the suite; return the exit status."""
    try:
        print(f"{_NAME}: {install()}")
    except FactoryError as error:
        print(f"error: {error.problem}\n  fix: {error.fix}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
