"""A git program that writes down what it is asked, and does it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

_NOTES = """\
#!/bin/sh
for word do
  case $previous$word in
  -c) previous=-c ;;
  -c*) previous= ;;
  -*) ;;
  *) echo "$word" >> {log}; break ;;
  esac
done
exec {git} "$@"
"""


def noted_commands(folder: Path, patch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put such a git on PATH; return what gives the commands since it was asked last."""
    log, program = folder / "git.log", folder / "bin" / "git"
    program.parent.mkdir(parents=True)
    program.write_text(_NOTES.format(log=log, git=shutil.which("git")))
    program.chmod(0o755)
    patch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    def commands() -> list[str]:
        told = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return told

    return commands
