"""A folder of npm packages at the versions that its own files say, in the cache beside the clients.

A folder appears in one step, after npm is done: a killed install leaves nothing half done.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.clients import FETCH_SECONDS, CannotFetch, ClientMissing, folder

_QUIET = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error")


@dataclass(frozen=True, slots=True)
class NpmFolder:
    """What is installed as *name*: the files of *source*; *needed* is there once npm is done."""

    name: str
    source: Path
    needed: str

    def installed(self) -> Path:
        """Return the folder in which it can be run.

        Raises:
            ClientMissing: If it is not installed, or from other files.
        """
        found = folder() / self.name
        current = all(_same(found / file.name, file) for file in self.source.iterdir())
        if not current or not os.access(found / self.needed, os.R_OK):
            raise ClientMissing(self.name, folder())
        return found

    def install(self) -> Path:
        """Put it into the cache unless it is there; return its folder.

        Raises:
            CannotFetch: If there is no npm, or it delivers nothing.
        """
        try:
            return self.installed()
        except ClientMissing:
            return self.install_anew()

    def install_anew(self) -> Path:
        """Put it into the cache, whatever is there; return its folder.

        Raises:
            CannotFetch: If there is no npm, or it delivers nothing; what is there stays.
        """
        folder().mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder()))
        try:
            shutil.copytree(self.source, draft / "new")
            self._fetch(draft / "new")
            target = folder() / self.name
            if target.exists():
                target.rename(draft / "old")
            (draft / "new").rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return self.installed()

    def _fetch(self, draft: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise CannotFetch(self.name, ["npm is not on PATH"])
        try:
            done = subprocess.run(
                [npm, "install", *_QUIET],
                cwd=draft,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotFetch(self.name, [f"npm: {error}"]) from error
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise CannotFetch(self.name, [f"npm ended with {done.returncode}: {said}"])


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()
