"""What a person is shown is what is taken: two files that differ never look the same."""

import pytest

from darkfactory.skills.difference import difference


def test_only_a_newline_ends_a_line() -> None:
    shown = difference({}, {"a.sh": b"echo hi\r# \x1b[8m\x0crm\xc2\x85x\n"})

    assert shown.split("\n")[3:] == ["+echo hi\r# \x1b[8m\x0crm\x85x", ""]


def test_a_file_of_windows_is_shown_without_its_returns_and_said_to_be_one() -> None:
    shown = difference({"a.md": b"one\r\ntwo\r\n"}, {"a.md": b"one\r\n2\r\n"})

    assert shown.split("\n") == [
        "--- a/a.md\t(lines end in CRLF)",
        "+++ b/a.md\t(lines end in CRLF)",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two",
        "+2",
        "",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\n", b"a\r\n"),
        (b"a\n", b"a\rb\n"),
        (b"a\n", b"a"),
        (b"a\r\n", b"a"),
        (b"a\xe9\n", b"a\xe8\n"),
        (b"a\x0cb\n", b"a\nb\n"),
        (b"", b"\n"),
    ],
)
def test_files_that_differ_look_different(before: bytes, after: bytes) -> None:
    lines = difference({"a": before}, {"a": after}).split("\n")[3:]

    had = [line[1:] for line in lines if line.startswith("-")]
    has = [line[1:] for line in lines if line.startswith("+")]
    assert (had, has) != ([], [])
    assert had != has or any(line.startswith("\\") for line in lines)


def test_a_missing_newline_at_the_end_is_told() -> None:
    shown = difference({}, {"a": b"one"})

    assert shown.endswith("+one\n\\ No newline at end of file\n")


def test_an_empty_file_is_named() -> None:
    assert difference({}, {"a": b""}) == "--- /dev/null\n+++ b/a\n"


def test_a_name_makes_no_line_of_its_own() -> None:
    shown = difference({}, {"a\n+harmless\x1b": b"x\n"})

    assert shown.split("\n")[1] == "+++ b/a\\n+harmless\\x1b"
