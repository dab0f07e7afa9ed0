"""Manifests that say how the checks run."""

import pytest

from darkfactory.changes.manifests import touches_checks

CASES = [
    ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "true"}}', True),
    ("web/package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "2"}}', False),
    ("package.json", "{}", '{"jest": {"testMatch": []}}', True),
    ("package.json", "{}", "{", True),
    ("package.json", "{}", "[]", True),
    ("pyproject.toml", "", '[tool.pytest.ini_options]\naddopts = "-k not_slow"\n', True),
    ("pyproject.toml", "", '[project]\nname = "a"\ndependencies = ["b"]\n', False),
    ("pyproject.toml", "", '[tool.poetry]\nname = "a"\n', False),
    ("pyproject.toml", "", '[project.entry-points.pytest11]\na = "b"\n', True),
    ("setup.cfg", "[metadata]\nname = a\n", "[metadata]\nname = b\n", False),
    ("setup.cfg", "", "[tool:pytest]\naddopts = --co\n", True),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = '2'\n", False),
    ("Cargo.toml", "", "[[test]]\nname = 'a'\nharness = false\n", True),
    ("Cargo.toml", "[package]\nversion = '1'\n", "[package]\nversion = '2'\n", False),
    ("Cargo.toml", "[package]\n", "[package]\nautotests = false\n", True),
    ("pom.xml", "", "<skipTests>true</skipTests>", True),
    ("pom.xml", "", "<version>2</version>", False),
    ("composer.json", "{}", '{"scripts": {"test": "true"}}', True),
    ("go.mod", "a", "b", False),
]


@pytest.mark.parametrize(("path", "before", "after", "touched"), CASES)
def test_more_than_dependencies_touches_the_checks(
    path: str, before: str, after: str, touched: bool
) -> None:
    assert touches_checks(path, before, after) is touched
