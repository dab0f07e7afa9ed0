"""Everything an agent left becomes one chain of commits, and nothing of the agent's runs."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.collect import Collected, collect
from darkfactory.workspaces.hub import Author, Hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Workspace
from tests.fakes.repositories import Repository, fingerprint
from tests.unit.workspaces.collecting import REF, Show, changed, take


def test_an_untouched_workspace_gives_nothing(hub: Hub, workspace: Workspace) -> None:
    found = take(hub, workspace)

    assert found == Collected(None, (), dirty=False, whole=True, notes=())
    assert hub.refs("refs/df/prop") == {}


def test_uncommitted_new_and_deleted_files_become_one_commit(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    agent.write({"src/app.py": "changed\n", "new/file.py": "new\n", "trace.log": "ignored\n"})
    (agent.path / "readme.md").unlink()
    (agent.path / "run.sh").chmod(0o755)

    found = collect(
        hub, workspace, ref=REF, message="Do it", when=5, author=Author("Bot", "bot@example.org")
    )

    assert found.head is not None
    assert hub.refs("refs/df/prop") == {REF: found.head}
    assert found.commits == (found.head,)
    assert (found.dirty, found.whole, found.notes) == (True, True, ())
    assert changed(hub, workspace.base, found.head) == [
        "A\tnew/file.py", "D\treadme.md", "M\trun.sh", "M\tsrc/app.py",
    ]  # fmt: skip
    assert show(found.head)["new/file.py"] == "new\n"
    assert "author Bot <bot@example.org> 5 +0000" in hub.git("cat-file", "-p", found.head).text


def test_the_agents_own_commits_are_kept_as_they_are(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.git("checkout", "-q", "-b", "work")
    first = agent.commit("first step", {"a.txt": "a\n"})
    second = agent.commit("second step", {"b.txt": "b\n"})

    found = take(hub, workspace)

    assert found == Collected(second, (first, second), dirty=False, whole=True, notes=())
    assert hub.is_ancestor(workspace.base, second)
    assert hub.verify() == ()


def test_uncommitted_work_goes_on_top_of_commits(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    first = agent.commit("first step", {"a.txt": "a\n", "readme.md": "committed\n"})
    agent.write({"a.txt": "a, again\n", "c.txt": "c\n"})

    found = take(hub, workspace)

    assert found.head is not None
    assert found.commits == (first, found.head)
    assert found.dirty
    assert show(found.head)["a.txt"] == "a, again\n"
    assert show(found.head)["readme.md"] == "committed\n"


def test_collecting_twice_gives_the_same_commit(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.commit("step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n"})

    assert take(hub, workspace) == take(hub, workspace)


def test_collecting_does_not_touch_the_workspace(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.commit("step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n"})
    before = fingerprint(agent.path)

    take(hub, workspace)

    assert fingerprint(agent.path) == before


def test_later_work_moves_the_ref_on(hub: Hub, workspace: Workspace, agent: Repository) -> None:
    agent.write({"a.txt": "a\n"})
    first = take(hub, workspace)
    agent.write({"a.txt": "b\n"})

    second = take(hub, workspace)

    assert first.head != second.head
    assert hub.refs("refs/df/prop") == {REF: second.head}


def test_an_edit_right_after_the_lease_is_seen(
    hub: Hub, clones: Pool, base: str, show: Show
) -> None:
    for number in range(8):
        workspace = clones.lease(f"s-{number}", base)
        content = f"print('{number:03d}')\n"
        (workspace.path / "src" / "app.py").write_text(content)

        head = take(hub, workspace).head

        assert head is not None
        assert show(head)["src/app.py"] == content
        clones.release(f"s-{number}", kept=True)


def test_files_staged_although_ignored_count(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"build/wanted": "w\n", "build/other": "o\n"})
    agent.git("add", "-f", "build/wanted")

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["A\tbuild/wanted"]


def test_an_index_that_is_what_it_was_at_the_lease_costs_no_look(
    hub: Hub, workspace: Workspace, agent: Repository, commands: Callable[[], list[str]]
) -> None:
    agent.write({"a.txt": "new\n"})
    take(hub, workspace)
    untouched = commands()
    agent.git("add", "-f", "a.txt")
    take(hub, workspace)

    assert "diff-index" not in untouched
    assert "diff-index" in commands()


def test_an_index_that_is_no_file_is_none(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    (agent.path / ".git" / "index").unlink()
    os.mkfifo(agent.path / ".git" / "index")
    agent.write({"a.txt": "new\n"})

    found = take(hub, workspace)

    assert show(str(found.head))["a.txt"] == "new\n"


def test_files_committed_although_ignored_stay(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"build/wanted": "w\n"})
    agent.git("add", "-f", "build/wanted")
    agent.git("commit", "-q", "-m", "forced")
    agent.write({"readme.md": "more\n"})

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["A\tbuild/wanted", "M\treadme.md"]


def test_what_the_factory_put_there_is_no_part_of_the_change(
    hub: Hub, clones: Pool, base: str
) -> None:
    workspace = clones.lease("s-1", base, exclude=("SKILL.md", ".skills", "readme.md"))
    agent = Repository(workspace.path)
    agent.write({"SKILL.md": "s", ".skills/a/b": "b", "readme.md": "ours", "src/app.py": "x\n"})
    agent.git("add", "-f", "SKILL.md", "readme.md")
    agent.git("commit", "-q", "-m", "too much")
    agent.write({".skills/a/c": "c"})

    found = take(hub, workspace)

    assert changed(hub, base, found.head) == ["M\tsrc/app.py"]


def test_files_of_repositories_inside_are_stored(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    for place in ("nested", "nested/again", "src"):
        (agent.path / place).mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q", str(agent.path / place)], check=True)
        agent.write({f"{place}/mine.py": f"{place}\n", f"{place}/x.log": "ignored"})
    nested = Repository(agent.path / "nested")
    nested.git("add", "mine.py")
    nested.git("commit", "-q", "-m", "inner")
    (agent.path / "nested" / "link").symlink_to("again")

    found = take(hub, workspace)

    assert found.head is not None
    assert changed(hub, workspace.base, found.head) == [
        "A\tnested/again/mine.py", "A\tnested/link", "A\tnested/mine.py", "A\tsrc/mine.py",
    ]  # fmt: skip
    assert show(found.head)["nested/again/mine.py"] == "nested/again\n"
    assert not found.whole


def test_a_history_that_does_not_descend_is_flattened_onto_the_base(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.git("checkout", "-q", "--orphan", "new-world")
    agent.commit("root", {"a.txt": "a\n"})

    found = take(hub, workspace)

    assert found.head is not None
    assert hub.git("rev-list", "--parents", "-1", found.head).text == (
        f"{found.head} {workspace.base}"
    )
    assert changed(hub, workspace.base, found.head) == ["A\ta.txt"]
    assert "does not descend" in found.notes[0]
    assert not found.whole


def test_a_reset_to_before_the_base_is_flattened_too(
    user: Repository, hub: Hub, clones: Pool
) -> None:
    user.commit("second", {"b.txt": "b\n"})
    workspace = clones.lease("s-1", hub.sync_base().commit)
    agent = Repository(workspace.path)
    agent.git("reset", "--hard", "-q", "HEAD~1")
    agent.commit("other", {"c.txt": "c\n"})

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["D\tb.txt", "A\tc.txt"]
    assert not found.whole


def test_folders_for_files_and_links_for_folders(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    (agent.path / "readme.md").unlink()
    agent.write({"readme.md/inside": "i\n"})
    shutil.rmtree(agent.path / "src")
    (agent.path / "src").symlink_to("/etc/passwd")

    found = take(hub, workspace)

    assert found.head is not None
    files = show(found.head)
    assert files["readme.md/inside"] == "i\n"
    assert files["src"] == "/etc/passwd"


def test_a_folder_that_became_a_link_to_itself_moved(
    hub: Hub, workspace: Workspace, agent: Repository, show: Show
) -> None:
    (agent.path / "src").rename(agent.path / "lib")
    (agent.path / "src").symlink_to("lib")
    (agent.path / "lib" / "app.py").write_text("changed\n")
    agent.write({".gitignore": "src\n"})

    found = take(hub, workspace)

    assert found.head is not None
    files = show(found.head)
    assert files["lib/app.py"] == "changed\n"
    assert "src/app.py" not in files


def test_stashes_and_other_branches_are_noted(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.git("checkout", "-q", "-b", "side")
    agent.commit("aside", {"s.txt": "s\n"})
    agent.git("checkout", "-q", "main")
    agent.write({"readme.md": "stashed\n"})
    agent.git("stash")

    found = take(hub, workspace)

    assert found.head is None
    assert not found.whole
    assert any("refs/heads/side" in note for note in found.notes)
    assert any("refs/stash" in note for note in found.notes)


def test_files_that_never_match_their_commit_are_not_a_change(
    user: Repository, hub: Hub, clones: Pool
) -> None:
    # The last ones push the first out of the tick of the clock in which the index is written.
    many = {f"z{number}": "x" for number in range(300)}
    user.commit("crlf", {"a-win.txt": "a\r\nb\r\n", **many})
    user.write({".gitattributes": "*.txt text\n"})
    user.git("add", ".gitattributes")
    user.git("commit", "-q", "-m", "normalise, but not yet")
    commit = hub.sync_base().commit
    workspace = clones.lease("s-1", commit)
    (workspace.path / "readme.md").write_text("changed\n")

    found = take(hub, workspace)

    assert changed(hub, commit, found.head) == ["M\treadme.md"]


def test_what_was_copied_somewhere_else_is_collected_all_the_same(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    agent.write({"readme.md": "changed\n"})
    index = workspace.private / "index"
    times = index.stat()
    while index.stat().st_ctime_ns <= (workspace.path / "readme.md").stat().st_ctime_ns:
        os.utime(index, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a copy with its times

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["M\treadme.md"]


def test_a_file_that_cannot_be_converted_is_stored_as_it_is(
    user: Repository, hub: Hub, clones: Pool, show: Show
) -> None:
    user.commit("enc", {"y.enc": "y"})
    user.write({".gitattributes": "*.enc working-tree-encoding=NOPE\n"})
    user.git("add", ".gitattributes")
    user.git("commit", "-q", "-m", "bad attribute")
    workspace = clones.lease("s-1", hub.sync_base().commit)
    (workspace.path / "y.enc").write_text("changed")
    (workspace.path / "z.txt").write_text("z")

    found = take(hub, workspace)

    assert found.head is not None
    assert show(found.head)["y.enc"] == "changed"
    assert show(found.head)["z.txt"] == "z"


def test_the_agents_ignore_rules_count(hub: Hub, workspace: Workspace, agent: Repository) -> None:
    agent.write({".gitignore": "*.log\n.venv/\nbuild/\n*.tmp\n", "a.tmp": "t", ".venv/x": "v"})

    found = take(hub, workspace)

    assert changed(hub, workspace.base, found.head) == ["M\t.gitignore"]


def test_worktrees_are_collected_alike(
    state: StateFolder, hub: Hub, base: str, tmp_path: Path
) -> None:
    pool = Pool(state, "agents", hub, kind="worktree")
    workspace, other = pool.lease("s-1", base), pool.lease("s-2", base)
    agent = Repository(workspace.path)
    first = agent.commit("step", {"a.txt": "a\n"})
    agent.write({"b.txt": "b\n"})
    (workspace.path / ".git").write_text(f"gitdir: {tmp_path}\n")

    found = take(hub, workspace)

    assert found.head is not None
    assert found.commits == (first, found.head)
    assert take(hub, other).head is None


def test_hub_objects_do_not_depend_on_the_workspace(
    hub: Hub, workspace: Workspace, agent: Repository, clones: Pool
) -> None:
    agent.commit("step", {"a.txt": "a\n"})
    agent.git("gc", "-q", "--prune=now")
    agent.commit("packed and loose", {"b.txt": "b\n"})
    found = take(hub, workspace)
    shutil.rmtree(workspace.path)

    assert found.head is not None
    assert hub.verify() == ()
    assert hub.git("fsck", "--full", "--strict").text == ""
    assert clones.find("s-1") is not None
