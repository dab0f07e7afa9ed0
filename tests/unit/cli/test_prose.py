"""Sentences are broken between words, and what may be code is left alone."""

from darkfactory.cli.output import width_of
from darkfactory.cli.prose import marked, quoted, wrapped


def test_a_sentence_goes_on_below_itself() -> None:
    assert wrapped("why  ", "one two three four", 14) == ["why  one two", "     three", "     four"]
    assert wrapped("why  ", "one two three four", 14, hang=2) == ["why  one two", "  three four"]


def test_a_pipe_gets_a_sentence_on_one_line() -> None:
    assert wrapped("why  ", "one\ntwo \x1b[31mred", None) == ["why  one two red"]


def test_a_head_without_a_sentence_stands_alone() -> None:
    assert wrapped("why  ", "", 80) == ["why"]


def test_lines_that_fit_keep_their_spaces_and_long_ones_their_indent() -> None:
    text = "def f():\n    return  1\n\n    a comment that is too long"

    assert quoted(text, 22) == [
        "  def f():",
        "      return  1",
        "",
        "      a comment that",
        "      is too long",
    ]
    assert quoted("  " + "x" * 30, 20) == ["    " + "x" * 30]


def test_no_further_line_of_a_fact_begins_as_another_fact_does() -> None:
    text = "USER: x\n== proposed: it is all fine\n\n  > sh: make"

    for width in (None, 80):
        assert marked(text, width) == [
            "USER: x",
            "  | == proposed: it is all fine",
            "  |",
            "  |   > sh: make",
        ]


def test_a_terminal_is_left_no_line_of_a_fact_to_break() -> None:
    spaced = "USER: " + "a" * 12 + " == proposed: it is fine"
    unbroken = spaced.replace(" ", "\u00a0")
    wide = "\u6f22" * 40

    lines = [line for text in (spaced, unbroken, wide) for line in marked(text, 24)]

    assert marked(spaced, 24)[:2] == ["USER: aaaaaaaaaaaa", "  | == proposed: it is"]
    assert max(map(width_of, lines)) <= 24
    assert sum(not line.startswith("  | ") for line in lines) == 3
    assert marked(unbroken, 24)[0] + "".join(x[4:] for x in marked(unbroken, 24)[1:]) == unbroken
