"""Files that would run in place of what the harness runs."""

import pytest

from darkfactory.changes.shadows import runs_of, shadows
from darkfactory.domain.change import FileDelta


def found(command: str, path: str, *, status: str = "A", mode: str = "100644") -> list[str]:
    delta = FileDelta(path, status, 1, 0, mode=mode, old_mode="")
    packages = {"calc", "tests"}
    return [str(place) for place in shadows([delta], runs_of([command]), packages.__contains__)]


@pytest.mark.parametrize(
    ("command", "path", "stands_for"),
    [
        ("python -m unittest -q", "unittest/__init__.py", "module unittest of the harness"),
        ("python -m unittest -q", "unittest.py", "module unittest of the harness"),
        ("python3 -Im unittest", "src/UnitTest.pyc", "module unittest of the harness"),
        ("python -mpytest", "pytest/__main__.py", "module pytest of the harness"),
        ("CI=1 uv run --quiet pytest -q", "pytest.py", "module pytest of the harness"),
        ("coverage run -m pytest", "_pytest/__init__.py", "module _pytest of the harness"),
        ("pytest -q", "pluggy.py", "module pluggy of the harness"),
        ("make check", "json.py", "module json of Python itself"),
        ("make check", "helpers/re.cpython-311-x86_64-linux-gnu.so", "module re of Python"),
        ("make check", "sitecustomize/__init__.py", "module sitecustomize of Python"),
        ("make check", "make", "program make of the harness"),
        ("cd web && npm test", "bin/npm.cmd", "program npm of the harness"),
        ("sh -c 'exec python3 -m unittest'", "tools/python3", "program python3 of the harness"),
        ("timeout 60 node run.js", "scripts/node.sh", "program node of the harness"),
    ],
)
def test_a_new_file_that_stands_in_for_what_the_harness_needs_is_told(
    command: str, path: str, stands_for: str
) -> None:
    assert len(found(command, path)) == 1
    assert f"{path} stands in for the {stands_for}" in found(command, path)[0]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("python -m unittest", "calc/json.py"),
        ("python -m unittest", "tests/unittest.py"),
        ("python -m pytest", "tests/test_pytest.py"),
        ("python -m pytest", "calc/core.py"),
        ("npm test", "test/__init__.txt"),
        ("make check", "test/__init__.py"),
        ("make check", "docs/make.md"),
        ("make check", "src/check.py"),
        ("sh 'unclosed", "unclosed.md"),
        ("", "a.py"),
    ],
)
def test_what_only_looks_alike_or_lies_within_a_package_does_not(command: str, path: str) -> None:
    assert found(command, path) == []


def test_what_was_there_before_is_no_shadow() -> None:
    assert found("pytest", "json.py", status="M") == []
    assert found("pytest", "json.py", status="D") == []


def test_a_link_stands_in_for_a_module_too() -> None:
    assert "module unittest" in found("python -m unittest", "unittest", mode="120000")[0]
