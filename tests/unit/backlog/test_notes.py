import os
from pathlib import Path

import pytest

from darkfactory.backlog.entry import BrokenBacklog
from darkfactory.backlog.read import read_backlog
from darkfactory.domain.item import Item


def write(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = tmp_path / "backlog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_front_matter_says_the_keys_and_the_rest_is_the_body(tmp_path: Path) -> None:
    write(tmp_path, {"x.md": "---\nid: fix\ntitle: Fix it\nlabels: [bug]\n---\nWords.\n"})

    items = list(read_backlog(tmp_path, None).items)

    assert items == [Item(id="fix", title="Fix it", labels=("bug",), body="Words.")]


def test_the_file_name_is_the_id_and_the_heading_the_title(tmp_path: Path) -> None:
    write(tmp_path, {"fix-login.md": "---\npriority: P0\n---\n\n# Fix the login #\n\nWords.\n"})

    items = list(read_backlog(tmp_path, None).items)

    assert items == [Item(id="fix-login", title="Fix the login", body="Words.", priority="P0")]


def test_a_file_without_anything_is_named_by_its_file_name(tmp_path: Path) -> None:
    write(tmp_path, {"Fix the login.md": "Words.\n"})

    items = list(read_backlog(tmp_path, None).items)

    assert items == [Item(id="fix-the-login", title="Fix the login", body="Words.")]


def test_files_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, {"10-c.md": "x", "2-b.md": "x", "1/a.md": "x"})

    items = list(read_backlog(tmp_path, None).items)

    assert [item.id for item in items] == ["a", "2-b", "10-c"]


def test_what_is_no_note_is_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "README.md": "How we work",
            ".hidden.md": "x",
            ".git/y.md": "x",
            "z.txt": "x",
            "a.md": "x",
        },
    )
    os.mkfifo(tmp_path / "backlog" / "pipe.md")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "backlog" / "link.md").symlink_to(tmp_path / "secret")

    found = read_backlog(tmp_path, None)

    assert [item.id for item in found.items] == ["a"]
    assert found.warnings == (
        "backlog: a folder holds one Markdown file an item; left out: link.md, pipe.md, z.txt",
    )


def test_boxes_in_a_readme_do_not_vanish_unsaid(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "How we work\n\n- [ ] Fix it\n", "a.md": "x"})

    found = read_backlog(tmp_path, None)

    assert [item.id for item in found.items] == ["a"]
    assert found.warnings == (
        "backlog/README.md: boxes in a README are no items; move them to a file",
    )


def test_one_file_with_front_matter_is_one_item(tmp_path: Path) -> None:
    (tmp_path / "todo.md").write_text("---\ntitle: Fix it\n---\n- [ ] a step\n")

    items = list(read_backlog(tmp_path, ["todo.md"]).items)

    assert items == [Item(id="todo", title="Fix it", body="- [ ] a step")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\ntitle: 'a\n---\n", "backlog/x.md:2: not YAML"),
        ("---\n- a\n---\n", "backlog/x.md:2: the front matter is not a mapping"),
        ("---\nbody: a\n---\n", "backlog/x.md:2: the body stands below"),
        ("---\ntitel: a\n---\n", "backlog/x.md: unknown key 'titel'"),
    ],
)
def test_broken_front_matter_names_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path, {"x.md": text})

    with pytest.raises(BrokenBacklog) as caught:
        read_backlog(tmp_path, None)

    assert says in caught.value.problem
