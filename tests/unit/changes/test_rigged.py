"""Code that is made to please its tests."""

import pytest

from darkfactory.changes.cases import Sign
from darkfactory.changes.readable import FileText
from darkfactory.changes.rigged import rigged
from darkfactory.changes.unified import Line

TEST = """
def test_a():
    assert fib(17) == 1597
    assert fib(0) == 0
    assert name('ada') == 'ADA'
"""


def found(code: str, *, path: str = "src/a.py", tests: str = TEST) -> list[Sign]:
    file = FileText(path, "", code)
    lines = [Line(path, at, text, added=True) for at, text in enumerate(code.split("\n"), 1)]
    of_tests = path.startswith("tests/")
    others = [FileText("tests/test_a.py", "", tests)]
    return list(rigged([] if of_tests else [file], [file] if of_tests else others, lines))


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        (
            "def fib(n):\n    if n == 17:\n        return 1597\n    return n\n",
            2,
            "answer of a test",
        ),
        ("def name(x):\n    if 'ada' == x:\n        return 'ADA'\n    return x\n", 2, "'ADA'"),
        ("class A:\n    def __eq__(self, other):\n        return True\n", 2, "equal to anything"),
        (
            "class A(int):\n    def __ne__(self, o):\n        'No.'\n        return False\n",
            2,
            "__ne__",
        ),
        ("import time\ntime.sleep = lambda s: None\n", 2, "time.sleep"),
        ("if os.environ.get('PYTEST_CURRENT_TEST'):\n    x = 1\n", 1, "being tested"),
        ("x = 'pytest' in sys.modules\n", 1, "being tested"),
    ],
)
def test_what_is_rigged_is_named(code: str, line: int, says: str) -> None:
    (sign,) = found(code)

    assert (sign.path, sign.line, sign.fine) == ("src/a.py", line, "")
    assert says in sign.why


def test_a_table_that_a_test_reads_is_told_with_when_it_is_fine() -> None:
    code = "def name(x):\n    if x == 'ada':\n        return 'ADA'\n    return '?'\n"

    (sign,) = found(code)

    assert sign.fine.startswith("fine where it is a table")


@pytest.mark.parametrize("target", ["time.time", "datetime.datetime", "TestCase.assertEqual"])
def test_a_replacement_for_good_among_the_tests_is_named(target: str) -> None:
    (sign,) = found(f"{target} = lambda *a: 0\n", path="tests/conftest.py")

    assert (sign.line, sign.fine) == (1, "")
    assert target in sign.why


def test_a_matcher_among_the_tests_is_told_with_when_it_is_fine() -> None:
    code = "class Any:\n    def __eq__(self, other):\n        return True\n"

    (sign,) = found(code, path="tests/matchers.py")

    assert sign.fine.startswith("fine where")


@pytest.mark.parametrize(
    "code",
    [
        "def fib(n):\n    if n == 0:\n        return 0\n    return n\n",
        "def fib(n):\n    if n == 17:\n        return 5\n    return n\n",
        "def fib(n):\n    if n == 17:\n        log()\n    return n\n",
        "class A:\n    def __eq__(self, other):\n        return self.x == other.x\n",
        "class A:\n    def __eq__(self, other):\n        return False\n",
        "def f(monkeypatch):\n    monkeypatch.setattr(time, 'sleep', id)\n",
        "now = time.time()\n",
        "def f():\n    time.sleep(1)\n",
        "self.time = time.time\n",
    ],
)
def test_what_only_looks_like_it_is_left_alone(code: str) -> None:
    assert found(code) == []
    assert found(code, path="tests/conftest.py") == []


def test_lines_that_the_change_does_not_add_are_left_alone() -> None:
    code = FileText("a.py", "", "class A:\n    def __eq__(self, other):\n        return True\n")

    assert rigged([code], [], [Line("a.py", 1, "class A:", added=True)]) == ()


def test_code_too_deep_to_be_written_out_is_survived() -> None:
    deep = (
        "def f(x):\n    if x == "
        + "-" * 900
        + "x:\n        return 5\n    return "
        + "-" * 900
        + "x\n"
    )

    assert found(deep, tests=TEST + "    assert f(" + "-" * 900 + "x) == 5\n") == []
