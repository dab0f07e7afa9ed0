import pytest

from darkfactory.backlog.text import (
    MAX_BODY,
    clean_line,
    clean_text,
    id_of_title,
    is_safe_id,
    short_title,
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x00b\x7fc\x9b31md", "abcd"),
        ("admin\u202egnp.exe", "admingnp.exe"),
        ("a\u200bb\ufeffc\U000e0041d", "abcd"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("two\nlines\tand  more", "two lines and more"),
        ("👩\u200d🔧 fixes", "👩\u200d🔧 fixes"),
    ],
)
def test_a_line_shows_what_it_says(written: str, shown: str) -> None:
    assert clean_line(written) == shown


def test_a_body_keeps_its_lines_and_loses_its_carriage_returns() -> None:
    assert clean_text("a\r\nb\rc\u2028d\n") == "a\nb\nc\nd"


def test_a_body_beyond_measure_is_cut_and_says_so() -> None:
    text = clean_text("x" * (MAX_BODY + 5))

    assert text.endswith("x\n[cut: 5 characters more]")


def test_a_long_title_is_cut() -> None:
    assert short_title("x" * 500) == "x" * 299 + "…"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Fix the login!", "fix-the-login"),
        ("Don't crash on `None`", "dont-crash-on-none"),
        ("Größe ändern", "grosse-andern"),
        ("v1.2: drop Python 3.11", "v1-2-drop-python-3-11"),
    ],
)
def test_an_id_is_readable_where_words_say_all(title: str, expected: str) -> None:
    assert id_of_title(title) == expected


@pytest.mark.parametrize("title", ["C++ build", "登录崩溃", "x " * 90, "!!!", "x" * 90])
def test_an_id_that_cannot_say_all_ends_in_a_hash(title: str) -> None:
    made = id_of_title(title)

    assert is_safe_id(made)
    assert len(made.rpartition("-")[2]) == 6


def test_titles_that_differ_where_the_id_cannot_show_it_differ_in_the_hash() -> None:
    titles = [
        "C build",
        "C++ build",
        "C# build",
        "登录崩溃",
        "登录",
        "a" * 80 + "b",
        "a" * 80 + "c",
    ]

    assert len({id_of_title(title) for title in titles}) == len(titles)


def test_case_and_spaces_do_not_change_an_id() -> None:
    assert id_of_title("Fix  the LOGIN") == id_of_title(" fix the login ")
