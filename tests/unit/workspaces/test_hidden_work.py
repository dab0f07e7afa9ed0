"""What an agent hides from git or from those who come after it is neither lost nor passed on."""

import os
import stat

import pytest

from darkfactory.workspaces.collect import Collected, collect
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Workspace
from tests.fakes.repositories import Repository


def take(hub: Hub, workspace: Workspace) -> Collected:
    return collect(hub, workspace, ref="refs/df/work/s-1/1", message="m", when=1000)


@pytest.mark.parametrize("rules", ["*\n", "work.txt\n"])
def test_what_rules_of_its_own_leave_out_is_put_aside_before_the_reset(
    hub: Hub, clones: Pool, workspace: Workspace, agent: Repository, rules: str
) -> None:
    agent.write({"work.txt": "precious\n", ".gitignore": rules})
    holder = next(facts.holder for facts in clones.leases().values())
    assert holder is not None

    left = take(hub, workspace)
    clones.record_kept(holder, kept=left.whole)
    saved = clones.release(holder)

    assert not left.whole
    assert any("work.txt" in note for note in left.notes)
    assert saved is not None
    assert saved.path is not None
    assert [path.read_text() for path in saved.path.rglob("work.txt")] == ["precious\n"]


def test_a_cache_that_leaves_itself_out_is_nobodys_work(
    hub: Hub, workspace: Workspace, agent: Repository
) -> None:
    tag = "Signature: 8a477f597d28d172789f06886806bc55\n"
    agent.write({".cache/.gitignore": "*\n", ".cache/CACHEDIR.TAG": tag, ".cache/x": "x\n"})

    assert take(hub, workspace) == Collected(None, (), dirty=False, whole=True, notes=())


@pytest.mark.parametrize(
    "folder", [".darkfactory", ".DarkFactory", ".dark\u200cfactory", ".darkfactory."]
)
@pytest.mark.parametrize("committed", [False, True])
def test_no_change_reaches_into_the_factorys_own_folder(
    hub: Hub, workspace: Workspace, agent: Repository, folder: str, committed: bool
) -> None:
    agent.write({f"{folder}/hub.git/refs/df/landed/c-x": "f" * 40, "src/app.py": "mine\n"})
    if committed:
        agent.git("add", "--all", "--force")
        agent.git("commit", "--quiet", "-m", "x")

    left = take(hub, workspace)

    assert left.head is not None
    assert hub.git("diff", "--name-only", workspace.base, left.head).text == "src/app.py"
    assert not left.whole
    assert any("factory's own folder" in note for note in left.notes)


def test_who_comes_after_may_read_and_write_what_is_there(
    clones: Pool, workspace: Workspace, base: str
) -> None:
    for place in (workspace.path / "src" / "app.py", workspace.path / "src", workspace.path):
        place.chmod(0)
    for holder in list(clones.leases().values()):
        clones.release(str(holder.holder), kept=True)

    after = clones.lease("s-after", base)

    assert after.path == workspace.path
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (after.path, after.path / "src")}
    assert all(mode & 0o700 == 0o700 for mode in modes.values())
    assert (after.path / "src" / "app.py").stat().st_mode & 0o600 == 0o600
    assert os.access(after.path / "src" / "app.py", os.R_OK)
