import json
from pathlib import Path

import pytest

from darkfactory.backlog.entry import BadItemId, BrokenBacklog
from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Item
from darkfactory.errors import UsageError


def read(tmp_path: Path, text: str, name: str = "backlog.yaml") -> list[Item]:
    (tmp_path / name).write_text(text)
    return list(read_backlog(tmp_path, [name]).items)


def problem(tmp_path: Path, text: str, name: str = "backlog.yaml") -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text, name)
    return caught.value


FULL = """
- id: fix-login
  title: Login crashes on an empty password
  body: |
    Steps:
      1. leave it empty
  labels: [bug, auth]
  priority: P0
  paths: [./src/login.py, "src/auth/**"]
  done_when: pytest -q tests/test_login.py
  blocked_by: [add-fixtures]
  url: https://example.com/1
- title: Add fixtures
"""


def test_every_key_of_an_item_is_read(tmp_path: Path) -> None:
    first, _ = read(tmp_path, FULL)

    assert first == Item(
        id="fix-login",
        title="Login crashes on an empty password",
        body="Steps:\n  1. leave it empty",
        labels=("bug", "auth"),
        priority="P0",
        paths=("src/login.py", "src/auth/**"),
        done_when="pytest -q tests/test_login.py",
        blocked_by=("add-fixtures",),
        url="https://example.com/1",
    )


def test_an_item_needs_nothing_but_a_title(tmp_path: Path) -> None:
    _, second = read(tmp_path, FULL)

    assert second == Item(id="add-fixtures", title="Add fixtures")


@pytest.mark.parametrize(
    "text",
    [
        "items:\n- title: One\n",
        "version: 1\nitems: [{title: One}]\n",
        "- One\n",
        "title: One\n",
        '[{"title": "One"}]',
    ],
)
def test_shapes_of_a_yaml_list(tmp_path: Path, text: str) -> None:
    items = read(tmp_path, text)

    assert items == [Item(id="one", title="One")]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "[]", "items:\n", "null\n"])
def test_an_empty_backlog_has_no_items(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == []


def test_yaml_texts_stay_as_they_were_written(tmp_path: Path) -> None:
    items = read(tmp_path, "- {title: No, id: 1.10, labels: [2026-01-01, on]}\n")

    assert items == [Item(id="1.10", title="No", labels=("2026-01-01", "on"))]


def test_json_numbers_may_be_ids_and_titles(tmp_path: Path) -> None:
    items = read(tmp_path, '[{"id": 7, "title": 404, "priority": 1}]', "items.json")

    assert items == [Item(id="7", title="404", priority="P1")]


def test_json_lines_are_one_item_a_line(tmp_path: Path) -> None:
    items = read(tmp_path, '{"title": "One"}\n\n{"title": "Two"}\n', "items.jsonl")

    assert [item.id for item in items] == ["one", "two"]


def test_json_lines_in_a_json_file_are_recognised(tmp_path: Path) -> None:
    items = read(tmp_path, '{"title": "One"}\n{"title": "Two"}\n', "items.json")

    assert [item.id for item in items] == ["one", "two"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("p0", "P0"), ("1", "P1"), ("high", "P1"), ("Critical", "P0"), ("4", "P3"), ("~", "P2")],
)
def test_priorities_are_said_in_several_ways(tmp_path: Path, written: str, read_as: str) -> None:
    (item,) = read(tmp_path, f"- {{title: One, priority: {written}}}\n")

    assert item.priority == read_as


@pytest.mark.parametrize(
    ("labels", "read_as"),
    [
        ("[bug, 'priority: high']", "P1"),
        ("[p3, P1]", "P1"),
        ("[priority/critical-urgent]", "P0"),
        ("[prio-low]", "P3"),
        ("[high]", "P2"),
        ("[priority-mail]", "P2"),
    ],
)
def test_labels_tell_the_priority_when_nothing_else_does(
    tmp_path: Path, labels: str, read_as: str
) -> None:
    (item,) = read(tmp_path, f"- {{title: One, labels: {labels}}}\n")

    assert item.priority == read_as


def test_a_written_priority_wins_over_labels(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "- {title: One, labels: [P0], priority: P3}\n")

    assert item.priority == "P3"


@pytest.mark.parametrize("said", ["closed: true", "status: done", "status: Closed"])
def test_a_closed_item_is_kept_as_closed(tmp_path: Path, said: str) -> None:
    (item,) = read(tmp_path, f"- title: One\n  {said}\n")

    assert (item.closed, item.held) == (True, None)


def test_an_item_of_another_status_is_held(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "- {title: One, status: deferred}\n")

    assert (item.closed, item.held) == (False, "its status is 'deferred'")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("Add fixtures", "add-fixtures"), ("'#12'", "gh-12"), ("add-fixtures", "add-fixtures")],
)
def test_a_blocker_is_named_by_id_title_or_forge_number(
    tmp_path: Path, written: str, read_as: str
) -> None:
    (item,) = read(tmp_path, f"- {{title: One, blocked_by: [{written}]}}\n")

    assert item.blocked_by == (read_as,)


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        (
            "- title: a\n- title: b\n  lables: [x]\n",
            "backlog.yaml:2: unknown key 'lables'",
            "labels",
        ),
        ("- {title: a, description: b}\n", "unknown key 'description'", "'body'"),
        ("- {title: a, zzz: b}\n", "unknown key 'zzz'", "done_when"),
        ("- {id: a}\n", "the item has no title", "title"),
        ("- {title: ' '}\n", "the item has no title", "title"),
        ("- {title: a, labels: {b: c}}\n", "labels is a mapping, not a list", "labels: [one, two]"),
        ("- {title: [a]}\n", "title is a list, not a text", "title"),
        ("- {title: a, priority: soon}\n", "priority 'soon' is not known", "P0, P1, P2, P3"),
        ("- {title: a, priority: P9}\n", "priority 'P9' is not known", "P0, P1, P2, P3"),
        ("- {title: a, priority: 77}\n", "priority '77' is not known", "P0, P1, P2, P3"),
        ("- {title: a, closed: maybe}\n", "closed is 'maybe'", "closed: true"),
        ("- {title: a, url: 'javascript:x'}\n", "url 'javascript:x' is not a web", "https://"),
        ("- [a]\n", "backlog.yaml:1: an item is a mapping", "- title:"),
        ("just words\n", "backlog.yaml: not a list of items", "items:"),
        ("items: [a]\nlanes: []\n", "unknown key 'lanes' beside `items`", "items:"),
        ("- title: a\n  title: b\n", "backlog.yaml:2: the key 'title' is here twice", "keep one"),
        ("- title: 'a\n", "backlog.yaml:1: not YAML: found unexpected end of stream", "quote"),
        ("- a\n---\n- b\n", "backlog.yaml:2: a second document begins", "keep one"),
        ("- {[a]: b}\n", "backlog.yaml:1: a key that is no plain name", "name: value"),
        ("- *a\n", "backlog.yaml:1: *a refers to nothing", "&a"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_the_fix(
    tmp_path: Path, text: str, says: str, fix: str
) -> None:
    error = problem(tmp_path, text)

    assert isinstance(error, BrokenBacklog)
    assert says in error.problem
    assert fix in error.fix


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../x", "more than letters"),
        ("a b", "more than letters"),
        ("é", "more than letters"),
        ("-rf", "begins with '-'"),
        ("a..b", "holds '..'"),
        ("con.lock", "ends with '.lock'"),
        ("a.", "ends with '.'"),
        ("x" * 65, "has 65 characters"),
    ],
)
def test_an_id_that_is_no_safe_name_is_refused_with_the_reason(
    tmp_path: Path, name: str, why: str
) -> None:
    error = problem(tmp_path, json.dumps([{"id": name, "title": "a"}]), "items.json")

    assert isinstance(error, BadItemId)
    assert error.code == "backlog.bad_id"
    assert why in error.problem


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000,
        "&a [*a]",
        "&a [&b [*a, *a], *b]",
        "- &a {title: x, labels: [*a]}",
        "a: " + "9" * 10_000,
        "- !!python/object:os.system {}",
        "- {title: !!int abc, priority: !!timestamp x}",
        "\x00",
        "%YAML 9.9\n---\n- a",
    ],
)
def test_hostile_yaml_is_refused_at_once(tmp_path: Path, text: str) -> None:
    assert isinstance(problem(tmp_path, text), UsageError)


def test_what_is_said_once_may_be_meant_twice(tmp_path: Path) -> None:
    text = "- &one {title: One, labels: &both [bug, ui]}\n- {<<: *one, title: Two, id: two}\n"

    items = read(tmp_path, text)

    assert [(item.title, item.labels) for item in items] == [
        ("One", ("bug", "ui")),
        ("Two", ("bug", "ui")),
    ]


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" + "9" * 10_000 + "]", "["])
def test_hostile_json_is_refused(tmp_path: Path, text: str) -> None:
    assert isinstance(problem(tmp_path, text, "items.json"), BrokenBacklog)


@pytest.mark.parametrize("name", ["items.json", "items.jsonl"])
def test_a_key_that_json_says_twice_is_refused(tmp_path: Path, name: str) -> None:
    error = problem(tmp_path, '{"title": "One", "title": "Two"}\n', name)

    assert "the key 'title' is here twice" in error.problem
