"""What git tells of a range in a real bare repository."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.changes.measure import authors, commits, diff_text, measure
from darkfactory.domain.change import FileDelta
from darkfactory.gitio import GitFailed, git

Hub = Any
TEN = "".join(f"line {number}\n" for number in range(10))


def test_lines_are_counted_and_renames_found(hub: Hub) -> None:
    base = hub.commit({"kept": "a\nb\n", "gone": "x\n", "old/name": TEN})
    head = hub.commit(
        {"kept": "a\nc\nd\n", "gone": None, "new": "1\n", "old/name": None, "name": TEN + "x\n"},
        base,
    )

    deltas = measure(hub.path, base, head).deltas

    assert deltas == (
        FileDelta("gone", "D", 0, 1, mode="", old_mode="100644"),
        FileDelta("kept", "M", 2, 1),
        FileDelta("name", "R", 1, 0, old_path="old/name"),
        FileDelta("new", "A", 1, 0, mode="100644", old_mode=""),
    )


def test_binary_files_have_no_lines(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"image": b"\x89PNG\0\0"}, base)

    assert measure(hub.path, base, head).deltas[0].added is None


def test_modes_links_and_modules_are_told(hub: Hub) -> None:
    base = hub.commit({"run": "#!/bin/sh\n", "link": "text\n"})
    head = hub.commit(
        {"run": "#!/bin/sh\n", "link": "/etc/passwd", "module": "1" * 40},
        base,
        modes={"run": "100755", "link": "120000", "module": "160000"},
    )

    found = {delta.path: delta for delta in measure(hub.path, base, head).deltas}

    assert found["run"].makes_executable
    assert found["link"].status == "T"
    assert found["link"].is_symlink
    assert found["module"].is_submodule


@pytest.mark.parametrize(
    "name", ["with space", "tab\tnew\nline", 'quo"te', "ümläut", "\udcff\udcfe", "-rf", "#a[1]*"]
)
def test_any_file_name_comes_back(hub: Hub, name: str) -> None:
    base = hub.commit({"vendor/x": "1\n"})
    head = hub.commit({name: "a\nb\n", "vendor/x": "2\n"}, base)

    found = {delta.path: delta.added for delta in measure(hub.path, base, head).deltas}

    assert found == {name: 2, "vendor/x": 1}
    assert diff_text(hub.path, base, head, limit_bytes=9999).endswith("+2\n")


def test_a_base_that_moved_on_takes_no_part(hub: Hub) -> None:
    fork = hub.commit({"a": "1\n"})
    moved = hub.commit({"b": "1\n"}, fork)
    head = hub.commit({"c": "1\n"}, fork)
    merged = hub.commit({"b": "1\n", "c": "1\n"}, head, moved)

    assert [delta.path for delta in measure(hub.path, moved, head).deltas] == ["c"]
    assert [delta.path for delta in measure(hub.path, moved, merged).deltas] == ["c"]


def test_a_head_without_a_common_commit_is_held_against_the_base_itself(hub: Hub) -> None:
    base = hub.commit({"a": "1\n", "b": "1\n"})
    orphan = hub.commit({"b": "1\n", "c": "another\n"})

    found = [(delta.path, delta.status) for delta in measure(hub.path, base, orphan).deltas]

    assert found == [("a", "D"), ("c", "A")]


def test_attributes_of_the_change_hide_nothing(hub: Hub) -> None:
    base = hub.commit({".gitattributes": "* -diff\n", "a.py": "1\n"})
    head = hub.commit({".gitattributes": "* binary\n", "a.py": "2\n"}, base)
    git("--git-dir", str(hub.path), "update-ref", "refs/heads/main", head)

    assert [delta.added for delta in measure(hub.path, base, head).deltas] == [1, 1]
    assert "+2\n" in diff_text(hub.path, base, head, limit_bytes=9999)


def test_a_diff_shows_generated_files_last(hub: Hub) -> None:
    base = hub.commit({"a.lock/x": "1\n", "package-lock.json": "1\n", "z#[*]?.py": "1\n"})
    head = hub.commit({"package-lock.json": "2\n", "z#[*]?.py": "2\n", "za.py": "1\n"}, base)

    text = diff_text(hub.path, base, head, limit_bytes=9999)

    shown = [line[6:] for line in text.splitlines() if line.startswith("+++ ")]
    assert shown == ["z#[*]?.py", "za.py", "package-lock.json"]


def test_files_are_told_apart_by_gits_headers_whatever_they_hold(hub: Hub) -> None:
    header = "diff --git a/z.py b/z.py\n--- a/z.py\n+++ b/z.py\n@@ -1 +1 @@\n"
    base = hub.commit({"yarn.lock": "text\n", "a.py": "1\n"})
    head = hub.commit(
        {"yarn.lock": "a.py", "new\nline": header * 3, "a.py": header, "vendor/z": "1\n"},
        base,
        modes={"yarn.lock": "120000"},
    )

    text = measure(hub.path, base, head).diff

    shown = [line for line in text.splitlines() if line.startswith("diff --git ")]
    assert shown == [
        "diff --git a/a.py b/a.py",
        'diff --git "a/new\\nline" "b/new\\nline"',
        "diff --git a/vendor/z b/vendor/z",
        "diff --git a/yarn.lock b/yarn.lock",
        "diff --git a/yarn.lock b/yarn.lock",
    ]


def test_generated_files_take_no_room_from_those_written_by_hand(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"Cargo.lock": TEN * 1000, "z.py": "mine\n"}, base)

    text = diff_text(hub.path, base, head, limit_bytes=1000)

    assert text.index("+mine") < text.index("b/Cargo.lock")
    assert text == measure(hub.path, base, head, limit_bytes=1000).diff


def test_a_huge_diff_is_cut_at_a_line_end_and_says_so(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"big": "word " * 20 + "\n" + TEN * 5000}, base)

    text = diff_text(hub.path, base, head, limit_bytes=1000)

    *lines, note, _ = text.split("\n")
    assert note.startswith("... the diff goes on")
    assert lines[-1].startswith("+line ")
    assert len(text.encode()) < 1100


def test_text_that_is_not_utf8_is_shown_as_far_as_it_can_be_read(hub: Hub) -> None:
    base = hub.commit({})
    head = hub.commit({"latin": b"caf\xe9\n"}, base)

    assert "+caf\ufffd\n" in diff_text(hub.path, base, head, limit_bytes=9999)


def rebased(hub: Hub, change: dict[str, Any], **modes: str) -> tuple[str, str]:
    """Return the patch ids of *change* on two bases that differ far away from it."""
    base = hub.commit({"a.py": TEN, "far.py": TEN, "blob": b"\0one"})
    later = hub.commit({"far.py": "other\n", "a.py": "first\n" * 30 + TEN}, base)
    after = {path: text for path, text in change.items() if path != "a.py"}
    one = hub.commit(change, base, modes=modes)
    two = hub.commit(after | {"a.py": "first\n" * 30 + change["a.py"]}, later, modes=modes)
    return measure(hub.path, base, one).patch_id, measure(hub.path, later, two).patch_id


def test_a_pure_rebase_keeps_the_patch_id(hub: Hub) -> None:
    first, second = rebased(
        hub, {"a.py": TEN.replace("line 7", "line seven"), "new": "n\n", "blob": b"\0two"}
    )

    assert first == second


@pytest.mark.parametrize(
    ("one", "two", "mode"),
    [
        ({"a": "if x:\n  y()\nz()\n"}, {"a": "if x:\n  y()\n  z()\n"}, "100644"),
        ({"a": "1\n"}, {"b": "1\n"}, "100644"),
        ({"a": "1\n"}, {"a": "1\n"}, "100755"),
        ({"a": "1\n"}, {"a": "1"}, "100644"),
        ({"a": b"\0one"}, {"a": b"\0two"}, "100644"),
    ],
    ids=["white space", "path", "mode", "last newline", "binary content"],
)
def test_whatever_differs_in_content_has_another_patch_id(
    hub: Hub, one: dict[str, Any], two: dict[str, Any], mode: str
) -> None:
    base = hub.commit({"other": "1\n"})
    first, second = hub.commit(one, base), hub.commit(two, base, modes={"a": mode})

    assert measure(hub.path, base, first).patch_id != measure(hub.path, base, second).patch_id


def test_commits_are_told_newest_first_whatever_is_in_their_names(hub: Hub) -> None:
    base = hub.commit({})
    one = hub.commit({"a": "1\n"}, base, subject="Add a\n\nwith a body", author="Ü \x1b[31m")
    two = hub.commit({"a": "2\n"}, one, subject="")

    found = commits(hub.path, base, two)

    assert [(commit.sha, commit.subject) for commit in found] == [(two, ""), (one, "Add a")]
    assert found[1].author == "Ü \x1b[31m"
    assert found[1].when == 1700000000
    assert commits(hub.path, two, two) == ()


def test_authors_are_those_of_all_that_is_new_merged_or_not(hub: Hub) -> None:
    base = hub.commit({})
    one = hub.commit({"a": "1\n"}, base, author="  Ada ")
    two = hub.commit({"a": "2\n"}, one, author="Bob \x1b[31m")
    aside = hub.commit({"b": "1\n"}, base, author="Cy")
    merged = hub.commit({"b": "1\n"}, two, aside, author="Ada")

    assert authors(hub.path, base, two) == ("Bob \x1b[31m", "Ada")
    assert set(authors(hub.path, base, merged)) == {"Ada", "Bob \x1b[31m", "Cy"}
    assert authors(hub.path, two, merged) == ("Ada", "Cy")
    assert authors(hub.path, two, two) == ()


def test_a_commit_that_is_not_there_is_an_error_of_git(hub: Hub, tmp_path: Path) -> None:
    base = hub.commit({})

    for ask in (measure, authors, commits):
        with pytest.raises(GitFailed):
            ask(hub.path, base, "0" * 40)
    with pytest.raises(GitFailed):
        diff_text(tmp_path / "no.git", base, base, limit_bytes=10)


def test_a_revision_that_looks_like_an_option_is_none(hub: Hub, tmp_path: Path) -> None:
    base = hub.commit({})

    with pytest.raises(GitFailed):
        diff_text(hub.path, base, f"--output={tmp_path / 'planted'}", limit_bytes=10)

    assert not (tmp_path / "planted").exists()
