"""The hub follows the user's base, keeps what landed, and moves refs in one step or not at all."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.gitio import GitFailed, git
from darkfactory.workspaces.base import (
    BaseMissing,
    BasePartial,
    BaseUnborn,
    NoRepository,
    Relation,
    checked_out_branch,
    exclude_state_folder,
)
from darkfactory.workspaces.hub import ForeignHub, Hub, OddPath, open_hub
from darkfactory.workspaces.upkeep import is_fragmented, maintain
from tests.fakes.repositories import Repository, fetched, fingerprint, make_repository
from tests.unit.workspaces.hub.made import FILES, hub_of, landing


def test_first_sync_brings_the_users_branch(user: Repository, hub: Hub) -> None:
    state = hub.sync_base()

    assert (state.relation, state.commit, state.user) == (
        Relation.FORWARDED,
        user.head,
        user.head,
    )
    assert hub.commit("refs/heads/main") == user.head
    assert hub.verify() == ()


def test_a_second_sync_finds_them_equal(hub: Hub) -> None:
    hub.sync_base()

    assert hub.sync_base().relation is Relation.SAME


def test_new_commits_of_the_user_forward_the_hub(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    newer = user.commit("second", {"a.txt": "two\n"})

    state = hub.sync_base()

    assert (state.relation, state.commit) == (Relation.FORWARDED, newer)


def test_what_landed_stays_when_the_user_lacks_it(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    landed = landing(hub, "new.txt")

    state = hub.sync_base()

    assert (state.relation, state.commit, state.user) == (Relation.AHEAD, landed, user.head)


def test_diverged_histories_are_reported_and_the_hub_stays(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    landed = landing(hub, "new.txt")
    user.commit("aside", {"c.txt": "c\n"})

    state = hub.sync_base()

    assert (state.relation, state.commit, state.user) == (Relation.DIVERGED, landed, user.head)
    assert hub.commit(user.head) == user.head


@pytest.mark.parametrize(
    "rewrite", [("commit", "--amend", "-qm", "anew"), ("reset", "-q", "--hard", "HEAD~1")]
)
def test_a_rewritten_branch_is_followed_and_what_began_before_still_knows_where(
    user: Repository, hub: Hub, rewrite: tuple[str, ...]
) -> None:
    hub.sync_base()
    before = user.commit("second", {"a.txt": "two\n"})
    hub.sync_base()
    user.git(*rewrite)

    state = hub.sync_base()

    assert (state.relation, state.commit) == (Relation.REWRITTEN, user.head)
    assert hub.commit(hub.base_ref) == user.head != before
    assert hub.began_at(before) == before
    assert hub.began_at(user.head) == user.head
    assert hub.sync_base().relation is Relation.SAME


def test_a_rewritten_branch_without_a_landing_that_it_had_is_not_followed(
    user: Repository, hub: Hub
) -> None:
    hub.sync_base()
    landed = landing(hub, "new.txt")
    user.git("pull", "-q", "--ff-only", str(hub.path), "main")
    hub.sync_base()
    user.git("commit", "--amend", "-q", "-m", "rewritten")

    state = hub.sync_base()

    assert (state.relation, state.commit) == (Relation.DIVERGED, landed)


def test_sync_writes_nothing_into_the_users_repository(user: Repository, hub: Hub) -> None:
    user.write({"a.txt": "uncommitted\n", "staged.txt": "s\n", "untracked.txt": "u\n"})
    user.git("add", "staged.txt")
    user.git("stash", "push", "-q", "--include-untracked")
    user.write({"a.txt": "uncommitted again\n"})
    before = fingerprint(user.path / ".git"), fingerprint(user.path / "src")

    hub.sync_base()
    fetched(hub, "main")

    assert (fingerprint(user.path / ".git"), fingerprint(user.path / "src")) == before


def test_a_missing_branch_and_odd_names_are_named(hub: Hub) -> None:
    for name in ("nope", "main~0", "-x", "a b", "a..b", "", "x.lock", "a\nb", "@", "main^{tree}"):
        with pytest.raises(BaseMissing):
            fetched(hub, name)


def test_an_unborn_branch_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    empty = make_repository(tmp_path / "empty")

    with pytest.raises(BaseUnborn):
        hub_of(empty).sync_base()
    with pytest.raises(BaseMissing):
        hub_of(empty, "other").sync_base()


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(NoRepository) as caught:
        open_hub(StateFolder(tmp_path / "plain" / ".darkfactory"), "main")

    assert "plain" in caught.value.problem


def test_a_linked_worktree_is_a_repository_like_any_other(user: Repository, tmp_path: Path) -> None:
    user.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree")

    state = hub_of(tree, "side").sync_base()

    assert state.commit == user.head
    assert checked_out_branch(tree.path) == "side"
    assert exclude_state_folder(tree.path) is False
    assert exclude_state_folder(user.path) is False
    assert tree.git("status", "--porcelain") == ""


def test_a_submodule_style_git_file_is_followed(user: Repository, tmp_path: Path) -> None:
    (user.path / ".git").rename(tmp_path / "elsewhere")
    (user.path / ".git").write_text(f"gitdir: {tmp_path / 'elsewhere'}\n")

    assert hub_of(user).sync_base().commit == user.head


def test_sha256_repositories_work_and_do_not_mix_with_others(tmp_path: Path) -> None:
    user = make_repository(tmp_path / "user", FILES, object_format="sha256")
    hub = hub_of(user)

    assert hub.sync_base().commit == user.head
    assert (len(user.head), hub_of(user).object_format) == (64, "sha256")
    (user.path / ".git").rename(tmp_path / "old")
    make_repository(user.path, {"a.txt": "one\n"})
    with pytest.raises(ForeignHub):
        hub.sync_base()


def test_a_shallow_clone_stays_shallow(user: Repository, tmp_path: Path) -> None:
    for number in range(3):
        user.commit(f"c{number}", {"a.txt": f"{number}\n"})
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{user.path}", str(tmp_path / "shallow")],
        check=True,
    )
    shallow = Repository(tmp_path / "shallow")
    hub = hub_of(shallow)

    first = hub.sync_base()
    second = shallow.commit("more", {"a.txt": "more\n"})

    assert first.commit == user.head
    assert hub.sync_base().commit == second
    assert hub.is_ancestor(user.head, second)
    assert hub.verify() == ()


def test_a_partial_clone_without_the_objects_is_refused(user: Repository, tmp_path: Path) -> None:
    user.git("config", "uploadpack.allowFilter", "true")
    target = str(tmp_path / "partial")
    url = f"file://{user.path}"
    subprocess.run(
        ["git", "clone", "-q", "--no-checkout", "--filter=blob:none", url, target], check=True
    )
    partial = Repository(tmp_path / "partial")
    user.path.rename(tmp_path / "gone")

    with pytest.raises(BasePartial):
        hub_of(partial).sync_base()


def test_a_partial_clone_made_whole_works(user: Repository, tmp_path: Path) -> None:
    user.git("config", "uploadpack.allowFilter", "true")
    target = str(tmp_path / "partial")
    url = f"file://{user.path}"
    subprocess.run(
        ["git", "clone", "-q", "--no-checkout", "--filter=blob:none", url, target], check=True
    )
    partial = Repository(tmp_path / "partial")
    partial.git("fetch", "--refetch", "--no-filter", "-q")

    assert hub_of(partial).sync_base().commit == user.head


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_repository_of_another_owner_is_read(user: Repository) -> None:
    for parent, folders, files in os.walk(user.path):
        for name in [*folders, *files, "."]:
            os.chown(Path(parent) / name, 65534, 65534)

    commit = hub_of(user).sync_base().commit

    assert len(commit) == 40


def test_two_openers_at_once_get_one_hub(user: Repository) -> None:
    found: list[Hub] = []
    openers = [threading.Thread(target=lambda: found.append(hub_of(user))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert len(set(found)) == 1
    assert found[0].sync_base().commit == user.head
    leftovers = [path.name for path in found[0].path.parent.iterdir() if "new" in path.name]
    assert leftovers == []


def test_the_hub_has_no_hooks_and_never_collects_by_itself(hub: Hub) -> None:
    config = hub.git("config", "--list").text

    assert not (hub.path / "hooks").exists()
    assert "gc.auto=0" in config
    assert "core.logallrefupdates=always" in config


def test_maintenance_joins_packs_and_drops_no_object(user: Repository, hub: Hub) -> None:
    hub.sync_base()
    unreachable = hub.git("hash-object", "-w", "--stdin", stdin=b"nobody points here").text
    for number in range(6):
        user.commit(f"c{number}", {f"f{number}.txt": f"{number}\n"})
        hub.sync_base()
    packs = len(list((hub.path / "objects" / "pack").glob("*.pack")))

    maintain(hub)

    after = len(list((hub.path / "objects" / "pack").glob("*.pack")))
    assert packs > after
    assert hub.git("cat-file", "-p", unreachable).text == "nobody points here"
    assert hub.verify() == ()


def test_excluding_the_state_folder_adds_one_line_once(user: Repository) -> None:
    exclude = user.path / ".git" / "info" / "exclude"
    exclude.parent.mkdir()
    exclude.write_bytes(b"# mine\n*.b\xffk")
    before = fingerprint(user.path)

    changed = [exclude_state_folder(user.path) for _ in range(3)]

    (user.path / ".darkfactory").mkdir()
    (user.path / ".darkfactory" / "x").write_text("x")
    after = fingerprint(user.path)
    assert changed == [True, False, False]
    assert exclude.read_bytes() == b"# mine\n*.b\xffk\n.darkfactory/\n"
    assert user.git("status", "--porcelain") == ""
    assert {key for key in before if before[key] != after.get(key)} == {".git/info/exclude"}


def test_git_dir_variables_of_the_caller_do_not_leak_in(user: Repository, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path;"
        "from darkfactory.domain.state import StateFolder;"
        "from darkfactory.workspaces.hub import open_hub;"
        "print(open_hub(StateFolder(Path(sys.argv[1])), 'main').sync_base().commit)"
    )
    odd = {**os.environ, "GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": str(tmp_path / "index")}

    done = subprocess.run(
        [sys.executable, "-c", script, ".darkfactory"],
        cwd=user.path, env=odd, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == user.head


def test_unrelated_histories_are_an_error_with_gits_words(hub: Hub) -> None:
    base = hub.sync_base().commit
    root = hub.commit_tree(hub.tree(base), [], "another root", when=1)

    with pytest.raises(GitFailed, match="unrelated"):
        hub.merge_tree(base, root)


def test_a_path_that_git_cannot_write_down_is_refused(tmp_path: Path) -> None:
    for name in ("new\nline", "caf\udce9"):
        user = make_repository(tmp_path / name, FILES)

        with pytest.raises(OddPath):
            hub_of(user)


def test_many_packs_are_told(hub: Hub) -> None:
    hub.sync_base()
    before = is_fragmented(hub)
    for number in range(160):
        (hub.path / "objects" / "pack" / f"tmp_{number}").touch()

    assert (before, is_fragmented(hub)) == (False, True)


def test_the_fixed_git_is_new_enough() -> None:
    version = git("--version").text.split()[2].split(".")

    assert (int(version[0]), int(version[1])) >= (2, 38)
