"""Laws of workspaces: what lies there is what is collected, and a reset forgets all of it."""

import os
import shutil
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import Repository, make_repository

_PARTS = st.one_of(
    st.sampled_from([b"a", b"b", b"src", b"build", b"x.log", b".gitignore", b".git", b".venv"]),
    st.binary(min_size=1, max_size=6).filter(
        lambda part: b"/" not in part and b"\0" not in part and part not in (b".", b"..")
    ),
)
_PATHS = st.lists(_PARTS, min_size=1, max_size=3).map(b"/".join)
_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "link", "remove", "folder", "execute", "fifo"]),
        _PATHS,
        st.binary(max_size=20),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hub, Pool, str]:
    files = {"a": "a\n", "src/b": "b\n", ".gitignore": "*.log\n.venv/\n"}
    user = make_repository(tmp_path_factory.mktemp("laws") / "user", files)
    state = StateFolder(user.path / ".darkfactory")
    hub = open_hub(state, "main")
    return hub, Pool(state, "agents", hub, keep=(".venv",)), hub.sync_base().commit


@settings(max_examples=settings().max_examples // 4)  # a dozen processes each
@given(deeds=_DEEDS)
def test_git_would_have_stored_the_same_and_the_next_lease_is_clean(
    factory: tuple[Hub, Pool, str], deeds: list[tuple[str, bytes, bytes]]
) -> None:
    hub, pool, base = factory
    workspace = pool.lease("s-1", base)
    for deed, path, content in deeds:
        do(deed, os.path.join(os.fsencode(workspace.path), path), content)

    found = collect(hub, workspace, ref="refs/df/prop/x", message="m", when=1)
    expected = tree_of_git(Repository(workspace.path), base)
    pool.release("s-1", kept=True)
    again = pool.lease("s-2", base)
    status = Repository(again.path).status
    pool.release("s-2", kept=True)

    assert hub.tree(found.head or base) == expected
    assert status in ("", "!! .venv/")


def do(deed: str, place: bytes, content: bytes) -> None:
    """Do one thing that an agent may do; what the system refuses does not happen."""
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if deed == "write":
            # Without waiting for the reader of a pipe that was made there before.
            how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK
            with open(os.open(place, how, 0o666), "wb") as file:
                file.write(content)
        elif deed == "link":
            os.symlink(b"to-" + content.hex().encode(), place)
        elif deed == "fifo":
            os.mkfifo(place)
        elif deed == "execute":
            os.chmod(place, 0o700)
        elif deed == "folder":
            os.mkdir(place)
        elif stat.S_ISDIR(os.lstat(place).st_mode):
            shutil.rmtree(place)
        else:
            os.unlink(place)
    except OSError:
        return


def tree_of_git(agent: Repository, base: str) -> str:
    """Return the tree that ``git add --all`` gives in a fresh repository over the same files."""
    git = agent.path / ".git"
    if git.is_dir():
        shutil.rmtree(git)
    elif os.path.lexists(git):
        git.unlink()
    for place in agent.path.rglob("*"):
        if place.is_fifo():
            place.unlink()
    hub = agent.path.parents[2] / "hub.git"
    agent.git("init", "-q")
    (git / "objects" / "info").mkdir(exist_ok=True)
    (git / "objects" / "info" / "alternates").write_text(f"{hub / 'objects'}\n")
    agent.git("read-tree", base)
    agent.git("add", "--all")
    return agent.git("write-tree")
