"""The tree of a commit in the hub, as checks see it."""

import os

from darkfactory.sessions.hub_tree import HubTree
from darkfactory.skills.checks import Changed
from darkfactory.workspaces.hub import Hub
from tests.fakes.repositories import Repository, fetched


def head_of(hub: Hub, user: Repository) -> str:
    user.write({"new.py": "one\ntwo\n", "image.png": b"\x89\0", "übung.txt": "u\n"})
    (user.path / "link").symlink_to("/etc/passwd")
    (user.path / "run.sh").unlink()
    user.commit("work")
    return fetched(hub, "main")


def test_it_tells_what_a_session_changed(hub: Hub, user: Repository, base: str) -> None:
    tree = HubTree(hub, base, head_of(hub, user))

    changed = {each.path: each for each in tree.changed()}

    assert changed["new.py"] == Changed("new.py", 2, 0)
    assert changed["run.sh"] == Changed("run.sh", 0, 1)
    assert changed["image.png"] == Changed("image.png", None, None)
    assert set(changed) == {"new.py", "run.sh", "image.png", "übung.txt", "link"}


def test_texts_are_read_and_links_are_none(hub: Hub, user: Repository, base: str) -> None:
    tree = HubTree(hub, base, head_of(hub, user))

    assert tree.text("new.py") == "one\ntwo\n"
    assert tree.text("übung.txt") == "u\n"
    assert tree.text("image.png") == "\ufffd\0"
    assert [tree.text(name) for name in ("link", "run.sh")] == [None] * 2
    assert "link" not in tree.paths()


def test_a_session_that_left_nothing_changed_nothing(hub: Hub, base: str) -> None:
    assert HubTree(hub, base, base).changed() == []


def test_names_that_are_not_utf_8_do_not_break_it(hub: Hub, user: Repository, base: str) -> None:
    with open(os.fsencode(user.path) + b"/\xff", "w", encoding="ascii") as file:
        file.write("x\n")
    user.commit("odd")

    tree = HubTree(hub, base, fetched(hub, "main"))

    assert [each.path for each in tree.changed()] == ["\\xff"]
    assert tree.text("\\xff") == "x\n"


def test_a_file_that_is_too_long_has_no_text(hub: Hub, user: Repository, base: str) -> None:
    user.write({"long.txt": "x" * ((4 << 20) + 1), "just.txt": "x" * (4 << 20)})
    user.commit("long")

    tree = HubTree(hub, base, fetched(hub, "main"))

    assert tree.text("long.txt") is None
    assert tree.text("just.txt") is not None
