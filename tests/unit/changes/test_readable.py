"""What of a change is read, and that what is not is named."""

import sys
from collections.abc import Callable

import pytest

from darkfactory.changes.readable import FileText, changed_only, marks, readable
from darkfactory.changes.tampering import tampering
from darkfactory.changes.tests_read import read_tests

KEPT = "def check(x):\n    assert x\n\n\n@mark\ndef test_kept():\n    check(1)\n"
OLD = KEPT + "\n\ndef test_altered():\n    check(2)\n    assert 1 == f()\n"
NEW = OLD.replace("    assert 1 == f()\n", "")
HOSTILE = {
    "one word": "a",
    "brackets": "[(",
    "blanks": "   \n",
    "marks": "@Test\n",
    "checks": "assert f(1) == 1\n",
    "skips": "xit('a')\n",
    "tries": "try { begin rescue\n",
    "quotes": "'\"`",
    "functions": "def test_a(): f()\n",
}


def test_what_is_the_same_on_both_sides_is_left_blank_with_its_lines() -> None:
    file = changed_only(FileText("tests/test_a.py", OLD, NEW))

    assert file.before == "\n" * 9 + OLD[len(KEPT) + 2 :]
    assert file.helpers == {"check"}


def test_a_check_by_a_helper_that_was_left_blank_still_counts() -> None:
    old, new = OLD, OLD.replace("    check(2)\n", "")

    files = readable([FileText("tests/test_a.py", old, new)]).files

    assert [sign.why for sign in tampering(read_tests(files), frozenset())] == [
        "checks no longer: 'check(2)'"
    ]


def test_a_class_without_functions_is_left_blank_too() -> None:
    kept = "class Kept:\n    x = 1\n\n\n"

    file = changed_only(FileText("tests/test_a.py", f"{kept}a = 1\n", f"{kept}a = 2\n"))

    assert (file.before, file.helpers) == ("\n" * 4 + "a = 1\n", frozenset())


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("a.py", "def test_a():\n    assert f()\n"),
        ("a.test.js", "it('a', () => {\n  expect(f()).toBe(1);\n});\n"),
        ("a_test.go", "func TestA(t *testing.T) {\n\tassert.Equal(t, 1, F())\n}\n"),
    ],
)
def test_what_is_defined_twice_is_never_left_blank(path: str, test: str) -> None:
    file = FileText(path, test, test + test)

    assert changed_only(file).after == test + test


@pytest.mark.parametrize("path", ["a.test.js", "test_a.py"])
def test_an_unaltered_test_of_any_language_costs_nothing(path: str) -> None:
    kept = "".join(f"def test_{at}() {{\n  expect({at});\n}}\n" for at in range(1000))
    file = FileText(path, kept + "def test_x() {\n  one\n}\n", kept + "def test_x() {\n  two\n}\n")

    assert marks(changed_only(file)) < 2500 < marks(file)


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("path", ["tests/test_a.py", "a.test.js"])
def test_whatever_a_long_text_says_it_is_not_read_and_that_is_named(path: str, unit: str) -> None:
    text = unit * (400_000 // len(unit))

    found = readable([FileText(path, None, text)])

    assert found.files == ()
    assert [str(place)[: len(path) + 18] for place in found.unread] == [f"{path} is not read whole"]


def test_many_files_have_one_measure_together() -> None:
    files = [FileText(f"test_{at}.py", None, "assert f(1)\n" * 300) for at in range(40)]

    found = readable(files)

    assert 0 < len(found.files) < 40
    assert len(found.files) + len(found.unread) == 40


def calls_of(act: Callable[[], object]) -> int:
    """Return how many functions *act* calls, those written in C, too."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def several_tests(number: int, value: int) -> str:
    return "".join(f"def test_{at}():\n    assert f({at}) == {value}\n" for at in range(number))


def one_test(number: int, value: int) -> str:
    return "def test_a():\n" + f"    assert f() == {value}\n" * number


def expectations(number: int, value: int) -> str:
    return "it('a', () => {\n" + "".join(
        f"  expect(f{at}()).toBe({value});\n" for at in range(number)
    )


def other_tests(number: int, value: int) -> str:
    return "".join(f"def test_{value}_{at}():\n    assert f() == {value}\n" for at in range(number))


def both_true(number: int, value: int) -> str:
    return "def test_a():\n    assert " + " and ".join(f"x{value}_{at}" for at in range(number))


def rows(number: int, value: int) -> str:
    listed = ", ".join(f"({at}, {value})" for at in range(number))
    return f"@pytest.mark.parametrize('a', [{listed}])\ndef test_a(a):\n    assert f(a)\n"


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("test_a.py", several_tests),
        ("test_a.py", one_test),
        ("a.test.js", expectations),
        ("test_a.py", both_true),
        ("test_a.py", rows),
        ("test_a.py", other_tests),
    ],
)
def test_twice_the_text_is_at_most_a_bit_more_than_twice_the_work(
    path: str, made: Callable[[int, int], str]
) -> None:
    def judged(number: int) -> int:
        file = FileText(path, made(number, 1), made(number, 2))
        return calls_of(lambda: tampering(read_tests([file]), frozenset()))

    assert judged(800) < 2.5 * judged(400)
