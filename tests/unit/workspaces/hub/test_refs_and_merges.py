"""Refs of the hub move together or not at all, and merges need no checkout."""

import os
import subprocess
from pathlib import Path

import pytest

from darkfactory.gitio import git
from darkfactory.workspaces.hub import Author, Hub, UnknownRevision
from darkfactory.workspaces.refs import HubLocked, RefMoved, RefUpdate
from tests.fakes.git_commands import noted_commands
from tests.fakes.repositories import Repository, fetched
from tests.unit.workspaces.hub.made import landing


def test_ref_updates_apply_together_or_not_at_all(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    older, newer = user.head, landing(hub, "x")
    hub.update_refs([RefUpdate("refs/df/a", older, None)])

    with pytest.raises(RefMoved):
        hub.update_refs(
            [RefUpdate("refs/df/new", newer, None), RefUpdate("refs/df/a", newer, newer)]
        )
    with pytest.raises(RefMoved):
        hub.update_refs([RefUpdate("refs/df/a", newer, None)])

    assert hub.refs("refs/df/a", "refs/df/new") == {"refs/df/a": older}


def test_a_ref_can_be_deleted_only_at_its_old_value(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    hub.update_refs([RefUpdate("refs/df/a", user.head, None)])
    newer = landing(hub, "x")

    with pytest.raises(RefMoved):
        hub.update_refs([RefUpdate("refs/df/a", None, newer)])
    hub.update_refs([RefUpdate("refs/df/a", None, user.head)])

    assert "refs/df/a" not in hub.refs("refs/df")


def test_a_killed_update_leaves_locks_that_are_removed_in_the_hub(
    user: Repository, hub: Hub
) -> None:
    hub.sync_base()
    hub.git("config", "core.filesRefLockTimeout", "0")
    (hub.path / "refs" / "heads" / "main.lock").touch()
    (hub.path / "HEAD.lock").touch()
    new = landing_commit(hub)
    move = RefUpdate("refs/heads/main", new, user.head)

    with pytest.raises(HubLocked):
        hub.update_refs([move])
    removed = hub.break_stale_locks()
    hub.update_refs([move])

    assert sorted(removed) == ["HEAD.lock", "refs/heads/main.lock"]
    assert hub.refs("refs/heads") == {"refs/heads/main": new}


def landing_commit(hub: Hub) -> str:
    old = hub.commit("refs/heads/main")
    return hub.commit_tree(hub.tree(old), [old], "empty", when=5)


def test_the_same_commit_has_the_same_id(hub: Hub) -> None:
    base = hub.sync_base().commit
    tree = hub.tree(base)
    author = Author("An <agent>\n", "agent@example.org")

    first = hub.commit_tree(tree, [base], "text\n\nbody", when=17, author=author)
    second = hub.commit_tree(tree, [base], "text\n\nbody", when=17, author=author)

    assert first == second
    assert hub.commit_tree(tree, [base], "text\n\nbody", when=18, author=author) != first
    assert "author An agent <agent@example.org> 17 +0000" in hub.git("cat-file", "-p", first).text


def test_a_clean_merge_gives_the_tree_of_both(user: Repository, hub: Hub) -> None:
    base = hub.sync_base().commit
    ours = landing(hub, "ours.txt")
    user.git("checkout", "-q", "-b", "topic")
    user.commit("theirs", {"theirs.txt": "t\n"})
    theirs = fetched(hub, "topic")

    merged = hub.merge_tree(ours, theirs)

    names = hub.git("ls-tree", "--name-only", merged.tree).text.split()
    assert merged.clean
    assert names == ["a.txt", "ours.txt", "src", "theirs.txt"]
    assert base != ours


def test_what_goes_on_from_a_commit_needs_no_merge_with_it(user: Repository, hub: Hub) -> None:
    base = hub.sync_base().commit
    user.commit("one", {"a.txt": "one more\n"})
    head = user.commit("two", {"b.txt": "b\n"})
    hub.sync_base()

    merged = hub.merge_tree(base, head)

    said = hub.git("merge-tree", "--write-tree", base, head).text
    assert (merged.tree, merged.clean, merged.messages) == (said, True, ())
    assert hub.merge_tree(head, head).tree == hub.tree(head)


def test_the_history_that_two_commits_share_is_found(user: Repository, hub: Hub) -> None:
    base = hub.sync_base().commit
    ours = landing(hub, "ours.txt")
    user.git("checkout", "-q", "-b", "topic")
    theirs = user.commit("theirs", {"theirs.txt": "t\n"})
    fetched(hub, "topic")

    assert hub.began_at(theirs) == base
    assert hub.is_ancestor(base, theirs)
    assert not hub.is_ancestor(ours, theirs)
    assert not hub.is_ancestor(theirs, base)


def test_a_ref_is_read_as_it_is_now(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    before = hub.ref("refs/df/x")
    git(f"--git-dir={hub.path}", "update-ref", "refs/df/x", user.head)

    assert (before, hub.ref("refs/df/x")) == (None, user.head)
    assert hub.ref("refs/df/") is None


def test_conflicts_name_their_paths_and_say_why(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    user.git("checkout", "-q", "-b", "topic")
    user.commit("theirs", {"a.txt": "theirs\n", "odd\nname": "x\n"})
    theirs = fetched(hub, "topic")
    user.git("checkout", "-q", "main")
    user.commit("ours", {"a.txt": "ours\n", "odd\nname": "y\n"})
    ours = hub.sync_base().commit

    merged = hub.merge_tree(ours, theirs)

    assert not merged.clean
    assert merged.conflicts == ("a.txt", "odd\nname")
    assert any("CONFLICT (content)" in text for text in merged.messages)


def test_many_merges_are_told_by_one_process(
    user: Repository, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = hub.sync_base().commit
    heads = []
    for number, files in enumerate(
        [{"a.txt": "x\n"}, {"a.txt": "y\n", "odd\nname": "1\n"}, {"b.txt": "b\n"}]
    ):
        user.git("checkout", "-q", "-b", f"topic-{number}", base)
        user.commit("more", files)
        heads.append(fetched(hub, f"topic-{number}"))
    first, *others = heads
    commands = noted_commands(tmp_path, monkeypatch)

    found = hub.merge_trees([(other, first) for other in (*others, base, first)])

    assert [one.conflicts for one in found] == [("a.txt",), (), (), ()]
    assert commands() == ["merge-tree"]
    assert hub.merge_trees([]) == []
    assert [hub.merge_tree(other, first).tree for other in others] == [
        one.tree for one in found[:2]
    ]


def test_an_unknown_revision_is_named(hub: Hub) -> None:
    hub.sync_base()

    for revision in ("nope", "0" * 40, "--all", "HEAD~99", ""):
        with pytest.raises(UnknownRevision):
            hub.commit(revision)


def test_a_broken_hub_is_found_out(hub: Hub) -> None:
    hub.sync_base()
    new = landing(hub, "x")
    (hub.path / "objects" / new[:2] / new[2:]).unlink()

    problems = hub.verify()

    assert any(new in line for line in problems)


def test_locks_of_dead_commands_are_removed_by_the_next_update(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    hub.git("config", "core.filesRefLockTimeout", "0")
    lock = hub.path / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    new = landing_commit(hub)

    hub.update_refs([RefUpdate("refs/heads/main", new, user.head)])

    assert hub.refs("refs/heads") == {"refs/heads/main": new}


def test_an_old_lock_stays_while_a_command_of_ours_works_on_the_hub(
    user: Repository, hub: Hub
) -> None:
    hub.sync_base()
    hub.git("config", "core.filesRefLockTimeout", "0")
    lock = hub.path / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    move = RefUpdate("refs/heads/main", landing_commit(hub), user.head)
    command = ["git", f"--git-dir={hub.path}", "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as living:
        with pytest.raises(HubLocked):
            hub.update_refs([move])
        assert living.stdin is not None
        living.stdin.close()

    assert lock.exists()
