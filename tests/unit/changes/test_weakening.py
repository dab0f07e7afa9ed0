"""What tests lose."""

import pytest

from darkfactory.changes.weakening import FileText, silenced, weakened

TWO = """
def test_adds():
    assert add(1, 2) == 3
    assert add(0, 0) == 0

class TestMore:
    def test_subtracts(self):
        self.assertEqual(sub(2, 1), 1)
"""


def lost(after: str | None, before: str = TWO, path: str = "tests/test_a.py") -> tuple[str, ...]:
    return weakened([FileText(path, before, after)])


def test_unchanged_or_grown_tests_lose_nothing() -> None:
    assert lost(TWO) == ()
    assert lost(TWO + "def test_new():\n    assert new()\n") == ()


def test_a_deleted_file_loses_its_tests_by_name() -> None:
    assert lost(None) == ("2 fewer tests: test_adds, TestMore.test_subtracts",)


def test_a_test_moved_to_another_file_is_not_lost() -> None:
    assert weakened([FileText("test_a.py", TWO, None), FileText("test_b.py", None, TWO)]) == ()


def test_a_renamed_test_is_not_lost() -> None:
    assert lost(TWO.replace("test_adds", "test_sums")) == ()


@pytest.mark.parametrize(
    "check",
    [
        "pass",
        "assert True",
        "assert add(1, 2) == add(1, 2)",
        "assert add(1, 2) == 3 or True",
        "# assert add(1, 2) == 3",
        "x = add(1, 2)",
    ],
)
def test_a_check_replaced_by_one_that_cannot_fail_is_lost(check: str) -> None:
    after = TWO.replace("assert add(1, 2) == 3", check)

    assert lost(after) == ("tests that check less: test_adds (2 to 1)",)


@pytest.mark.parametrize("call", ["self.assertTrue(True)", "self.assertEqual(1, 1)", "sub(2, 1)"])
def test_an_assert_method_that_cannot_fail_is_no_check(call: str) -> None:
    after = TWO.replace("self.assertEqual(sub(2, 1), 1)", call)

    assert lost(after) == ("tests that check less: TestMore.test_subtracts (1 to 0)",)


def test_a_removed_parameter_row_is_lost() -> None:
    before = "@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_x(x):\n    assert f(x)\n"

    assert lost(before.replace(", 3", ""), before) == ("tests that check less: test_x (3 to 2)",)


@pytest.mark.parametrize(
    "mark",
    [
        "@pytest.mark.skip",
        "@pytest.mark.xfail(reason='later')",
        "@unittest.skipIf(True, '')",
        "@unittest.expectedFailure",
    ],
)
def test_a_skip_mark_is_told(mark: str) -> None:
    after = TWO.replace("def test_adds", f"{mark}\ndef test_adds")

    assert lost(after) == ("1 more skipped or expected to fail",)


def test_python_that_does_not_parse_is_counted_in_its_text() -> None:
    assert lost(TWO.replace("assert add(0, 0) == 0", "assert add(0"))[:1] == ()
    assert lost("def test_adds(:\n") == ("1 fewer tests",)


def test_code_too_deep_for_a_syntax_tree_is_counted_in_its_text() -> None:
    deep = "def test_a():\n    assert " + "+".join("1" * 20_000) + "\n"

    assert lost(deep + "assert x\n", deep + "assert x\nassert y\n") == (
        "1 fewer checks in the tests",
    )


def test_warnings_of_the_code_that_is_read_are_its_own() -> None:
    assert lost(TWO + "assert '\\d'\n") == ()


JS = "describe('x', () => { it('adds', () => { expect(add(1)).toBe(2); expect(1); }); });\n"


@pytest.mark.parametrize(
    ("path", "before", "after", "told"),
    [
        ("a.test.js", JS, JS.replace("expect(1);", ""), "1 fewer checks in the tests"),
        ("a.test.js", JS, JS.replace("it(", "it.skip("), "1 more skipped or expected to fail"),
        ("a.test.js", JS, JS.replace("it(", "xit("), "1 more skipped or expected to fail"),
        ("a.test.js", JS, None, "1 fewer tests"),
        (
            "a_test.go",
            "func TestA(t *testing.T) {\n t.Error(1)\n}\n",
            "func TestA(t *testing.T) {\n // t.Error(1)\n}\n",
            "1 fewer checks in the tests",
        ),
        ("tests/a.rs", "#[test]\nfn a() { assert!(x); }\n", "fn a() { assert!(x); }\n", "1 fewer"),
        ("ATest.java", "@Test void a() {}\n", "@Disabled @Test void a() {}\n", "1 more skipped"),
    ],
)
def test_other_languages_are_counted(path: str, before: str, after: str | None, told: str) -> None:
    found = lost(after, before, path)

    assert any(one.startswith(told) for one in found), found


def diff(path: str, line: str) -> str:
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1,2 @@\n same\n+{line}\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("Makefile", "\tpytest -q || true"),
        (".github/workflows/ci.yml", "        continue-on-error: true"),
        (".github/workflows/ci.yml", "      - run: npm test || exit 0"),
        ("conftest.py", "    os._exit(0)"),
        ("pytest.ini", "addopts = --deselect tests/test_a.py::test_b"),
        ("tox.ini", "commands = pytest -k 'not slow'"),
        ("scripts/check.sh", "set +e"),
        ("main_test.go", "func TestMain(m *testing.M) {}"),
        ("tests/test_a.py", "def load_tests(loader, tests, pattern):"),
        ("tests/test_a.py", "    __test__ = False"),
        ("sub/conftest.py", "def pytest_collection_modifyitems(items):"),
    ],
)
def test_a_switch_that_silences_checks_is_told_with_its_place(path: str, line: str) -> None:
    found = silenced(diff(path, line))

    assert len(found) == 1
    assert found[0].startswith(f"{path}:2 adds ")


@pytest.mark.parametrize(
    ("path", "line"), [("src/cli.py", "    sys.exit(0)"), ("Makefile", "\tpytest -q || truth")]
)
def test_the_same_words_elsewhere_are_left_alone(path: str, line: str) -> None:
    assert silenced(diff(path, line)) == ()
