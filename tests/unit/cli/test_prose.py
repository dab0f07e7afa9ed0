"""Sentences are broken between words, and what may be code is left alone."""

from darkfactory.cli.prose import quoted, wrapped


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
