import json
from pathlib import Path

import pytest

from darkfactory.factory.guess_harness import guess_harness


def guess(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return guess_harness(folder)


def package(test: str | None) -> str:
    return json.dumps({"scripts": {} if test is None else {"test": test}})


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("pyproject.toml", "python -m pytest -q"),
        ("Cargo.toml", "cargo test"),
        ("go.mod", "go test ./..."),
        ("gradlew", "./gradlew test"),
    ],
)
def test_a_file_at_the_root_tells_the_language(tmp_path: Path, name: str, command: str) -> None:
    (tmp_path / name).write_text("")

    assert guess_harness(tmp_path) == command


def test_the_tests_of_node_are_run_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("build:\n\ttrue\ncheck: build\n\ttrue\n")

    with_tests = guess(tmp_path, package_json=package("vitest run"))
    without = guess(tmp_path, package_json=package('echo "Error: no test specified" && exit 1'))
    broken = guess(tmp_path, package_json="[1")

    assert (with_tests, without, broken) == ("npm test", "make check", "make check")


def test_a_makefile_is_asked_for_its_target(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("check:\n\ttrue\ntest : check\n\ttrue\n")

    assert guess_harness(tmp_path) == "make test"


def test_with_nothing_to_go_by_a_folder_of_tests_decides(tmp_path: Path) -> None:
    before = guess_harness(tmp_path)
    (tmp_path / "tests").mkdir()

    assert (before, guess_harness(tmp_path)) == ("make test", "python -m pytest -q")
