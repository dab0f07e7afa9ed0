"""A user's repository, its hub, and pools of both kinds."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.slot import Workspace
from tests.fakes.git_commands import noted_commands
from tests.fakes.repositories import Content, Repository, make_repository

FILES: Mapping[str, Content] = {
    ".gitignore": "*.log\n.venv/\nbuild/\n",
    "readme.md": "read me\n",
    "src/app.py": "print('app')\n",
    "src/deep/down/leaf.py": "leaf = 1\n",
    "run.sh": "#!/bin/sh\n",
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a hub in step, made once; copies of it are quicker than new ones."""
    made = make_repository(tmp_path_factory.mktemp("template") / "user", FILES)
    open_hub(StateFolder(made.path / ".darkfactory"), "main").sync_base()
    return made.path


@pytest.fixture
def user(tmp_path: Path, template: Path) -> Repository:
    shutil.copytree(template, tmp_path / "user", symlinks=True)
    return Repository(tmp_path / "user")


@pytest.fixture
def state(user: Repository) -> StateFolder:
    return StateFolder(user.path / ".darkfactory")


@pytest.fixture
def hub(state: StateFolder) -> Hub:
    return open_hub(state, "main")


@pytest.fixture
def base(hub: Hub) -> str:
    return hub.commit("refs/heads/main")


@pytest.fixture(params=["clone", "worktree"])
def pool(request: pytest.FixtureRequest, state: StateFolder, hub: Hub) -> Pool:
    return Pool(state, "agents", hub, kind=request.param, keep=(".venv",))


@pytest.fixture
def clones(state: StateFolder, hub: Hub) -> Pool:
    return Pool(state, "agents", hub, keep=(".venv",))


@pytest.fixture
def workspace(clones: Pool, base: str) -> Workspace:
    return clones.lease("s-1", base)


@pytest.fixture
def agent(workspace: Workspace) -> Repository:
    """The workspace as its agent sees it."""
    return Repository(workspace.path)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return the git commands since it was called last."""
    return noted_commands(tmp_path, monkeypatch)


@pytest.fixture
def show(hub: Hub) -> Callable[[str], dict[str, str]]:
    """Return the files of a commit of the hub, by name."""

    def files_of(commit: str) -> dict[str, str]:
        names = hub.git("ls-tree", "-r", "-z", "--name-only", commit).stdout.split(b"\0")
        return {
            name.decode("utf-8", "surrogateescape"): hub.git(
                "cat-file", "blob", f"{commit}:{name.decode('utf-8', 'surrogateescape')}"
            ).stdout.decode("utf-8", "replace")
            for name in names
            if name
        }

    return files_of
