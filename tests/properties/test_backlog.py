"""Laws of reading a backlog: any text is items or a UsageError, and items are safe to use."""

import io
import json
import tempfile
import unicodedata
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from darkfactory.backlog.read import read_backlog
from darkfactory.backlog.text import id_of_title, is_safe_id
from darkfactory.domain.item import PRIORITIES, Item
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
            return read_backlog(Path(folder), [name])
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


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.sampled_from(["a.yaml", "a.md", "a.json", "a.jsonl", "a"]))
def test_any_text_is_items_or_a_usage_error(text: str, name: str) -> None:
    items = read(text.encode("utf-8", "surrogatepass"), name)

    assert_safe(items)


@settings(deadline=None, max_examples=60)
@given(st.binary(), st.sampled_from(["a.yaml", "a.md", "a.json", "a"]))
def test_any_bytes_are_items_or_a_usage_error(content: bytes, name: str) -> None:
    items = read(content, name)

    assert_safe(items)


@settings(deadline=None, max_examples=60)
@given(ENTRIES | VALUES)
def test_any_json_is_items_or_a_usage_error(value: object) -> None:
    items = read(json.dumps(value).encode(), "a.json")

    assert_safe(items)


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_an_id_of_a_title_is_safe_and_stays(title: str) -> None:
    made = id_of_title(title)

    assert is_safe_id(made)
    assert made == id_of_title(title)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text(alphabet="abcdef ghij", min_size=1).filter(str.strip), unique_by=id_of_title)
)
def test_ids_do_not_depend_on_the_other_items(titles: list[str]) -> None:
    text = json.dumps([{"title": title} for title in titles])

    items = read_backlog(Path(), ["-"], stdin=io.StringIO(text))

    assert [item.id for item in items] == [id_of_title(title) for title in titles]
