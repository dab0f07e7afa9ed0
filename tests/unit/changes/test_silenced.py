"""Switches that silence the checks."""

import pytest

from darkfactory.changes.silenced import silenced
from darkfactory.changes.unified import Line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("Makefile", "\tpytest -q || true"),
        (".github/workflows/ci.yml", "        continue-on-error: true"),
        (".github/workflows/ci.yml", "      - run: npm test || exit 0"),
        ("conftest.py", "    os._exit(0)"),
        ("pytest.ini", "addopts = --deselect tests/test_a.py::test_b"),
        ("pyproject.toml", 'addopts = "--ignore tests/slow"'),
        ("package.json", '    "test": "jest --passWithNoTests"'),
        ("tox.ini", "commands = pytest -k 'not slow'"),
        ("scripts/check.sh", "set +e"),
        ("main_test.go", "func TestMain(m *testing.M) {}"),
        ("tests/test_a.py", "def load_tests(loader, tests, pattern):"),
        ("tests/test_a.py", "    __test__ = False"),
        ("sub/conftest.py", "def pytest_collection_modifyitems(items):"),
    ],
)
def test_a_switch_that_silences_checks_is_told_with_its_place(path: str, line: str) -> None:
    found = silenced([Line(path, 2, line, added=True)])

    assert len(found) == 1
    assert found[0].startswith(f"{path}:2 adds ")


@pytest.mark.parametrize(
    ("path", "line"), [("src/cli.py", "    sys.exit(0)"), ("Makefile", "\tpytest -q || truth")]
)
def test_the_same_words_elsewhere_are_left_alone(path: str, line: str) -> None:
    assert silenced([Line(path, 2, line, added=True)]) == ()
