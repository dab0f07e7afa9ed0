"""What is no log is told early, not read to its end."""

import gzip
import io

import pytest

from darkfactory.factory.log_lines import NotALog, lines_of


class Endless:
    """A file that repeats *text* for ever and counts what was read of it."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.given = 0

    def readline(self, limit: int, /) -> bytes:
        line = (self._text * limit)[:limit].partition(b"\n")
        self.given += len(line[0])
        return line[0] + line[1]


def read(text: bytes) -> list[bytes]:
    return list(lines_of(io.BytesIO(text), name="a.jsonl"))


@pytest.mark.parametrize("text", [b"", b"{}\n", b'{"a": 1}\n\n{}', b"junk\n{}\n"])
def test_lines_are_given_as_they_stand(text: bytes) -> None:
    assert b"".join(read(text)) == text


def test_a_line_longer_than_the_first_look_is_one_line() -> None:
    line = b'{"a": "' + b"x" * 20_000 + b'"}\n'

    assert read(line + b"{}\n") == [line, b"{}\n"]


@pytest.mark.parametrize(
    ("text", "why"),
    [(b"\x00", "byte 0 is a NUL"), (b"y\n", "none of its first 1000 lines is a JSON object")],
)
def test_a_file_without_end_is_told_after_a_few_thousand_bytes(text: bytes, why: str) -> None:
    file = Endless(text)

    with pytest.raises(NotALog, match=why):
        list(lines_of(file, name="/dev/zero"))

    assert file.given < 100_000


def test_a_compressed_file_is_named_as_such_with_the_way_to_read_it() -> None:
    with pytest.raises(NotALog) as caught:
        read(gzip.compress(b"{}\n"))

    assert caught.value.problem == "a.jsonl is no log that can be scored: it is compressed (gzip)"
    assert caught.value.fix == "`zcat a.jsonl | df waffle score -` reads what is in it"
