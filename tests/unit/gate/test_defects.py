"""Known-bad edits of good lines."""

from darkfactory.gate.defects import defects


def rules(path: str, text: str) -> dict[str, str]:
    """Return what each defect makes of the line it is in, by rule."""
    found = defects(path, text, range(1, len(text.split("\n")) + 1))
    return {one.rule: one.text.split("\n")[one.line - 1].strip() for one in found}


def test_code_is_given_defects_of_many_kinds() -> None:
    text = "if not a:\n    raise E\nfor i in range(n):\n    assert i\n    return i + 1\nLIMIT = 3"

    found = rules("tools/a.py", text)

    assert found == {
        "off by one": "for i in range(n - 1):",
        "inverted condition": "if a:",
        "dropped check": "pass",
        "swallowed error": "pass",
        "wrong result": "return i - 1",
        "secret in the code": "LIMIT = 3",
    }


def test_tests_are_made_to_say_less() -> None:
    assert rules("tests/test_a.py", "    assert add(1, 2) == 3") == {
        "weakened test": "assert add(1, 2)"
    }


def test_only_lines_that_the_change_brings_are_touched() -> None:
    text = "if a == b:\n    c = d == e"

    assert [one.line for one in defects("a.py", text, [2])] == [2]


def test_text_without_anything_to_break_is_left() -> None:
    assert rules("README.md", "Nothing here.") == {}
