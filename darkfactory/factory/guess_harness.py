"""The command that probably checks a project, by the files at its root."""

import json
import re
from collections.abc import Callable
from pathlib import Path

_LARGEST_BYTES = 1 << 20
_NO_TEST = "no test specified"  # what `npm init` writes


def guess_harness(root: Path) -> str:
    """Return the test command that the files at *root* suggest."""
    for name, command in _GUESSES:
        if (root / name).is_file():
            found = command if isinstance(command, str) else command(_text(root / name))
            if found:
                return found
    return "python -m pytest -q" if any(root.glob("test*")) else "make test"


def _node(text: str) -> str | None:
    """Return the test command of a package.json that has one."""
    try:
        scripts = json.loads(text).get("scripts") or {}
        script = str(scripts.get("test") or "")
    except (ValueError, AttributeError, RecursionError):
        return None
    return "npm test" if script and _NO_TEST not in script else None


def _make(text: str) -> str | None:
    """Return the target of a Makefile that checks."""
    targets = (target for target in ("test", "check") if re.search(rf"(?m)^{target}\s*:", text))
    return next((f"make {target}" for target in targets), None)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES).decode("utf-8", "replace")


_GUESSES: tuple[tuple[str, str | Callable[[str], str | None]], ...] = (
    ("pyproject.toml", "python -m pytest -q"),
    ("setup.py", "python -m pytest -q"),
    ("package.json", _node),
    ("Cargo.toml", "cargo test"),
    ("go.mod", "go test ./..."),
    ("pom.xml", "mvn -q test"),
    ("gradlew", "./gradlew test"),
    ("mix.exs", "mix test"),
    ("Gemfile", "bundle exec rake test"),
    ("Makefile", _make),
)
