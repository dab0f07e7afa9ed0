"""A lease is a clean checkout whatever the last holder left, and a fact that outlives everybody."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import Hub, UnknownRevision, open_hub
from darkfactory.workspaces.pool import AlreadyLeased, NoLease, Pool
from darkfactory.workspaces.slot import BadName, Workspace
from tests.fakes.repositories import Repository, make_repository
from tests.unit.workspaces.reused import again, assert_clean


def test_a_lease_is_a_clean_checkout_with_the_base_branch(pool: Pool, base: str) -> None:
    leased = pool.lease("s-1", base)

    checkout = Repository(leased.path)
    assert_clean(checkout, base)
    assert checkout.git("rev-parse", "main") == base
    assert (leased.slot, leased.base, leased.path.name) == ("01", base, "01")
    assert os.access(leased.path / "run.sh", os.R_OK)
    assert leased.seconds > 0


def test_an_agent_can_commit_branch_and_stash(pool: Pool, base: str) -> None:
    checkout = Repository(pool.lease("s-1", base).path)

    checkout.git("checkout", "-q", "-b", "fix")
    checkout.commit("fix", {"src/app.py": "print('fixed')\n"})
    checkout.write({"readme.md": "later"})
    checkout.git("stash")

    assert checkout.git("log", "--format=%s") == "fix\nfirst"
    assert checkout.git("stash", "list") != ""


def test_many_threads_lease_at_once_without_a_failure(pool: Pool, base: str) -> None:
    found: list[Workspace] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(pool.lease(f"s-{n}", base)))
        for n in range(20)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(each.slot for each in found) == [f"{number:02d}" for number in range(1, 21)]
    assert {Repository(each.path).head for each in found} == {base}


def test_processes_lease_at_once_without_a_failure(state: StateFolder, base: str) -> None:
    script = (
        "import json, sys; from pathlib import Path;"
        "from darkfactory.domain.state import StateFolder;"
        "from darkfactory.workspaces.hub import open_hub;"
        "from darkfactory.workspaces.pool import Pool;"
        "state = StateFolder(Path(sys.argv[1])); hub = open_hub(state, 'main');"
        "pool = Pool(state, 'agents', hub);"
        "slots = [pool.lease(f's-{sys.argv[2]}-{n}', sys.argv[3]).slot for n in range(3)];"
        "print(json.dumps(slots))"
    )

    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(state.root), str(number), base],
            stdout=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    outputs = [child.communicate()[0] for child in running]

    slots = [slot for output in outputs for slot in json.loads(output)]
    assert sorted(slots) == [f"{number:02d}" for number in range(1, 13)]


def test_a_lease_outlives_who_took_it(state: StateFolder, hub: Hub, base: str) -> None:
    leased = Pool(state, "agents", hub).lease("s-1", base, exclude=("PROMPT.md",))

    found = Pool(state, "agents", hub).find("s-1")

    assert found == leased
    assert Pool(state, "agents", hub).find("s-2") is None
    assert Pool(state, "agents", hub).leases()["01"].holder == "s-1"


def test_asking_again_returns_the_same_workspace_untouched(clones: Pool, base: str) -> None:
    first = clones.lease("s-1", base)
    (first.path / "work").write_text("in progress")

    second = clones.lease("s-1", base)

    assert second == first
    assert (second.path / "work").read_text() == "in progress"


def test_asking_for_another_commit_is_refused_while_there_may_be_work(
    user: Repository, hub: Hub, clones: Pool, base: str
) -> None:
    clones.lease("s-1", base)
    newer = user.commit("second", {"a": "b"})
    hub.sync_base()

    with pytest.raises(AlreadyLeased):
        clones.lease("s-1", newer)


def test_pools_do_not_share_slots(state: StateFolder, hub: Hub, base: str) -> None:
    agents = Pool(state, "agents", hub).lease("s-1", base)
    gate = Pool(state, "gate", hub).lease("s-1", base)

    assert agents.path != gate.path


def test_excluded_paths_do_not_show(clones: Pool, base: str) -> None:
    exclude = ("NOTES.md", "docs/", "odd [name]*.txt")
    leased = clones.lease("s-1", base, exclude=exclude)

    Repository(leased.path).write({"NOTES.md": "n", "docs/x": "x", "odd [name]*.txt": "o"})
    Repository(leased.path).write({"odd n.txt": "mine"})

    assert Repository(leased.path).git("status", "--porcelain") == '?? "odd n.txt"'


def test_unknown_commits_and_names_are_refused(clones: Pool) -> None:
    with pytest.raises(UnknownRevision):
        clones.lease("s-1", "1" * 40)
    for name in ("", "../x", "a/b", "a..b", "-x", ".x", "x.lock", "a\nb", "x" * 200):
        with pytest.raises(BadName):
            clones.lease(name, "1" * 40)
    with pytest.raises(NoLease):
        clones.record_kept("nobody", kept=True)
    assert clones.release("nobody") is None


def test_a_failed_lease_can_be_repeated(clones: Pool, base: str) -> None:
    with pytest.raises(UnknownRevision):
        clones.lease("s-1", "1" * 40)

    leased = clones.lease("s-1", base)

    assert_clean(Repository(leased.path), base)


def test_release_preserves_what_nobody_collected(clones: Pool, base: str, hub: Hub) -> None:
    first = clones.lease("s-1", base)
    (first.path / "work").write_text("not collected")

    saved = clones.release("s-1")

    assert saved is not None
    assert hub.git("cat-file", "blob", f"{saved.ref}:work").text == "not collected"


def test_what_is_on_record_as_kept_is_not_preserved_again(
    clones: Pool, base: str, hub: Hub
) -> None:
    clones.lease("s-1", base)
    clones.record_kept("s-1", kept=True)

    assert clones.release("s-1") is None
    assert hub.refs("refs/df/wreck") == {}


@pytest.mark.parametrize("how", ["lease", "reopen"])
def test_work_done_after_a_collection_is_not_given_up(
    clones: Pool, base: str, hub: Hub, how: str
) -> None:
    first = clones.lease("s-1", base)
    clones.record_kept("s-1", kept=True)
    again = clones.lease("s-1", base) if how == "lease" else clones.reopen("s-1")
    (first.path / "later").write_text("after the collection")

    saved = clones.release("s-1")

    assert again == first
    assert saved is not None
    assert hub.git("cat-file", "blob", f"{saved.ref}:later").text == "after the collection"
    assert clones.reopen("s-1") is None


def test_a_workspace_whose_facts_are_lost_is_preserved_before_its_reset(
    state: StateFolder, clones: Pool, base: str, hub: Hub
) -> None:
    first = clones.lease("s-1", base)
    (first.path / "work").write_text("of somebody")
    (state.pool("agents") / ".slots" / "01.json").write_text("{torn")

    second = clones.lease("s-2", base)

    wreck = hub.refs("refs/df/wreck")
    assert second.path == first.path
    assert list(wreck) == ["refs/df/wreck/lost-agents-01"]
    assert hub.git("cat-file", "blob", "refs/df/wreck/lost-agents-01:work").text == "of somebody"


def test_a_shallow_base_is_a_shallow_workspace(user: Repository, tmp_path: Path) -> None:
    user.commit("second", {"a": "b"})
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{user.path}", str(tmp_path / "shallow")],
        check=True,
    )
    state = StateFolder(tmp_path / "shallow" / ".darkfactory")
    hub = open_hub(state, "main")
    commit = hub.sync_base().commit

    leased = Repository(Pool(state, "agents", hub).lease("s-1", commit).path)

    assert leased.git("log", "--format=%s") == "second"
    assert leased.status == ""


def test_sha256_repositories_have_workspaces_too(tmp_path: Path) -> None:
    user = make_repository(tmp_path / "user", {"a/b": "c"}, object_format="sha256")
    state = StateFolder(user.path / ".darkfactory")
    hub = open_hub(state, "main")
    commit = hub.sync_base().commit
    pool = Pool(state, "agents", hub)
    first = Repository(pool.lease("s-1", commit).path)
    first.write({"a/b": "changed", "a/new": "x"})

    second = again(pool, "s-1", commit)

    assert_clean(second, commit)
