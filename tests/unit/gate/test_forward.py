"""The user's own branch follows what has landed, and nothing else of theirs is ever touched."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from darkfactory.gate.forward import Forwarded, forward
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.gates import commit_on, make_gate
from tests.fakes.repositories import Repository, fingerprint, planted_workspace

LANDED = {"calc.py": "two\n", "new/file.txt": "new\n"}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


class Place:
    """A user's repository beside a hub on which something has landed."""

    def __init__(self, folder: Path) -> None:
        self.room, self.user = make_gate(folder, {"kept.txt": "kept\n", ".gitignore": "*.log\n"})
        self.first = self.user.head
        self.landed = self.land(self.room, dict(LANDED))

    @staticmethod
    def land(room: GateRoom, files: dict[str, str | bytes | None]) -> str:
        hub = room.hub
        old = hub.commit(hub.base_ref)
        new = commit_on(hub, old, files, "landed")
        landed = RefUpdate(f"refs/df/landed/c-{new[:8]}", new, None)
        hub.update_refs([RefUpdate(hub.base_ref, new, old), landed])
        return new

    def forward(self) -> Forwarded:
        return forward(self.room.hub)

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command that a person was told, at the root of the repository."""
        environment = {
            **{key: text for key, text in os.environ.items() if not key.startswith("GIT_")},
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_EDITOR": "true",
        }
        assert shlex.split(command)[0] == "git"
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.user.path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    @property
    def main(self) -> str:
        return self.user.git("rev-parse", "refs/heads/main")

    def untouched(self) -> dict[str, str]:
        """Return a hash of all that is the user's: files, index, stash, refs, configuration."""
        ours = (".darkfactory", ".git/info")
        found = fingerprint(self.user.path)
        return {name: told for name, told in found.items() if not name.startswith(ours)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_clean_checkout_is_fast_forwarded(place: Place) -> None:
    done = place.forward()

    assert done.moved
    assert done.words == ""
    assert place.main == place.user.head == place.landed
    assert (place.user.path / "calc.py").read_text() == "two\n"
    assert place.user.git("status", "--porcelain") == ""


def test_nothing_is_done_where_nothing_is_missing(place: Place) -> None:
    place.forward()
    before = place.untouched()

    again = place.forward()

    assert again.moved
    assert place.untouched() == before


def test_no_ref_of_ours_is_left_in_the_users_repository(place: Place) -> None:
    place.forward()

    assert place.user.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert not (place.user.path / ".git" / "FETCH_HEAD").exists()


def test_untracked_ignored_and_stashed_work_is_kept(place: Place) -> None:
    place.user.write({"calc.py": "stashed\n"})
    place.user.git("stash")
    place.user.write({"mine.txt": "untracked\n", "build.log": "ignored\n"})

    done = place.forward()

    assert done.moved
    assert (place.user.path / "mine.txt").read_text() == "untracked\n"
    assert (place.user.path / "build.log").read_text() == "ignored\n"
    assert place.user.git("stash", "list").count("stash@") == 1


@pytest.mark.parametrize("name", ["new/file.txt", "secret.log"])
def test_an_untracked_or_ignored_file_in_the_way_is_never_overwritten(
    place: Place, name: str
) -> None:
    place.land(place.room, {"secret.log": "landed\n"})
    place.user.write({name: "mine\n"})
    before = place.untouched()

    done = place.forward()

    after = place.untouched()
    assert not done.moved
    assert Path(name).name in done.words
    assert "move them away first" in done.words
    assert {path for path in before if after[path] != before[path]} <= {".git", ".git/objects"}
    assert place.main == place.first


@pytest.mark.parametrize("kind", ["edited", "staged", "deleted", "added"])
def test_a_dirty_checkout_is_left_alone_and_the_named_command_works(
    place: Place, kind: str
) -> None:
    place.user.write({"kept.txt": "mine\n", "added.txt": "mine\n"})
    if kind == "staged":
        place.user.git("add", "kept.txt")
    elif kind == "added":
        place.user.git("add", "added.txt")
    elif kind == "deleted":
        (place.user.path / "kept.txt").unlink()
    before = place.untouched()

    done = place.forward()
    after = place.untouched()
    place.run(done.command)

    assert not done.moved
    assert "uncommitted" in done.words
    assert done.command in done.words
    assert after == before
    assert place.user.head == place.landed
    if kind != "deleted":
        assert (place.user.path / "kept.txt").read_text() == "mine\n"


def test_a_branch_that_is_not_checked_out_moves_by_itself(place: Place) -> None:
    place.user.git("switch", "--quiet", "-c", "topic")
    place.user.write({"calc.py": "mine\n"})
    index = (place.user.path / ".git" / "index").read_bytes()

    done = place.forward()

    assert done.moved
    assert place.main == place.landed
    assert place.user.head == place.first
    assert (place.user.path / "calc.py").read_text() == "mine\n"
    assert (place.user.path / ".git" / "index").read_bytes() == index


def test_a_detached_head_stays_where_it_is(place: Place) -> None:
    place.user.git("checkout", "--quiet", "--detach")

    done = place.forward()

    assert done.moved
    assert (place.main, place.user.head) == (place.landed, place.first)
    assert place.user.git("status", "--porcelain") == ""


def test_a_branch_that_is_being_rebased_is_not_moved_under_it(place: Place) -> None:
    place.user.git("switch", "--quiet", "-c", "theirs")
    place.user.commit("theirs", {"kept.txt": "theirs\n"})
    place.user.git("switch", "--quiet", "main")
    place.user.commit("mine", {"kept.txt": "mine\n"})
    place.room.hub.sync_base()
    place.user.git("rebase", "theirs", check=False)
    place.user.git("update-ref", "refs/heads/main", place.first)

    done = place.forward()

    assert not done.moved
    assert "rebased" in done.words
    assert place.main == place.first


@pytest.mark.parametrize("dirty", [False, True])
def test_a_branch_that_another_worktree_has_moves_only_there_and_only_if_clean(
    place: Place, tmp_path: Path, dirty: bool
) -> None:
    place.user.git("switch", "--quiet", "-c", "topic")
    place.user.git("worktree", "add", "--quiet", str(tmp_path / "other tree"), "main")
    other = Repository(tmp_path / "other tree")
    if dirty:
        other.write({"kept.txt": "mine\n"})
    before = place.untouched()

    done = place.forward()
    if dirty:
        assert place.untouched() == before
        place.run(done.command)

    assert done.moved is not dirty
    assert other.head == place.main == place.landed
    assert place.user.head == place.first
    assert other.git("status", "--porcelain") == (" M kept.txt" if dirty else "")


def test_a_worktree_whose_folder_is_gone_holds_nothing_up(place: Place, tmp_path: Path) -> None:
    place.user.git("worktree", "add", "--quiet", "-b", "gone", str(tmp_path / "gone"))
    (tmp_path / "gone" / ".git").unlink()
    subprocess.run(["rm", "-rf", str(tmp_path / "gone")], check=True)

    assert place.forward().moved


@pytest.mark.parametrize("checked_out", [True, False])
def test_a_branch_with_commits_of_its_own_is_left_and_the_named_command_joins_them(
    place: Place, checked_out: bool
) -> None:
    mine = place.user.commit("mine", {"kept.txt": "mine\n"})
    if not checked_out:
        place.user.git("switch", "--quiet", "-c", "topic")
    before = place.untouched()

    done = place.forward()
    after = place.untouched()
    place.run(done.command)

    assert not done.moved
    assert "not come through the gate" in done.words
    assert after == before
    assert place.user.git("merge-base", mine, "main") == mine
    assert place.user.git("merge-base", place.landed, "main") == place.landed


def test_no_hook_and_no_program_of_the_users_runs(place: Place, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    planted_workspace(place.user.path, proof)
    place.user.git("config", "--unset-all", "filter.trap.required")
    (place.user.path / ".gitattributes").unlink()
    (place.user.path / ".git" / "info" / "attributes").unlink()
    for name in ("post-merge", "pre-merge-commit", "post-checkout", "pre-rebase"):
        hook = place.user.path / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> '{proof}'\nexit 1\n")
        hook.chmod(0o755)

    done = place.forward()

    assert done.moved, done.words
    assert place.user.path.joinpath("calc.py").read_text() == "two\n"
    assert not proof.exists()


def test_no_setting_of_the_users_prevents_a_fast_forward(place: Place, tmp_path: Path) -> None:
    (tmp_path / "home" / ".gitconfig").write_text(
        "[merge]\n\tff = false\n\tverifySignatures = true\n\tautoStash = true\n"
        '[branch "main"]\n\tmergeOptions = --squash --no-commit\n'
        "[pull]\n\trebase = true\n[submodule]\n\trecurse = true\n"
        "[protocol]\n\tallow = never\n[gc]\n\tauto = 1\n[fetch]\n\tprune = true\n"
        "[core]\n\thooksPath = /nonexistent\n"
    )

    done = place.forward()

    assert done.moved, done.words
    assert place.main == place.user.head == place.landed


def test_line_ends_and_filters_of_the_user_write_the_files(place: Place, tmp_path: Path) -> None:
    place.land(place.room, {".gitattributes": "*.up filter=up\n", "a.up": "text\n"})
    (tmp_path / "home" / ".gitconfig").write_text(
        '[core]\n\tautocrlf = true\n[filter "up"]\n\tsmudge = tr a-z A-Z\n\tclean = tr A-Z a-z\n'
    )

    done = place.forward()

    assert done.moved, done.words
    assert (place.user.path / "new" / "file.txt").read_bytes() == b"new\r\n"
    assert (place.user.path / "a.up").read_bytes() == b"TEXT\r\n"


def test_a_variable_that_points_git_elsewhere_is_not_obeyed(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere-index"))

    done = place.forward()
    monkeypatch.delenv("GIT_DIR")

    assert done.moved, done.words
    assert not (tmp_path / "elsewhere-index").exists()


def test_a_moved_branch_is_not_overwritten(place: Place) -> None:
    place.user.git("switch", "--quiet", "-c", "topic")
    hub = place.room.hub
    other = commit_on(hub, place.first, {"x": "x\n"}, "other")
    place.user.git("fetch", "--quiet", str(hub.path), hub.base_ref)
    hub.update_refs([RefUpdate("refs/heads/other", other, None)])
    place.user.git("fetch", "--quiet", str(hub.path), "refs/heads/other:refs/heads/main")

    done = place.forward()

    assert not done.moved
    assert place.main == other


@pytest.mark.parametrize("looks", [0, 1, 2])
@pytest.mark.parametrize("checked_out", [True, False])
def test_a_branch_that_was_moved_back_stays_there_until_the_named_command_is_run(
    place: Place, checked_out: bool, looks: int
) -> None:
    place.forward()
    place.user.git("reset", "--quiet", "--hard", place.first)
    if not checked_out:
        place.user.git("switch", "--quiet", "-c", "topic")
    for _ in range(looks):
        place.room.hub.sync_base()
    newer = place.land(place.room, {"later.txt": "later\n"})
    before = place.untouched()

    done = place.forward()
    after = place.untouched()
    place.run(done.command)

    assert not done.moved
    assert "moved back" in done.words
    assert after == before
    assert place.main == newer
    assert place.forward().moved


def test_a_branch_that_came_back_by_itself_is_forwarded_again(place: Place) -> None:
    place.forward()
    place.user.git("reset", "--quiet", "--hard", place.first)
    place.room.hub.sync_base()
    place.user.git("reset", "--quiet", "--hard", place.landed)
    newer = place.land(place.room, {"later.txt": "later\n"})
    place.room.hub.sync_base()

    done = place.forward()

    assert done.moved
    assert place.main == newer


def test_a_branch_that_was_moved_back_and_went_on_is_joined_only_by_its_owner(
    place: Place,
) -> None:
    place.forward()
    place.user.git("reset", "--quiet", "--hard", place.first)
    mine = place.user.commit("mine", {"kept.txt": "mine\n"})
    place.room.hub.sync_base()

    done = place.forward()
    stayed = place.main
    place.run(done.command)

    assert stayed == mine
    assert "not come through the gate, and was moved back" in done.words
    assert place.user.git("merge-base", place.landed, "main") == place.landed


def test_a_branch_that_was_deleted_and_made_again_further_back_stays_there(place: Place) -> None:
    place.forward()
    place.user.git("switch", "--quiet", "-c", "topic")
    place.user.git("branch", "--quiet", "-D", "main")
    place.user.git("branch", "--quiet", "main", place.first)

    done = place.forward()

    assert not done.moved
    assert place.main == place.first


def test_a_branch_that_never_had_what_landed_was_not_moved_back(place: Place) -> None:
    place.user.write({"kept.txt": "dirty\n"})
    held_up = place.forward()
    place.user.write({"kept.txt": "kept\n"})
    place.room.hub.sync_base()

    done = place.forward()

    assert (held_up.moved, done.moved) == (False, True)
