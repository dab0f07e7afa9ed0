from pathlib import Path

import pytest

from darkfactory.backlog.entry import BrokenBacklog
from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Item


def read(tmp_path: Path, text: str) -> list[Item]:
    (tmp_path / "backlog.md").write_text(text)
    return read_backlog(tmp_path, None)


def test_labels_priority_and_id_stand_at_the_end_of_the_title(tmp_path: Path) -> None:
    items = read(tmp_path, "- [ ] Fix the login #bug #area/auth !P1 {#fix-login}\n")

    assert items == [
        Item(id="fix-login", title="Fix the login", labels=("bug", "area/auth"), priority="P1")
    ]


@pytest.mark.parametrize("title", ["(P0) Fix it", "Fix it @P0", "[p0] Fix it", "!P0 Fix it #ci"])
def test_a_priority_is_marked_in_any_common_way(tmp_path: Path, title: str) -> None:
    (item,) = read(tmp_path, f"- [ ] {title}\n")

    assert (item.title, item.priority) == ("Fix it", "P0")


def test_marks_inside_the_title_are_words(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "- [ ] Close #12 and support #define in C# code\n")

    assert (item.title, item.labels) == ("Close #12 and support #define in C# code", ())


def test_a_ticked_box_is_a_closed_item(tmp_path: Path) -> None:
    items = read(tmp_path, "- [x] One\n* [X] Two\n1. [ ] Three\n")

    assert [item.closed for item in items] == [True, True, False]


def test_indented_lines_are_the_body(tmp_path: Path) -> None:
    text = "- [ ] One\n  first\n\n    - [ ] a step\n  last\n\nOther words.\n- [ ] Two\n"

    first, second = read(tmp_path, text)

    assert first.body == "first\n\n  - [ ] a step\nlast"
    assert second == Item(id="two", title="Two")


def test_key_lines_come_before_the_body(tmp_path: Path) -> None:
    text = (
        "- [ ] One #bug\n"
        "  done when: pytest -q\n"
        "  paths: src/a.py, src/b.py\n"
        "  blocked_by: two\n"
        "  labels: ui\n"
        "  Words first, so this is a word too:\n"
        "  url: not-a-key\n"
    )

    (item,) = read(tmp_path, text)

    assert item == Item(
        id="one",
        title="One",
        labels=("bug", "ui"),
        paths=("src/a.py", "src/b.py"),
        done_when="pytest -q",
        blocked_by=("two",),
        body="Words first, so this is a word too:\nurl: not-a-key",
    )


def test_headings_and_plain_bullets_are_not_items(tmp_path: Path) -> None:
    text = "# Backlog\n\n- Parser\n  - [ ] Speed it up\n- Lexer\n  - [ ] Test it\n"

    items = read(tmp_path, text)

    assert [item.title for item in items] == ["Speed it up", "Test it"]


def test_boxes_in_code_are_examples(tmp_path: Path) -> None:
    items = read(tmp_path, "```\n- [ ] Example\n```\n- [ ] Real\n")

    assert [item.title for item in items] == ["Real"]


def test_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    items = read(tmp_path, "- [ ] One #bug\r\n  body\r\n- [x] Two\r\n")

    assert [(item.title, item.labels, item.body) for item in items] == [
        ("One", ("bug",), "body"),
        ("Two", (), ""),
    ]


def test_bullets_without_boxes_are_said(tmp_path: Path) -> None:
    with pytest.raises(BrokenBacklog) as caught:
        read(tmp_path, "# Backlog\n- Fix the login\n")

    assert caught.value.problem == "backlog.md: a list, but no line starts with `- [ ]`"


def test_a_box_without_title_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(BrokenBacklog) as caught:
        read(tmp_path, "- [ ] One\n- [ ] #bug\n")

    assert caught.value.problem == "backlog.md:2: the item has no title"


def test_a_file_of_prose_has_no_items(tmp_path: Path) -> None:
    assert read(tmp_path, "# Backlog\n\nNothing to do.\n") == []


def test_a_very_long_title_of_tags_takes_no_time(tmp_path: Path) -> None:
    items = read(tmp_path, "- [ ] One " + "#a " * 20_000 + "\n")

    assert items[0].labels == ("a",)
