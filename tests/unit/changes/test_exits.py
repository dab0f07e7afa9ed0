"""Lines that end the process that runs the tests."""

import pytest

from darkfactory.changes.exits import exits
from darkfactory.changes.unified import Line


def found(path: str, text: str, *, unread: bool = False) -> list[int]:
    lines = [Line(path, at, line, added=True) for at, line in enumerate(text.split("\n"), 1)]
    return [place.line for place in exits(lines, lambda _path: None if unread else text)]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos._exit(0)",
        "import os\ngetattr(os, '_exit')(0)",
        "import sys\nsys.exit()",
        "import sys\nif True:\n    sys.exit(0)",
        "class A:\n    exit()",
        "raise SystemExit",
        "raise SystemExit(0)",
        "from sys import exit as bye\n\nbye(0)",
        "import sys\nbye = sys.exit\nbye(256)",
        "import sys\ndef leave():\n    sys.exit(0)\nleave()",
        "import sys\ndef f(x=sys.exit(0)): ...",
        "import sys\nif __name__ != '__main__':\n    sys.exit(0)",
        "import os\ndef f():\n    os.execv('/bin/true', ['true'])",
        "import sys\nsys.exit(0",
    ],
)
def test_a_python_file_that_ends_its_importer_is_found(text: str) -> None:
    assert found("calc.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nsys.exit(2)",
        "import sys\nsys.exit('no such file')",
        "import sys\nsys.exit(f'no {file}')",
        "raise SystemExit(1)",
        "import sys\ndef main():\n    sys.exit(0)",
        "import sys\nif __name__ == '__main__':\n    sys.exit(main())",
        "import os\nos._exit(1)",
        "# os._exit(0)",
        "def _exit(self): ...",
        "exit_status = 0",
    ],
)
def test_a_python_file_that_fails_or_exits_only_when_called_is_left_alone(text: str) -> None:
    assert found("calc.py", text) == []


def test_a_program_of_its_own_may_exit() -> None:
    assert found("calc/__main__.py", "import sys\nsys.exit(main())") == []


def test_a_file_that_cannot_be_read_is_doubted() -> None:
    assert found("calc.py", "def f():\n    exit()", unread=True) == [2]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.js", "process.exit(0)"),
        ("a.ts", "  process . exit();"),
        ("a.mjs", "process.exit(code)"),
        ("a.cjs", "process['exit'](0)"),
        ("a.js", "process.exit(1 - 1)"),
        ("a.rs", "std::process::exit(0);"),
        ("a.go", "func init() { os.Exit(0) }"),
        ("a.java", "static { System.exit(0); }"),
        ("a.kt", "exitProcess(0)"),
        ("a.rb", "exit! 0"),
        ("a.rb", "exit"),
        ("a.php", "exit;"),
        ("a.c", "    _exit(0);"),
        ("a.cs", "Environment.Exit(0);"),
    ],
)
def test_other_languages_are_read_line_by_line(path: str, line: str) -> None:
    assert found(path, line) == [1]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.js", "process.exit(1)"),
        ("a.js", "// process.exit(0)"),
        ("a.rs", "std::process::exit(2);"),
        ("a_test.go", "os.Exit(m.Run())"),
        ("a.rb", "exit 1 if bad"),
        ("a.c", "exit(EXIT_FAILURE);"),
        ("a.md", "process.exit(0)"),
        ("a.java", "exitStatus = 0;"),
    ],
)
def test_what_fails_or_does_not_exit_is_left_alone_in_other_languages(path: str, line: str) -> None:
    assert found(path, line) == []


def test_the_line_is_quoted() -> None:
    line = Line("a.js", 7, "    process.exit(0)", added=True)

    assert [str(place) for place in exits([line], lambda _path: None)] == [
        "a.js:7 may end the run of the tests: 'process.exit(0)'"
    ]
