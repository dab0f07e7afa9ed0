"""Characters that a reader does not see."""

import pytest

from darkfactory.changes.invisible import invisible
from darkfactory.changes.unified import Line


def found(text: str, path: str = "src/a.py", number: int = 3) -> list[str]:
    return [str(place) for place in invisible([Line(path, number, text, added=True)])]


@pytest.mark.parametrize("letter", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_what_turns_the_order_around_is_told_everywhere(letter: int) -> None:
    for path in ("src/a.py", "README.md"):
        told = found(f"if admin: {chr(letter)} # check", path)
        assert len(told) == 1
        assert told[0].startswith(f"{path}:3 has U+{letter:04X} (")


@pytest.mark.parametrize(
    "text",
    [
        "pass\u200bword = 1",
        "x\u2060 = 1",
        "ab\u00ad = 1",
        "a\ufeffb",
        "\u3164 = 1",
        "a\ufe01b",
        "tag \U000e0061",
        "print('\x1b[2K')",
        "evil() \rgood()",
        "a\u200db",
    ],
)
def test_what_has_no_width_or_moves_the_cursor_is_told_in_sources(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain = 1\r",
        "\tindented",
        "grüße = 'привет 你好 שלום'",
        "done = '\u2714\ufe0f'",
        "family = '\U0001f468\u200d\U0001f469\u200d\U0001f467'",
        "key = '1\ufe0f\u20e3'",
        "persian = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'",
    ],
)
def test_letters_of_the_world_and_pictures_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_byte_order_mark_begins_a_file_and_nothing_else() -> None:
    assert found("\ufeffa = 1", number=1) == []
    assert found("\ufeffa = 1", number=2)


@pytest.mark.parametrize("name", ["utf-7", "unicode_escape", "rot13"])
def test_python_that_is_to_be_read_as_something_else_is_told(name: str) -> None:
    assert found(f"# -*- coding: {name} -*-", number=1) == [f"src/a.py:1 is to be read as {name}"]


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "ascii", "latin-1", "iso-8859-15", "utf_8"])
def test_common_encodings_are_left_alone(name: str) -> None:
    assert found(f"# -*- coding: {name} -*-", number=1) == []
