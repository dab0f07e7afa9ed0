import json
import subprocess
import sys
from pathlib import Path

import pytest

from darkfactory.factory.guess_harness import Guess, Host, guess_harness

EVERYTHING = Host(find=lambda program: f"/usr/bin/{program}", imports=lambda _python, _module: True)
UNITTEST = "import unittest\n\n\nclass T(unittest.TestCase): ...\n"
PYTEST = "def test_it() -> None: ...\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def without(*programs: str) -> Host:
    return Host(
        find=lambda program: None if program in programs else f"/usr/bin/{program}",
        imports=lambda _python, module: module not in programs,
    )


def package(test: str | None) -> str:
    return json.dumps({"scripts": {} if test is None else {"test": test}})


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("pyproject.toml", "python -m pytest -q"),
        ("Cargo.toml", "cargo test"),
        ("go.mod", "go test ./..."),
        ("pom.xml", "mvn -q test"),
    ],
)
def test_a_file_at_the_root_tells_the_language(tmp_path: Path, name: str, command: str) -> None:
    (tmp_path / name).write_text("")

    assert guess_harness(tmp_path, EVERYTHING) == Guess(command)


def test_the_tests_of_node_are_run_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("build:\n\ttrue\ncheck: build\n\ttrue\n")

    found = []
    for text in (package("vitest run"), package('echo "Error: no test specified"'), "[1"):
        write(tmp_path, {"package.json": text})
        found.append(guess_harness(tmp_path, EVERYTHING).command)

    assert found == ["npm test", "make check", "make check"]


def test_a_makefile_is_asked_for_its_target(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("check:\n\ttrue\ntest : check\n\ttrue\n")

    assert guess_harness(tmp_path, EVERYTHING).command == "make test"


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"test_it.py": UNITTEST}, "python -m unittest discover"),
        ({"tests/test_it.py": UNITTEST}, "python -m unittest discover -s tests"),
        (
            {"tests/test_it.py": UNITTEST, "tests/__init__.py": "", "setup.py": ""},
            "python -m unittest discover -s tests -t .",
        ),
        ({"tests/test_it.py": PYTEST}, "python -m pytest -q"),
        ({"tests/test_it.py": UNITTEST, "conftest.py": ""}, "python -m pytest -q"),
        ({"tests/test_it.py": UNITTEST, "tox.ini": "commands = pytest"}, "python -m pytest -q"),
    ],
)
def test_python_is_tested_by_what_its_tests_are_written_for(
    tmp_path: Path, files: dict[str, str], command: str
) -> None:
    write(tmp_path, files)

    assert guess_harness(tmp_path, EVERYTHING) == Guess(command)


def test_what_does_not_run_here_gives_way_to_what_does_or_says_what_it_lacks(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"Cargo.toml": ""})
    alone = guess_harness(tmp_path, without("cargo"))
    write(tmp_path, {"Makefile": "test:\n\ttrue\n"})

    assert alone == Guess("cargo test", "there is no cargo on PATH")
    assert guess_harness(tmp_path, without("cargo")) == Guess("make test")


def test_the_python_that_is_there_is_asked_for_pytest(tmp_path: Path) -> None:
    write(tmp_path, {"tests/test_it.py": PYTEST})

    lacking = guess_harness(tmp_path, without("python", "pytest"))

    assert lacking == Guess("python3 -m pytest -q", "the python3 on PATH has no pytest")
    assert Host().imports(sys.executable, "json")
    assert not Host().imports(sys.executable, "no_such_module")
    assert not Host().imports("no-such-python", "json")


def test_what_no_file_tells_is_not_guessed(tmp_path: Path) -> None:
    found = guess_harness(tmp_path, EVERYTHING)

    said = subprocess.run(["sh", "-c", found.command], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (127, "")
    assert said.stdout == "harness.command in lanes.yaml does not name the checks yet\n"
    assert found.lacks == "no file at the root tells how the project is checked"
