"""The command that probably checks a project, by the files at its root and what runs here."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

_LARGEST_BYTES = 1 << 20
_MOST_FILES = 50
_NO_TEST = "no test specified"  # what `npm init` writes
_UNNAMED = "echo 'harness.command in lanes.yaml does not name the checks yet'; exit 127"
_PYTHON_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "requirements*.txt")
_TESTS = ("test*.py", "*_test.py", "test/**/*.py", "tests/**/*.py")
_IMPORTS_SECONDS = 10.0

Imports = Callable[[str, str], bool]
"""Tells whether a Python, by its name on PATH, has a module."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A command for ``harness.command``; *lacks* says what keeps it from running, empty: nothing.

    Where no file tells how the project is checked, *command* only says so: a harness that does not
    run starts no agent.
    """

    command: str
    lacks: str = ""


def _imports(python: str, module: str) -> bool:
    """Ask *python* for *module*: far from the project and its own modules, as the harness has it.

    The harness has a home of its own, so modules of the user's do not count.
    """
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    try:
        asked = subprocess.run(
            [python, "-I", "-c", look],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_IMPORTS_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


@dataclass(frozen=True, slots=True)
class Host:
    """What can be run here: programs by name, modules of a Python."""

    find: Callable[[str], str | None] = shutil.which
    imports: Imports = _imports

    def lacks(self, program: str) -> str:
        """Return what is to be said where *program* is not on PATH."""
        return "" if self.find(program) else f"there is no {program} on PATH"


def guess_harness(root: Path, host: Host | None = None) -> Guess:
    """Return the test command that the files at *root* suggest: the first that runs on *host*."""
    guesses = list(_guesses(root, host or Host()))
    unnamed = Guess(_UNNAMED, "no file at the root tells how the project is checked")
    return next((guess for guess in guesses if not guess.lacks), (*guesses, unnamed)[0])


def _guesses(root: Path, host: Host) -> Iterator[Guess]:
    yield from _python(root, host)
    if (root / "package.json").is_file() and _has_node_tests(root / "package.json"):
        yield Guess("npm test", host.lacks("npm"))
    for name, command in _BY_FILE:
        if (root / name).is_file():
            yield Guess(command, host.lacks(command.partition(" ")[0]))
    if (root / "gradlew").is_file():
        runs = os.access(root / "gradlew", os.X_OK)
        yield Guess("./gradlew test", "" if runs else "./gradlew may not be executed")
    target = _make_target(root / "Makefile")
    if target:
        yield Guess(f"make {target}", host.lacks("make"))


_BY_FILE = (
    ("Cargo.toml", "cargo test"),
    ("go.mod", "go test ./..."),
    ("pom.xml", "mvn -q test"),
    ("mix.exs", "mix test"),
    ("Gemfile", "bundle exec rake test"),
)


def _python(root: Path, host: Host) -> Iterator[Guess]:
    """Yield how the tests of a Python project are run: by pytest where they are written for it."""
    config = [path for pattern in _PYTHON_FILES for path in root.glob(pattern)]
    paths = islice(chain.from_iterable(root.glob(pattern) for pattern in _TESTS), _MOST_FILES)
    tests = [_text(path) for path in paths if path.is_file()]
    if not config and not tests:
        return
    python = "python" if host.find("python") else "python3"
    lacks = host.lacks(python)
    if any("unittest" in text for text in tests) and not _wants_pytest(root, config, tests):
        yield Guess(f"{python} -m unittest discover{_start(root)}", lacks)
        return
    if not lacks and not host.imports(python, "pytest"):
        lacks = f"the {python} on PATH has no pytest"
    yield Guess(f"{python} -m pytest -q", lacks)


def _wants_pytest(root: Path, config: list[Path], tests: list[str]) -> bool:
    files = ("pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py")
    named = any((root / name).exists() for name in files)
    said = any(re.search(r"\bpytest\b", text) for text in (*map(_text, config), *tests))
    return named or said or any(re.search(r"(?m)^(async )?def test_", text) for text in tests)


def _start(root: Path) -> str:
    """Return where unittest begins to look: it enters no folder that is not a package."""
    folder = next((name for name in ("tests", "test") if (root / name).is_dir()), None)
    if folder is None or any(root.glob("test*.py")):
        return ""
    return f" -s {folder} -t ." if (root / folder / "__init__.py").exists() else f" -s {folder}"


def _has_node_tests(path: Path) -> bool:
    try:
        scripts = json.loads(_text(path)).get("scripts") or {}
        script = str(scripts.get("test") or "")
    except (ValueError, AttributeError, RecursionError):
        return False
    return bool(script) and _NO_TEST not in script


def _make_target(path: Path) -> str | None:
    """Return the target of a Makefile that checks."""
    text = _text(path) if path.is_file() else ""
    targets = (target for target in ("test", "check") if re.search(rf"(?m)^{target}\s*:", text))
    return next(targets, None)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES).decode("utf-8", "replace")
