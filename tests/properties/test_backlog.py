"""Laws of reading a backlog: any text is items or a UsageError, and items are safe to use."""

import io
import json
import re
import tempfile
import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.backlog.read import read_backlog
from darkfactory.backlog.text import id_of_title, is_safe_id
from darkfactory.domain.item import PRIORITIES, Backlog, Item
from darkfactory.errors import UsageError

WORDS = "id title body labels priority paths done_when blocked_by url status closed number"
KEYS = st.sampled_from([*WORDS.split(), "issue_type", "dependencies", "items", "depends_on_id"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)
ENTRIES = st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=4)
SIGNS = "[ ] { } ' &a *a !!int #bug {#a} - : --- ``` word title: id: | > \x1b[1m \u202e"
PIECES = st.sampled_from(["- [ ] ", "- [x] ", " !P1", '"', "\n", "  ", *SIGNS.split()])
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join)


def read(content: bytes, name: str) -> list[Item]:
    """Return the items of *content*; a UsageError that says what to do is no items."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        try:
            return list(read_backlog(Path(folder), [name]).items)
        except UsageError as error:
            refused = error
    assert refused.problem
    assert refused.fix
    return []


def assert_safe(items: list[Item]) -> None:
    for item in items:
        assert is_safe_id(item.id)
        assert item.title == item.title.strip() != ""
        assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl") for letter in item.title)
        assert item.priority in PRIORITIES
        json.dumps([item.title, item.body, item.labels]).encode()
        "".join([item.title, item.body, *item.labels, *item.paths]).encode()
    assert len({item.id.casefold() for item in items}) == len(items)


@given(TEXTS, st.sampled_from(["a.yaml", "a.md", "a.json", "a.jsonl", "a"]))
def test_any_text_is_items_or_a_usage_error(text: str, name: str) -> None:
    items = read(text.encode("utf-8", "surrogatepass"), name)

    assert_safe(items)


INDENTS = st.integers(0, 7).map(lambda width: " " * width)
MARKS = st.sampled_from(["- [ ] ", "- [x] ", "- ", "1. ", "- [] ", "-[ ] ", "* [X] ", ""])


@given(st.lists(st.tuples(INDENTS, MARKS), min_size=1, max_size=8))
def test_no_line_of_a_checklist_vanishes_unsaid(lines: list[tuple[str, str]]) -> None:
    words = [f"w{number}w" for number in range(len(lines))]
    shapes = zip(lines, words, strict=True)
    text = "".join(f"{indent}{mark}{word}\n" for (indent, mark), word in shapes)

    found = read_backlog(Path(), ["-"], stdin=io.StringIO(f"- [ ] first\n{text}"))

    kept = " ".join(f"{item.title} {item.body}" for item in found.items if not item.closed)
    named = {int(line) for said in found.warnings for line in re.findall(r"\d+", said)}
    for number, ((_, mark), word) in enumerate(zip(lines, words, strict=True), start=2):
        closed = "x" in mark.lower() or not mark  # done, or a paragraph between items
        assert closed or word in kept or number in named or _is_done(found, word)


def _is_done(found: Backlog, word: str) -> bool:
    """Whether *word* stands, as no open box, below an item that is done."""
    lines = [line for item in found.items if item.closed for line in item.body.splitlines()]
    return any(word in line and "[ ]" not in line for line in lines)


@given(st.binary(), st.sampled_from(["a.yaml", "a.md", "a.json", "a"]))
def test_any_bytes_are_items_or_a_usage_error(content: bytes, name: str) -> None:
    items = read(content, name)

    assert_safe(items)


@given(ENTRIES | VALUES)
def test_any_json_is_items_or_a_usage_error(value: object) -> None:
    items = read(json.dumps(value).encode(), "a.json")

    assert_safe(items)


@given(st.text())
def test_an_id_of_a_title_is_safe_and_stays(title: str) -> None:
    made = id_of_title(title)

    assert is_safe_id(made)
    assert made == id_of_title(title)


@given(
    st.lists(st.text(alphabet="abcdef ghij", min_size=1).filter(str.strip), unique_by=id_of_title)
)
def test_ids_do_not_depend_on_the_other_items(titles: list[str]) -> None:
    text = json.dumps([{"title": title} for title in titles])

    items = list(read_backlog(Path(), ["-"], stdin=io.StringIO(text)).items)

    assert [item.id for item in items] == [id_of_title(title) for title in titles]
