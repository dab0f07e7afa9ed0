import io

import pytest

from darkfactory.cli.output import NeedsYes, confirm, one_line, padded, plain, width_of
from darkfactory.cli.words import age, count


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1;2|data\x1b\\after", "after"),
        ("a\x00b\x08c\x7fd\x9be", "abcde"),
        ("over\rwritten", "overwritten"),
        ("abc\u202edcba\u2066x\u2069", "abc<U+202E>dcba<U+2066>x<U+2069>"),
        ("a\u200bb\u200fc\u2028d\u2060e\ufefff", "a<U+200B>b<U+200F>c<U+2028>d<U+2060>e<U+FEFF>f"),
        ("a\tb\nc é 漢", "a\tb\nc é 漢"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(text: str, safe: str) -> None:
    assert plain(text) == safe


def test_a_line_is_cut_with_a_sign_that_it_was() -> None:
    assert one_line("one  two\nthree", 40) == "one two three"
    assert one_line("one two three", 8) == "one two…"


def test_letters_that_take_two_columns_count_twice_and_accents_not_at_all() -> None:
    assert (width_of("漢字"), width_of("e\u0301"), width_of("é")) == (4, 1, 1)
    assert one_line("漢字漢字", 6) == "漢字…"
    assert padded("漢", 4) + "|" == "漢  |"
    assert padded("7", 3, right=True) == "  7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "?"), (0.4, "0s"), (89, "89s"), (91, "2m"), (5399, "90m"), (7200, "2h"), (1e6, "12d")],
)
def test_a_span_of_time_is_told_in_its_largest_whole_unit(seconds: float | None, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (68_400, "68k"), (3.4e6, "3.4M")]
)
def test_tokens_are_counted_in_thousands_and_millions(number: float, text: str) -> None:
    assert count(number) == text


def test_a_step_that_asks_needs_yes_where_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    assert confirm("sweep", yes=True)
    with pytest.raises(NeedsYes, match="sweep needs a yes"):
        confirm("sweep", yes=False)
