from pathlib import Path

import pytest

from darkfactory.backlog.entry import BrokenBacklog
from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Backlog, Item


def backlog(tmp_path: Path, text: str) -> Backlog:
    (tmp_path / "backlog.md").write_text(text)
    return read_backlog(tmp_path, None)


def read(tmp_path: Path, text: str) -> list[Item]:
    return list(backlog(tmp_path, text).items)


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


def test_boxes_below_an_item_are_steps_of_it_and_that_is_said(tmp_path: Path) -> None:
    text = "- [ ] Parser\n  - [ ] faster\n  - [x] smaller\n    - [ ] by half\n- [ ] Lexer\n"

    found = backlog(tmp_path, text)

    assert [item.title for item in found.items] == ["Parser", "Lexer"]
    assert found.items[0].body == "- [ ] faster\n- [x] smaller\n  - [ ] by half"
    (warning,) = found.warnings
    assert warning == (
        "backlog.md: lines 2, 4: boxes below an item are steps of it, for one session together; "
        "where each is to be an item, take the box off the line above them"
    )


def test_open_boxes_below_a_ticked_one_do_not_vanish_unsaid(tmp_path: Path) -> None:
    found = backlog(tmp_path, "- [x] Parser\n  - [x] faster\n  - [ ] smaller\n")

    assert [item.closed for item in found.items] == [True]
    (warning,) = found.warnings
    assert warning == (
        "backlog.md: line 3: open boxes below a ticked one are not worked; untick it, or move "
        "them out"
    )


def test_steps_that_are_all_done_are_nothing_to_say(tmp_path: Path) -> None:
    found = backlog(tmp_path, "- [ ] Parser\n  - [x] faster\n- [x] Lexer\n  - [x] faster\n")

    assert found.warnings == ()


def test_a_box_that_is_hardly_indented_is_an_item_of_its_own(tmp_path: Path) -> None:
    items = read(tmp_path, "- [ ] One\n - [ ] Two\n- [ ] Three\n")

    assert [item.title for item in items] == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    "line", ["- [] Two", "-[ ] Two", "- [ ]Two", "[ ] Two", "- [-] Two", "> - [ ] Two", "1.[x] Two"]
)
def test_a_box_that_is_written_wrongly_is_said(tmp_path: Path, line: str) -> None:
    found = backlog(tmp_path, f"- [ ] One\n{line}\n")

    assert [item.title for item in found.items] == ["One"]
    assert found.warnings == (
        "backlog.md: line 2: not boxes, so no items; a box is written `- [ ] title`",
    )


def test_entries_without_a_box_are_said_and_headings_of_boxes_are_not(tmp_path: Path) -> None:
    text = (
        "- Parser\n  - [ ] Speed it up\n  - notes\n- Lexer\n  - deeper\n    - [ ] Test it\n"
        "- [a link](x)\n* * *\n1. numbered\n"
    )

    found = backlog(tmp_path, text)

    assert [item.title for item in found.items] == ["Speed it up", "Test it"]
    (warning,) = found.warnings
    assert warning == (
        "backlog.md: lines 3, 7, 9: entries without a box are no items; write `- [ ] title` for "
        "what is work"
    )


def test_an_item_is_told_the_entries_that_it_stands_below(tmp_path: Path) -> None:
    text = (
        "- Parser:\n  - Speed\n    - [ ] Measure it\n      by hand\n  - [ ] Test it\n"
        "- Lexer\n  - [ ] Split it\n\n# Other\n- [ ] Rename it\n"
    )

    items = read(tmp_path, text)

    assert [item.body for item in items] == [
        "Part of: Parser > Speed\nby hand",
        "Part of: Parser",
        "Part of: Lexer",
        "",
    ]


def test_many_lines_are_counted_and_not_all_named(tmp_path: Path) -> None:
    found = backlog(tmp_path, "- [ ] One\n" + "- more\n" * 30)

    assert found.warnings[0].startswith(
        "backlog.md: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more: entries"
    )


def test_key_lines_come_before_the_body(tmp_path: Path) -> None:
    text = (
        "- [ ] One #bug\n"
        "  Done-when: pytest -q\n"
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


def test_code_ends_with_a_fence_as_long_as_its_first(tmp_path: Path) -> None:
    items = read(tmp_path, "````\n```\n- [ ] Example\n```\n````\n- [ ] Real\n")

    assert [item.title for item in items] == ["Real"]


def test_code_inside_of_an_item_ends_with_the_item(tmp_path: Path) -> None:
    items = read(tmp_path, "- [ ] One\n  ```\n  never closed\n- [ ] Two\n")

    assert [item.title for item in items] == ["One", "Two"]


def test_boxes_in_a_comment_are_no_items(tmp_path: Path) -> None:
    found = backlog(tmp_path, "<!--\n- [ ] Not now\n-->\n- [ ] One #bug <!-- id 7 -->\n")

    assert list(found.items) == [Item(id="one", title="One", labels=("bug",))]
    assert found.warnings == ()


@pytest.mark.parametrize("start", ["```", "~~~", "<!-- for later"])
def test_what_a_forgotten_end_hides_is_said(tmp_path: Path, start: str) -> None:
    found = backlog(tmp_path, f"- [ ] One\n\n{start}\nwords\n- [ ] Two\n")

    assert [item.title for item in found.items] == ["One"]
    assert found.warnings == (
        "backlog.md: line 5: boxes in code or in a comment that never ends are no items; close it",
    )


@pytest.mark.parametrize(
    ("key", "meant"), [("label", "labels"), ("depends_on", "blocked_by"), ("Prio", "priority")]
)
def test_a_key_that_is_misspelt_is_text_and_that_is_said(
    tmp_path: Path, key: str, meant: str
) -> None:
    found = backlog(tmp_path, f"- [ ] One\n  {key}: x\n")

    assert found.items[0].body == f"{key}: x"
    assert found.warnings == (
        f"backlog.md: line 1: `{key}:` below it is text; did you mean `{meant}:`?",
    )


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


def test_what_is_no_priority_stays_in_the_title(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "- [ ] Mount the disk (p9)\n")

    assert (item.title, item.priority) == ("Mount the disk (p9)", "P2")
