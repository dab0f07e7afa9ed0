"""Checks of what a session left, judged on its tree."""

from typing import Any

import pytest

from darkfactory.skills.checks import Changed, Trace, judge, parse_check
from tests.fakes.trees import FakeTree

TREE = FakeTree(
    {
        "app/a.py": "import json\n\ndef load():\n    return open('x', 'w').read()\n",
        "app/b.py": "from os import path\nopen(file='y', mode='w')\nopen('z')\n",
        "migrations/1.sql": "create view v with (security_invoker = true)",
        "package.json": '{"scripts": {"test": "jest"}, "files": [{"n": 1}, true]}',
        "broken.json": "{",
        "broken.py": "def",
    },
    [Changed("app/a.py", 3, 1), Changed("tests/test_a.py", 10, 0)],
)


def passes(check: dict[str, Any]) -> bool:
    return judge(parse_check(check), Trace(), TREE).passed


@pytest.mark.parametrize(
    ("check", "passed"),
    [
        ({"file_exists": "app/*.py"}, True),
        ({"file_exists": ["app/*.py", "README"]}, False),
        ({"file_absent": "**/*.txt"}, True),
        ({"file_absent": ["x", "app/**"]}, False),
        (
            {"file_regex": {"path": "migrations/*.sql", "all": ["view", r"invoker\s*=\s*true"]}},
            True,
        ),
        ({"file_regex": {"path": "migrations/*.sql", "all": ["view", "table"]}}, False),
        ({"file_regex": {"path": "migrations/*.sql", "none": "drop"}}, True),
        ({"file_regex": {"path": "migrations/*.sql", "any": ["drop", "view"]}}, True),
        ({"file_regex": {"path": "migrations/*.sql", "any": ["drop", "table"]}}, False),
        ({"file_regex": {"path": "nowhere/*", "none": "drop"}}, False),
        ({"json_path": {"path": "package.json", "query": "scripts.test"}}, True),
        ({"json_path": {"path": "package.json", "query": "$.files[0].n", "equals": 1}}, True),
        ({"json_path": {"path": "package.json", "query": "files[1]", "equals": 1}}, False),
        ({"json_path": {"path": "package.json", "query": "scripts.test", "regex": "^je"}}, True),
        ({"json_path": {"path": "package.json", "query": "scripts.lint"}}, False),
        ({"json_path": {"path": "package.json", "query": "files[9]"}}, False),
        ({"json_path": {"path": "broken.json", "query": "a"}}, False),
        ({"json_path": {"path": "none.json", "query": "a"}}, False),
        ({"git": {"untouched": ["tests/**"]}}, False),
        ({"git": {"untouched": "docs/**"}}, True),
        ({"git": {"only": ["app/**", "tests/**"]}}, True),
        ({"git": {"only": "app/**"}}, False),
        ({"git": {"touched": ["tests/**"]}}, True),
        ({"git": {"touched": "docs/**"}}, False),
        ({"git": {"max_files": 2, "max_added": 13, "max_removed": 1}}, True),
        ({"git": {"max_added": 12}}, False),
        ({"ast": {"path": "app/*.py", "query": "call:open[mode=w]", "count": {"max": 0}}}, False),
        ({"ast": {"path": "app/*.py", "query": "call:open[mode=w]", "count": {"min": 2}}}, True),
        ({"ast": {"path": "app/*.py", "query": "call:open[mode=w]", "count": {"min": 3}}}, False),
        ({"ast": {"path": "app/*.py", "query": "call:*.read"}}, True),
        ({"ast": {"path": "app/*.py", "query": "import:os"}}, True),
        ({"ast": {"path": "app/*.py", "query": "def:load"}}, True),
        ({"ast": {"path": "app/*.py", "query": "class:*"}}, False),
        ({"ast": {"path": "broken.py", "query": "def:*", "count": {"max": 0}}}, False),
    ],
)
def test_a_tree_is_judged_by_what_it_holds(check: dict[str, Any], passed: bool) -> None:
    assert passes(check) is passed


def test_a_session_that_changed_nothing_exercised_no_rule_about_changes() -> None:
    check = parse_check({"git": {"untouched": ["tests/**"]}})

    found = judge(check, Trace(), FakeTree())

    assert (found.passed, found.exercised) == (True, False)


def test_what_needs_a_process_or_a_model_is_not_judged_here() -> None:
    check = parse_check({"run": {"cmd": "true"}})

    assert not check.is_pure
    with pytest.raises(ValueError, match="run"):
        judge(check, Trace(), TREE)


@pytest.mark.parametrize(
    "check",
    [
        {"file_regex": {"path": "**/*.py", "none": "TODO"}},
        {"ast": {"path": "*.py", "query": "call:eval", "count": {"max": 0}}},
        {"json_path": {"path": "long.py", "query": "a"}},
    ],
)
def test_what_is_too_long_to_be_read_is_not_decided(check: dict[str, Any]) -> None:
    judged = judge(parse_check(check), Trace(), FakeTree({"a.py": "x = 1\n", "long.py": None}))

    assert (judged.passed, judged.kept, judged.decided) == (False, None, False)
    assert "long.py is too long to be read" in judged.because


def test_python_that_would_take_too_much_memory_is_not_decided() -> None:
    check = {"ast": {"path": "*.py", "query": "call:eval", "count": {"max": 0}}}

    judged = judge(parse_check(check), Trace(), FakeTree({"long.py": "#" * (1 << 20) + "\n"}))

    assert not judged.decided


def test_the_end_of_a_long_text_is_searched_and_zeros_hide_nothing() -> None:
    check = parse_check({"file_regex": {"path": "*", "none": "TODO"}})

    for text in ("x" * 3_000_000 + "TODO", "\0TODO"):
        judged = judge(check, Trace(), FakeTree({"a.py": text}))

        assert (judged.passed, judged.decided) == (False, True)
